import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Kafka as KafkaJs, RecordMetadata } from 'kafkajs';
import { connectProducer } from './producer.ts';

type Answer = readonly Partial<RecordMetadata>[];

interface Made {
  readonly sends: PromiseWithResolvers<Answer>[];
  disconnects: number;
}

/** kafkajs whose producers are answered by the test. */
function fake(): { kafka: KafkaJs; made: Made[] } {
  const made: Made[] = [];
  const producer = (): unknown => {
    const one: Made = { sends: [], disconnects: 0 };
    made.push(one);
    return {
      connect: () => Promise.resolve(),
      disconnect: () => Promise.resolve((one.disconnects += 1)),
      sendBatch: () => {
        const sent = Promise.withResolvers<Answer>();
        one.sends.push(sent);
        return sent.promise;
      },
    };
  };
  return { kafka: { producer } as unknown as KafkaJs, made };
}

const batch = [0, 1].map((partition) => ({
  topic: 'hot',
  records: [{ key: null, value: 'drink', partition }],
}));
const all: Answer = [0, 1].map((partition) => ({ topicName: 'hot', partition }));
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function refused(type: string): Error {
  return Object.assign(new Error(type), { type });
}

describe('connectProducer', () => {
  it('takes a new producer after one whose answers are not all there, and lets the old one go', async () => {
    const { kafka, made } = fake();
    const { send } = await connectProducer(kafka, 'barista');
    const first = assert.rejects(send(batch), { advice: 'wait', message: /hot\/1 was not acknowledged/ });
    await turn();
    made[0]!.sends[0]!.resolve(all.slice(0, 1));
    await first;
    const second = send(batch);
    await turn();
    made[1]!.sends[0]!.resolve(all);
    await second;
    assert.deepEqual(
      made.map(({ sends, disconnects }) => [sends.length, disconnects]),
      [
        [1, 1],
        [1, 0],
      ],
    );
  });

  it('keeps a producer over a refused record', async () => {
    const { kafka, made } = fake();
    const { send } = await connectProducer(kafka, 'barista');
    const first = assert.rejects(send(batch), { advice: 'split' });
    await turn();
    made[0]!.sends[0]!.reject(refused('MESSAGE_TOO_LARGE'));
    await first;
    const second = send(batch);
    await turn();
    made[0]!.sends[1]!.resolve(all);
    await second;
    assert.equal(made[0]!.disconnects, 0);
  });

  it('lets a producer go that has failed although a later answer of it refuses a record only', async () => {
    const { kafka, made } = fake();
    const { send } = await connectProducer(kafka, 'barista');
    const both = [
      assert.rejects(send(batch), { advice: 'wait' }),
      assert.rejects(send(batch), { advice: 'split' }),
    ];
    await turn();
    made[0]!.sends[0]!.resolve([]);
    await turn();
    assert.equal(made[0]!.disconnects, 0);
    made[0]!.sends[1]!.reject(refused('MESSAGE_TOO_LARGE'));
    await Promise.all(both);
    assert.equal(made[0]!.disconnects, 1);
  });
});
