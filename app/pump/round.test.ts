import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { InRecord, OutRecord } from '../kafka/port.ts';
import { route, serving } from '../route/route.ts';
import { nextRound } from './round.ts';
import type { Menu, Round, RoundInput } from './round.ts';

const menu: Menu = {
  hot: { topic: 'hot', partitions: 2 },
  cold: { topic: 'cold', partitions: 3 },
  deadLetters: { topic: 'dead', partitions: 1 },
  policy: 'DeadLetter',
};

function records(...values: (string | null)[]): InRecord[] {
  return values.map((value, at) => ({
    key: null,
    value: value === null ? null : Buffer.from(value),
    headers: {},
    timestamp: String(1_000 + at),
    offset: String(at * 2),
  }));
}

function round(list: readonly InRecord[], more: Partial<RoundInput> = {}): Round {
  return nextRound({
    source: { topic: 'orders', partition: 4, records: list },
    from: 0,
    menu,
    limits: { records: 1_000, bytes: 1_000_000 },
    refused: undefined,
    ...more,
  });
}

function written({ drinks, deadLetters }: Round, topic: string): readonly OutRecord[] {
  return [...drinks, ...deadLetters].find((each) => each.topic === topic)?.records ?? [];
}

describe('nextRound', () => {
  it('serves each order where it belongs and counts', () => {
    const found = round(records('1', '2', null, 'tea', '3'));
    assert.deepEqual(
      written(found, 'hot').map(({ value, timestamp }) => [String(value), timestamp]),
      [[serving.hot, '1001']],
    );
    assert.deepEqual(
      written(found, 'cold').map(({ value, timestamp }) => [String(value), timestamp]),
      [
        [serving.cold, '1000'],
        [serving.cold, '1004'],
      ],
    );
    assert.deepEqual(found.tally, {
      received: 5,
      hot: 1,
      cold: 2,
      tombstones: 1,
      bad: { 'no-digit': 1, refused: 0 },
    });
    assert.deepEqual([found.next, found.stop], [5, undefined]);
  });

  it('passes key and headers on', () => {
    const headers = { trace: Buffer.from('1'), nothing: null };
    const order: InRecord = { ...records('2')[0]!, key: Buffer.from('table 4'), headers };
    const [drink] = written(round([order]), 'hot');
    assert.deepEqual([drink!.key?.toString(), drink!.headers], ['table 4', headers]);
  });

  it('keeps a bad order as it was, and says where it came from and why', () => {
    const order = { ...records('tea')[0]!, key: Buffer.from('k'), headers: { a: 'b' }, offset: '77' };
    const [letter] = written(round([order]), 'dead');
    assert.deepEqual(letter, {
      key: order.key,
      value: order.value,
      headers: {
        a: 'b',
        'x-original-topic': 'orders',
        'x-original-partition': '4',
        'x-original-offset': '77',
        'x-original-timestamp': '1000',
        'x-exception-message': 'The order has no decimal digit, so it is neither even nor odd.',
      },
      timestamp: '1000',
      partition: 0,
    });
  });

  it('puts dead letters into the partition of the order, as far as there is one', () => {
    const partitionOf = (partitions: number): number | undefined =>
      written(
        round(records('tea'), { menu: { ...menu, deadLetters: { topic: 'dead', partitions } } }),
        'dead',
      )[0]?.partition;
    assert.deepEqual([5, 4, 3].map(partitionOf), [4, 0, 1]);
  });

  it('counts a bad order and drops it when told to skip', () => {
    const found = round(records('tea', '2'), { menu: { ...menu, policy: 'Skip' } });
    assert.deepEqual([found.deadLetters, found.tally.bad['no-digit'], found.next], [[], 1, 2]);
  });

  it('ends before a bad order when told to stop', () => {
    const found = round(records('2', 'tea', '4'), { menu: { ...menu, policy: 'Stop' } });
    assert.deepEqual([found.next, found.stop], [1, { offset: '2', reason: 'no-digit' }]);
    assert.equal(found.tally.bad['no-digit'], 0);
  });

  it('takes a refused order for a bad one, without the timestamp that may be the reason', () => {
    const found = round(records('2', '4'), { refused: '2' });
    assert.deepEqual([found.tally.hot, found.tally.bad.refused], [1, 1]);
    assert.equal(written(found, 'dead')[0]!.timestamp, undefined);
  });

  it('ends at so many records and bytes, but takes one order in any case', () => {
    assert.equal(round(records('1', '2', '3'), { limits: { records: 2, bytes: 1_000_000 } }).next, 2);
    assert.equal(round(records('1', '2', '3'), { limits: { records: 1_000, bytes: 200 } }).next, 2);
    assert.equal(round(records('1', '2', '3'), { limits: { records: 1_000, bytes: 1 } }).next, 1);
  });

  const order = fc.record({
    key: fc.option(fc.uint8Array({ maxLength: 3 }).map((bytes) => Buffer.from(bytes))),
    value: fc.option(
      fc.constantFrom('1', '2', '33', 'tea', '', '{"order": 12}').map((text) => Buffer.from(text)),
    ),
  });

  it('loses none: every order is served, kept, skipped or waited at, in order, whatever the limits', () => {
    fc.assert(
      fc.property(
        fc.array(order, { maxLength: 40 }),
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 1, max: 5_000 }),
        (orders, count, bytes) => {
          const list = orders.map((each, at) => ({ ...each, timestamp: String(at), offset: String(at) }));
          const got: OutRecord[] = [];
          let tombstones = 0;
          for (let from = 0; from < list.length;) {
            const found = round(list, { from, limits: { records: count, bytes } });
            assert.ok(found.next > from && found.next - from <= count);
            got.push(...written(found, 'hot'), ...written(found, 'cold'), ...written(found, 'dead'));
            tombstones += found.tally.tombstones;
            from = found.next;
          }
          assert.equal(got.length + tombstones, list.length);
          for (const { timestamp, value, key } of got) {
            const from = list[Number(timestamp)]!;
            const answer = route(from.value);
            const expected = answer === 'hot' || answer === 'cold' ? serving[answer] : from.value;
            assert.deepEqual([String(value), key], [String(expected), from.key]);
          }
          const byKey = Map.groupBy(
            got,
            ({ key, value, partition }) => `${key?.toString('hex')} ${String(value)} ${partition}`,
          );
          for (const same of byKey.values()) {
            const times = same.map(({ timestamp }) => Number(timestamp));
            assert.deepEqual(
              times,
              times.toSorted((a, b) => a - b),
            );
          }
        },
      ),
    );
  });
});
