import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Damage } from './decode.ts';
import { FetchedBatch, type FetchedPartition, type FetchedRecord } from './fetched-batch.ts';

type Batch = FetchedBatch<FetchedRecord>;
type MakeBatch = new (topic: string, offset: string, fetched: FetchedPartition<FetchedRecord>) => Batch;
/** As it is: its filter of aborted transactions is another one, so there are none here. */
const KafkaJsBatch = createRequire(import.meta.url)('kafkajs/src/consumer/batch') as MakeBatch;

const record = (isControlRecord: boolean): Omit<FetchedRecord, 'offset'> => ({
  key: null,
  isControlRecord,
  batchContext: { producerId: '1', inTransaction: false },
});

/** Offsets that grow, with gaps as a compacted log has. */
const messages = fc
  .array(fc.record({ gap: fc.integer({ min: 1, max: 3 }), control: fc.boolean() }), { maxLength: 12 })
  .map((all) => {
    let offset = 2n ** 53n;
    return all.map(({ gap, control }) => ({ ...record(control), offset: String((offset += BigInt(gap))) }));
  });

function answers(batch: Batch): unknown[] {
  return [
    Object.fromEntries(Object.entries(batch)),
    batch.isEmpty(),
    batch.isEmptyIncludingFiltered(),
    batch.isEmptyDueToFiltering(),
    batch.isEmptyControlRecord(),
    batch.isEmptyDueToLogCompactedMessages(),
    batch.firstOffset(),
    batch.lastOffset(),
    batch.offsetLag(),
    batch.offsetLagLow(),
  ];
}

describe('a fetched batch', () => {
  it('answers what that of kafkajs answers', () => {
    fc.assert(
      fc.property(messages, fc.nat(40), (list, from) => {
        const fetched = { partition: 3, highWatermark: String(2n ** 53n + 50n), messages: list };
        const offset = String(2n ** 53n + BigInt(from));
        assert.deepEqual(
          answers(new FetchedBatch('orders', offset, fetched)),
          answers(new KafkaJsBatch('orders', offset, fetched)),
        );
      }),
    );
  });

  it('keeps records of transactions that were given up to itself', () => {
    const inTransaction = (offset: string, producerId: string): FetchedRecord => ({
      ...record(false),
      offset,
      batchContext: { producerId, inTransaction: true },
    });
    const batch = new FetchedBatch('orders', '0', {
      partition: 0,
      highWatermark: '2',
      messages: [inTransaction('0', 'a'), inTransaction('1', 'b')],
      abortedTransactions: [{ producerId: 'b', firstOffset: '1' }],
    });
    assert.deepEqual(
      batch.messages.map(({ offset }) => offset),
      ['0'],
    );
  });

  it('that is damaged has no messages, is not passed over as empty, and ends where it began', () => {
    const fetched = { partition: 3, highWatermark: '50', messages: [new Damage('why')] as const };
    const batch = new FetchedBatch('orders', '7', fetched);
    assert.deepEqual(
      [batch.damage, batch.messages, batch.isEmpty(), batch.isEmptyDueToFiltering(), batch.lastOffset()],
      ['why', [], false, false, '6'],
    );
  });
});
