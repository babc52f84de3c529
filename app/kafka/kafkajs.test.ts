import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it, mock } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { withoutAborted } from './aborted.ts';
import { FetchedBatch } from './codec/fetched-batch.ts';
import { kafkaJsWith } from './kafkajs.ts';

const load = createRequire(import.meta.url);
const { Kafka } = kafkaJsWith('barista', Date.now);

interface Queue {
  readonly inflight: Map<number, object>;
  readonly scheduleRequestTimeoutCheck: () => void;
  readonly pending: unknown[];
  readonly throttleCheckTimeoutId: unknown;
  readonly scheduleCheckPendingRequests: () => void;
  readonly destroy: () => void;
}

describe('the mended kafkajs', () => {
  it('is what everybody else loads, too', () => {
    assert.equal((load('kafkajs') as { Kafka: unknown }).Kafka, Kafka);
    assert.equal(load('kafkajs/src/consumer/filterAbortedMessages'), withoutAborted);
  });

  it('has our codec, and not another one later in the same process', () => {
    assert.equal(load('kafkajs/src/consumer/batch'), FetchedBatch);
    assert.equal(kafkaJsWith('barista', Date.now).Kafka, Kafka);
    assert.throws(() => kafkaJsWith('kafkajs', Date.now), /another codec than kafkajs/);
  });

  it('filters aborted transactions in our way inside its batches', () => {
    const Batch = load('kafkajs/src/consumer/batch') as new (...args: unknown[]) => { messages: unknown[] };
    const message = (offset: string, producerId: string, isControlRecord = false): object => ({
      offset,
      key: isControlRecord ? Buffer.alloc(4) : null,
      isControlRecord,
      batchContext: { producerId, inTransaction: true },
    });
    const first = message('0', 'a');
    const batch = new Batch('topic', '0', {
      partition: 0,
      highWatermark: '4',
      messages: [first, message('1', 'b'), message('2', 'b', true), message('3', 'b')],
      abortedTransactions: [{ producerId: 'b', firstOffset: '1' }],
    });
    assert.deepEqual(
      batch.messages.map((each) => (each as { offset: string }).offset),
      ['0', '3'],
    );
  });

  it('does not fail over a topic of anybody when it asks for all', async () => {
    const { protocol } = load('kafkajs/src/protocol/requests/metadata') as {
      protocol: (
        which: object,
      ) => (asked: object) => { response: { parse: (data: object) => Promise<object> } };
    };
    const leaderless = { topic: 'theirs', topicErrorCode: 5, partitionMetadata: [] };
    const answer = { brokers: [], topicMetadata: [leaderless] };
    for (let version = 0; version <= 6; version += 1) {
      const asked = (...topics: string[]): Promise<object> =>
        protocol({ version })({ topics }).response.parse(answer);
      assert.equal(await asked(), answer);
      await assert.rejects(asked('theirs'), { type: 'LEADER_NOT_AVAILABLE' });
    }
  });

  it('reads all compressions, also with its own codec', async () => {
    const { lookupCodec } = load('kafkajs/src/protocol/message/compression') as {
      lookupCodec: (compression: number) => { decompress: (bytes: Buffer) => Promise<Buffer> };
    };
    const bytes = Buffer.from('some bytes');
    assert.deepEqual(await lookupCodec(4).decompress(zstdCompressSync(bytes)), bytes);
    assert.equal(String(await lookupCodec(2).decompress(Buffer.from('\x02\x04ab', 'latin1'))), 'ab');
  });

  it('arms its timer only while requests wait', () => {
    const RequestQueue = load('kafkajs/src/network/requestQueue') as new (options: unknown) => Queue;
    const queue = new RequestQueue({ requestTimeout: 1_000, clientId: 'test', broker: 'test' });
    queue.scheduleCheckPendingRequests();
    assert.equal(queue.throttleCheckTimeoutId, null);
    queue.pending.push({});
    queue.scheduleCheckPendingRequests();
    assert.notEqual(queue.throttleCheckTimeoutId, null);
    queue.destroy();
  });

  it('ends requests that have timed out, and looks for them no more often than is of use', () => {
    const RequestQueue = load('kafkajs/src/network/requestQueue') as new (options: unknown) => Queue;
    mock.timers.enable({ apis: ['setInterval'] });
    try {
      const options = {
        requestTimeout: 20_000,
        enforceRequestTimeout: true,
        clientId: 'test',
        broker: 'test',
      };
      const queue = new RequestQueue(options);
      const ended: number[] = [];
      const sent = (id: number, ago: number): void => {
        const timeoutRequest = (): unknown => ended.push(id);
        queue.inflight.set(id, { sentAt: Date.now() - ago, requestTimeout: 20_000, timeoutRequest });
      };
      queue.scheduleRequestTimeoutCheck();
      sent(1, 30_000);
      sent(2, 1_000);
      mock.timers.tick(999);
      assert.deepEqual(ended, []);
      mock.timers.tick(1);
      assert.deepEqual(ended, [1]);
      queue.destroy();
      mock.timers.tick(5_000);
      assert.deepEqual(ended, [1]);
    } finally {
      mock.timers.reset();
    }
  });
});
