import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { altered, kafkaJsDecodes, someMessages, type KafkaJsRecord } from './codec.fixtures.ts';
import { Damage, decodeBatch, decodeBatches, extentAt, type WireRecord } from './decode.ts';
import { encodeBatch, type Encodable } from './encode.ts';
import { Malformed } from './varint.ts';

const producer = { producerId: 77n, producerEpoch: 3, transactionalId: null };

function batchOf(messages: readonly Encodable[]): Buffer {
  return encodeBatch({ partition: 0, messages, firstSequence: 12 }, producer, 1_764_000_000_000);
}

function decoded(bytes: Buffer): WireRecord[] {
  const records: WireRecord[] = [];
  for (let extent = extentAt(bytes, 0); extent !== undefined; extent = extentAt(bytes, extent.end))
    records.push(...decodeBatch(bytes, extent));
  return records;
}

/** A record of either decoder, as kafkajs shows it. */
function shown(record: WireRecord | KafkaJsRecord) {
  const { batchContext: context } = record;
  const headers = 'fields' in record.headers ? (record as WireRecord).headers.fields() : record.headers;
  return {
    attributes: record.attributes,
    timestamp: String(record.timestamp),
    offset: record.offset,
    key: record.key,
    value: record.value,
    headers: { ...headers },
    isControlRecord: record.isControlRecord,
    batchContext: {
      firstOffset: context['firstOffset'],
      firstTimestamp: context['firstTimestamp'],
      maxTimestamp: context['maxTimestamp'],
      partitionLeaderEpoch: context['partitionLeaderEpoch'],
      inTransaction: context['inTransaction'],
      isControlBatch: context['isControlBatch'],
      lastOffsetDelta: context['lastOffsetDelta'],
      producerId: context['producerId'],
      producerEpoch: context['producerEpoch'],
      firstSequence: context['firstSequence'],
      timestampType: context['timestampType'],
    },
  };
}

const attributes = fc.constantFrom(0, 0x08, 0x10, 0x20, 0x30, 0x18);
const int62 = fc.bigInt({ min: 0n, max: 2n ** 62n });
const aBatch = fc
  .record({ messages: someMessages, attributes, firstOffset: int62, maxTimestamp: int62 })
  .map(({ messages, ...change }) => altered(batchOf(messages), change));

describe('the decoder', () => {
  it('reads what kafkajs reads: control batches, transactions, times of the broker, large offsets', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(aBatch, { minLength: 1, maxLength: 3 }), async (batches) => {
        const bytes = Buffer.concat(batches);
        assert.deepEqual(decoded(bytes).map(shown), (await kafkaJsDecodes(bytes)).map(shown));
      }),
    );
  });

  it('reads headers of any name, where kafkajs finds what every object has', async () => {
    const headers = { ['__proto__']: 'a', constructor: 'b' };
    const bytes = batchOf([{ value: 'x', headers }]);
    const [record] = decoded(bytes);
    assert.deepEqual(Object.entries(record!.headers.fields()), [
      ['__proto__', Buffer.from('a')],
      ['constructor', Buffer.from('b')],
    ]);
    assert.notDeepEqual((await kafkaJsDecodes(bytes))[0]!.headers, { ...record!.headers.fields() });
  });

  it('leaves out a last batch that is cut off, wherever it is', async () => {
    const whole = batchOf([{ value: 'a' }]);
    const second = batchOf([{ value: 'b', headers: { x: 'y' } }, { value: 'c' }]);
    for (let length = 0; length < second.length; length += 1) {
      const bytes = Buffer.concat([whole, second.subarray(0, length)]);
      assert.deepEqual(decoded(bytes).map(shown), (await kafkaJsDecodes(bytes)).map(shown));
    }
  });

  it('takes no batch with a bit that was turned for a good one', () => {
    const batch = batchOf([{ value: '12', key: 'k', headers: { a: 'b' } }, { value: '13' }]);
    // What stands before the checksum, but for the length, the broker sets when it writes.
    for (let bit = 17 * 8; bit < batch.length * 8; bit += 1) {
      const broken = Buffer.from(batch);
      broken[bit >> 3]! ^= 1 << (bit & 7);
      assert.throws(() => decoded(broken), { name: 'Malformed', message: 'a batch whose checksum is wrong' });
    }
  });

  it('never reads past the end of a batch whose checksum fits and whose lengths lie', () => {
    const batch = batchOf([{ value: '12', key: 'k', headers: { a: 'b' } }, { value: '13' }]);
    const position = fc.integer({ min: 57, max: batch.length - 1 });
    const change = fc.array(fc.tuple(position, fc.integer({ min: 0, max: 255 })), { minLength: 1 });
    fc.assert(
      fc.property(change, (changes) => {
        const broken = Buffer.from(batch);
        for (const [at, byte] of changes) broken[at] = byte;
        const fitting = Buffer.concat([altered(broken, {}), Buffer.alloc(64, 0x55)]);
        const extent = extentAt(fitting, 0)!;
        let records: WireRecord[] = [];
        try {
          records = decodeBatch(fitting, extent);
        } catch (error) {
          assert.ok(error instanceof Malformed, String(error));
        }
        for (const { key, value, headers } of records) {
          for (const view of [key, value])
            assert.ok(view === null || view.byteOffset + view.length <= fitting.byteOffset + extent.end);
          assert.ok(headers.end <= extent.end);
        }
      }),
    );
  });

  it('copies nothing: keys and values are views of what was fetched', () => {
    const bytes = batchOf([{ key: 'key', value: 'value' }]);
    const [record] = decoded(bytes);
    for (const view of [record!.key, record!.value]) assert.equal(view?.buffer, bytes.buffer);
  });

  it('gives what is before a batch that cannot be read, and says what is wrong when there is nothing', () => {
    const good = batchOf([{ value: 'a' }, { value: 'b' }]);
    const bad = Buffer.from(good);
    bad[70]! ^= 1;
    assert.equal(decodeBatches(Buffer.concat([good, bad, good])).length, 2);
    const [damage, ...more] = decodeBatches(Buffer.concat([bad, good]));
    assert.deepEqual([damage, more], [new Damage('a batch whose checksum is wrong'), []]);
  });
});
