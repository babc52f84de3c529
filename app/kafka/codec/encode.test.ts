import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import fc from 'fast-check';
import { kafkaJsDecodes, kafkaJsEncodes, someHeaders, someMessages } from './codec.fixtures.ts';
import { encodeBatch, encodeProduce, type Encodable } from './encode.ts';
import { WireHeaders, listOf, sizeOfList, writeList } from './headers.ts';

const now = 1_764_000_000_000;
const plain = { producerId: -1n, producerEpoch: 0, transactionalId: null };

function batchOf(messages: readonly Encodable[]): Buffer {
  return encodeBatch({ partition: 0, messages, firstSequence: 0 }, plain, now);
}

function wire(headers: Readonly<Record<string, Buffer | string>>): WireHeaders {
  const list = listOf(headers);
  const bytes = Buffer.alloc(3 + sizeOfList(list));
  return new WireHeaders(list.length, bytes, 3, writeList(bytes, 3, list));
}

describe('the encoder', () => {
  it('writes what kafkajs writes, byte for byte', async (t) => {
    mock.timers.enable({ apis: ['Date'], now });
    t.after(() => mock.timers.reset());
    const topic = fc.record({
      topic: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
      partitions: fc.array(
        fc.record({ partition: fc.nat(1_000), messages: someMessages, firstSequence: fc.nat() }),
        { minLength: 1, maxLength: 3 },
      ),
    });
    const send = fc.record({
      transactionalId: fc.option(fc.string({ unit: 'grapheme', minLength: 1 })),
      acks: fc.constantFrom(-1, 0, 1),
      timeout: fc.nat(60_000),
      producerId: fc.bigInt({ min: -1n, max: 2n ** 62n }),
      producerEpoch: fc.integer({ min: -1, max: 0x7fff }),
      topics: fc.array(topic, { minLength: 1, maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(send, async ({ topics, producerId, ...rest }) => {
        const theirs = await kafkaJsEncodes({ ...rest, producerId: String(producerId), topicData: topics });
        assert.deepEqual(encodeProduce({ ...rest, producerId, topics }, now), theirs);
      }),
    );
  });

  it('writes what kafkajs reads again', async () => {
    await fc.assert(
      fc.asyncProperty(someMessages, async (messages) => {
        const read = await kafkaJsDecodes(batchOf(messages));
        const text = (value: Encodable['key']) => (value === undefined ? null : value?.toString());
        assert.deepEqual(
          read.map(({ key, value, timestamp }) => [text(key), text(value), timestamp]),
          messages.map(({ key, value, timestamp }) => [text(key), text(value), String(timestamp ?? now)]),
        );
      }),
    );
  });

  it('writes headers that were read as they were, whatever they are', async () => {
    await fc.assert(
      fc.asyncProperty(someHeaders, async (headers) => {
        const list = listOf(headers);
        const bytes = Buffer.alloc(sizeOfList(list));
        writeList(bytes, 0, list);
        const read = new WireHeaders(list.length, bytes, 0, bytes.length);
        assert.deepEqual(batchOf([{ value: 'x', headers: read }]), batchOf([{ value: 'x', headers }]));
        const [record] = await kafkaJsDecodes(batchOf([{ value: 'x', headers: read }]));
        assert.deepEqual({ ...read.fields() }, { ...record!.headers });
      }),
    );
  });

  it('writes null headers, on which kafkajs throws', async () => {
    const [record] = await kafkaJsDecodes(batchOf([{ value: 'x', headers: { a: null, b: undefined } }]));
    assert.deepEqual(record!.headers, { a: null, b: null });
    await assert.rejects(
      kafkaJsEncodes({
        acks: -1,
        timeout: 1,
        topicData: [
          { topic: 't', partitions: [{ partition: 0, messages: [{ value: 'x', headers: { a: null } }] }] },
        ],
      }),
      TypeError,
    );
  });

  it('adds headers to those that were read', () => {
    const both = wire({ a: 'one', b: Buffer.from([0, 255]) }).with({ a: 'two', c: null });
    assert.equal(both.count, 4);
    assert.deepEqual(
      { ...both.fields() },
      { a: [Buffer.from('one'), Buffer.from('two')], b: Buffer.from([0, 255]), c: null },
    );
  });

  it('takes the first and the last time of a batch as numbers, where kafkajs compares texts', async () => {
    const times = ['1000', '999', '-5', '20000'];
    const batch = batchOf(times.map((timestamp) => ({ value: 'x', timestamp })));
    assert.equal(batch.readBigInt64BE(27), -5n);
    assert.equal(batch.readBigInt64BE(35), 20_000n);
    assert.deepEqual(
      (await kafkaJsDecodes(batch)).map(({ timestamp }) => timestamp),
      times,
    );
  });

  it('keeps times of 64 bits exactly, in any of their forms', async () => {
    const int64 = fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n - 1n });
    const safe = fc.maxSafeInteger();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(int64, safe), { minLength: 1 }), async (times) => {
        const written = times.map((time) => ({ value: 'x', timestamp: time }));
        const asText = times.map((time) => ({ value: 'x', timestamp: String(time) }));
        assert.deepEqual(batchOf(written), batchOf(asText));
        const read = await kafkaJsDecodes(batchOf(written));
        assert.deepEqual(
          read.map(({ timestamp }) => timestamp),
          times.map(String),
        );
      }),
    );
  });
});
