import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KafkaFailure, type Receipt, type TopicRecords } from '../kafka/port.ts';
import { Accumulator } from './accumulator.ts';

type Answer = (written: readonly TopicRecords[]) => Promise<Receipt>;

/** What has arrived at the broker, and an accumulator whose moment ends when the test says so. */
function bar(answer: Answer = () => Promise.resolve({ nullHeaders: 2 })) {
  const written: (readonly [topic: string, values: readonly string[]])[][] = [];
  const flushes: (() => void)[] = [];
  const producer = {
    send: (batch: readonly TopicRecords[]) => {
      written.push(batch.map(({ topic, records: all }) => [topic, all.map(({ value }) => String(value))]));
      return answer(batch);
    },
  };
  const accumulator = new Accumulator(producer, { records: 10, bytes: 1_000 }, (flush) =>
    flushes.push(flush),
  );
  return {
    written,
    send: (topic: string, values: readonly string[], bytes = 10) =>
      accumulator.send(
        [{ topic, records: values.map((value) => ({ key: null, value, partition: 0 })) }],
        bytes,
      ),
    moment: () => {
      for (const flush of flushes.splice(0)) flush();
    },
  };
}

describe('the accumulator', () => {
  it('writes what is ready at one moment in one request, each topic once and in order', async () => {
    const { send, moment, written } = bar();
    const answers = [send('hot', ['a']), send('cold', ['b']), send('hot', ['c', 'd'])];
    assert.deepEqual(written, []);
    moment();
    assert.deepEqual(written, [
      [
        ['hot', ['a', 'c', 'd']],
        ['cold', ['b']],
      ],
    ]);
    const receipts = await Promise.all(answers);
    assert.deepEqual(
      receipts.map(({ nullHeaders }) => nullHeaders),
      [2, 0, 0],
    );
  });

  it('starts anew after each moment', async () => {
    const { send, moment, written } = bar();
    const first = send('hot', ['a']);
    moment();
    await first;
    const second = send('hot', ['b']);
    moment();
    await second;
    assert.deepEqual(written, [[['hot', ['a']]], [['hot', ['b']]]]);
  });

  it('makes no request of several larger than one may be', () => {
    const { send, moment, written } = bar();
    void send('hot', ['a'], 600);
    void send('hot', ['b'], 600);
    void send('hot', Array.from('123456789'));
    void send('hot', ['c', 'd']);
    void send('hot', ['e'], 5_000);
    moment();
    assert.deepEqual(
      written.map((request) => request.flatMap(([, values]) => values).join('')),
      ['a', 'b123456789', 'cd', 'e'],
    );
  });

  it('tries each by itself when a record was refused, so that only its own round hears of it', async () => {
    const refuses = (batch: readonly TopicRecords[]): boolean =>
      batch.some(({ records: all }) => all.some(({ value }) => value === 'too large'));
    const { send, moment } = bar((batch) =>
      refuses(batch)
        ? Promise.reject(new KafkaFailure('split', 'MESSAGE_TOO_LARGE'))
        : Promise.resolve({ nullHeaders: 0 }),
    );
    const answers = [send('hot', ['a']), send('hot', ['too large']), send('hot', ['b'])];
    moment();
    const outcomes = await Promise.allSettled(answers);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
  });

  it('lets nobody wait for what another round cannot be written for', async () => {
    const failure = new KafkaFailure('wait', 'LEADER_NOT_AVAILABLE');
    const isLed = (batch: readonly TopicRecords[]): boolean => batch.every(({ topic }) => topic !== 'lost');
    const { send, moment, written } = bar((batch) =>
      isLed(batch) ? Promise.resolve({ nullHeaders: 0 }) : Promise.reject(failure),
    );
    const answers = [send('hot', ['a']), send('lost', ['b'])];
    moment();
    const outcomes = await Promise.allSettled(answers);
    assert.equal(outcomes[0]?.status, 'fulfilled');
    assert.equal(outcomes[1]?.status === 'rejected' && outcomes[1].reason, failure);
    assert.equal(written.length, 3, 'together, and then each once');
  });

  it('tries nothing again that was alone', async () => {
    const { send, moment, written } = bar(() => Promise.reject(new KafkaFailure('wait', 'x')));
    const answer = send('hot', ['a']);
    moment();
    await assert.rejects(answer);
    assert.equal(written.length, 1);
  });
});
