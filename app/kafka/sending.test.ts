import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sender, type SendingParts, type Write, type Written } from './sending.ts';

interface Asked {
  readonly nodeId: string;
  /** `topic/partition#sequence:values` of each partition. */
  readonly what: string;
  readonly answer: () => void;
  readonly fail: (trouble: object) => void;
}

interface Request {
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly firstSequence: number;
      readonly messages: readonly { readonly value: string }[];
    }[];
  }[];
}

/** Whatever can happen now has happened. */
const quiet = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));
const trouble = (type: string, more: object = {}): Error =>
  Object.assign(new Error(type), { name: 'KafkaJSProtocolError', type, retriable: true, ...more });

/** Brokers that answer when the test says so; partition p of a topic is led by `leaders[p]`. */
function world(leaders: string[], transactional = true) {
  const asked: Asked[] = [];
  const sequences = new Map<string, number>();
  const calls: string[] = [];
  const shown = ({ topicData }: Request): string =>
    topicData
      .flatMap(({ topic, partitions }) =>
        partitions.map(
          ({ partition, firstSequence, messages }) =>
            `${topic}/${partition}#${firstSequence}:${messages.map(({ value }) => value).join('')}`,
        ),
      )
      .join(' ');
  const parts = {
    cluster: {
      addMultipleTargetTopics: () => Promise.resolve(),
      refreshMetadata: () => Promise.resolve(void calls.push('refresh')),
      refreshMetadataIfNecessary: () => Promise.resolve(),
      findTopicPartitionMetadata: () => leaders.map((_, partitionId) => ({ partitionId })),
      findLeaderForPartitions: (_topic: string, partitions: readonly string[]) => {
        const known = partitions.map(Number).filter((partition) => leaders[partition] !== undefined);
        return Object.fromEntries(Map.groupBy(known, (partition) => leaders[partition] ?? ''));
      },
      findBroker: ({ nodeId }: { nodeId: string }) =>
        Promise.resolve({
          nodeId,
          produce: (request: Request) => {
            const answer = Promise.withResolvers<object>();
            const topics = request.topicData.map(({ topic, partitions }) => ({
              topicName: topic,
              partitions: partitions.map(({ partition }) => ({ partition })),
            }));
            asked.push({
              nodeId,
              what: shown(request),
              answer: () => answer.resolve({ topics }),
              fail: answer.reject,
            });
            return answer.promise;
          },
        }),
      removeBroker: ({ host }: { host: unknown }) => void calls.push(`remove ${String(host)}`),
      isConnected: () => true,
      connect: () => Promise.resolve(void calls.push('connect')),
    },
    partitioner: ({ message }: { message: { partition: number } }) => message.partition,
    eosManager: {
      isTransactional: () => transactional,
      addPartitionsToTransaction: (topics: readonly { topic: string; partitions: readonly unknown[] }[]) =>
        Promise.resolve(
          void calls.push(
            `add ${topics.map(({ topic, partitions }) => `${topic}${partitions.length}`).join()}`,
          ),
        ),
      acquireBrokerLock: () => Promise.resolve(),
      releaseBrokerLock: () => Promise.resolve(),
      getSequence: (topic: string, partition: number) => sequences.get(`${topic}/${partition}`) ?? 0,
      updateSequence: (topic: string, partition: number, by: number) =>
        void sequences.set(`${topic}/${partition}`, (sequences.get(`${topic}/${partition}`) ?? 0) + by),
      getTransactionalId: () => 'id',
      getProducerId: () => 7,
      getProducerEpoch: () => 0,
    },
    retrier: async <T>(attempt: (bail: (error: unknown) => void) => Promise<T>): Promise<T> => {
      for (let attempts = 1; ; attempts += 1) {
        const bailed: unknown[] = [];
        try {
          const result = await attempt((error) => void bailed.push(error));
          if (bailed.length === 0) return result;
        } catch (error) {
          if (attempts === 3) throw error;
        }
        if (bailed.length > 0) throw bailed[0];
      }
    },
    NotLoaded: class NotLoaded extends Error {},
  } as unknown as SendingParts;
  return { asked, calls, leaders, send: sender(parts) };
}

/** @see metadata.ts */
const nobody = '-1';
const message = (value: string, partition: number) => ({ value, partition }) as { value: string };
const write: Write = {
  acks: -1,
  timeout: 1,
  topicMessages: [{ topic: 'hot', messages: [message('a', 0), message('b', 1), message('c', 0)] }],
};
const places = (written: readonly Written[]) =>
  written.map(({ topicName, partition }) => `${topicName}/${partition}`).sort();

describe('a write to several brokers', () => {
  it('is sent to each once, and is done when all have answered', async () => {
    const { asked, calls, send } = world(['one', 'two']);
    const done = send(write);
    await quiet();
    assert.deepEqual(
      asked.map(({ nodeId, what }) => [nodeId, what]),
      [
        ['one', 'hot/0#0:ac'],
        ['two', 'hot/1#0:b'],
      ],
    );
    for (const each of asked) each.answer();
    assert.deepEqual(places(await done), ['hot/0', 'hot/1']);
    assert.deepEqual(calls, ['add hot1,hot1']);
  });

  it('waits for the one that is still writing when another one refuses, and sends again only what was refused, with its numbers', async () => {
    const { asked, send } = world(['one', 'two']);
    const done = send(write);
    await quiet();
    asked[0]?.fail(trouble('NOT_ENOUGH_REPLICAS'));
    await quiet();
    assert.equal(asked.length, 2);
    asked[1]?.answer();
    await quiet();
    assert.deepEqual(
      asked.slice(2).map(({ nodeId, what }) => [nodeId, what]),
      [['one', 'hot/0#0:ac']],
    );
    asked[2]?.answer();
    assert.deepEqual(places(await done), ['hot/0', 'hot/1']);
    const next = send(write);
    await quiet();
    assert.deepEqual(
      asked.slice(3).map(({ what }) => what),
      ['hot/0#2:ac', 'hot/1#1:b'],
    );
    for (const each of asked.slice(3)) each.answer();
    await next;
  });

  it('follows a partition that has moved to a broker which has answered already', async () => {
    const { asked, calls, leaders, send } = world(['one', 'two'], false);
    const done = send(write);
    await quiet();
    asked[1]?.answer();
    leaders[0] = 'two';
    asked[0]?.fail(trouble('NOT_LEADER_FOR_PARTITION'));
    await quiet();
    assert.deepEqual([asked[2]?.nodeId, asked[2]?.what, calls], ['two', 'hot/0#0:ac', ['refresh']]);
    asked[2]?.answer();
    assert.deepEqual(places(await done), ['hot/0', 'hot/1']);
  });

  it('asks nobody who leads what while a transaction is still being ended', async () => {
    const { asked, calls, send } = world(['one']);
    const done = send({ ...write, topicMessages: [{ topic: 'hot', messages: [message('a', 0)] }] });
    await quiet();
    asked[0]?.fail(trouble('CONCURRENT_TRANSACTIONS'));
    await quiet();
    asked[1]?.answer();
    await done;
    assert.ok(!calls.includes('refresh'));
  });

  it('forgets a broker whose connection was closed', async () => {
    const { asked, calls, send } = world(['one', 'one']);
    const done = send(write);
    await quiet();
    asked[0]?.fail({ name: 'KafkaJSConnectionClosedError', host: 'there', port: 1, retriable: true });
    await quiet();
    asked[1]?.answer();
    await done;
    assert.deepEqual(calls.slice(1, 3), ['remove there', 'refresh']);
  });

  it('gives up at once on what is refused for good, and after a while on what is not', async () => {
    const { asked, send } = world(['one', 'one']);
    const refused = send(write);
    await quiet();
    asked[0]?.fail(trouble('MESSAGE_TOO_LARGE', { retriable: false }));
    await assert.rejects(refused, { type: 'MESSAGE_TOO_LARGE' });
    const late = assert.rejects(send(write), { type: 'REQUEST_TIMED_OUT' });
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await quiet();
      asked[attempt]?.fail(trouble('REQUEST_TIMED_OUT'));
    }
    await late;
    assert.equal(asked.length, 4);
  });

  it('writes nothing, and begins no transaction in it, while nobody leads one of the partitions', async () => {
    const { asked, calls, leaders, send } = world(['one', nobody]);
    await assert.rejects(send(write), { type: 'LEADER_NOT_AVAILABLE', message: 'Nobody leads hot/1' });
    assert.deepEqual([asked, calls], [[], ['refresh', 'refresh', 'refresh']]);
    leaders[1] = 'one';
    const again = send(write);
    await quiet();
    asked[0]?.answer();
    assert.equal((await again).length, 2);
  });

  it('waits for the partitions of a topic to be known', async () => {
    const { asked, leaders, send } = world([]);
    const done = send(write).catch((error: unknown) => error);
    const error = await done;
    assert.ok(error instanceof Error);
    assert.match(error.message, /Nothing is known of the partitions of hot/);
    leaders.push('one', 'one');
    const again = send(write);
    await quiet();
    asked[0]?.answer();
    assert.equal((await again).length, 2);
  });
});
