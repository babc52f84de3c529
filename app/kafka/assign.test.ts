import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { assign } from './assign.ts';
import type { Member } from './assign.ts';

function member(id: string, topics: Readonly<Record<string, number>>): Member {
  return { id, topics: new Map(Object.entries(topics)) };
}

describe('assign', () => {
  it('shares one topic evenly', () => {
    const found = assign([member('b', { orders: 5 }), member('a', { orders: 5 })]);
    assert.deepEqual(Object.fromEntries(found), { a: { orders: [0, 2, 4] }, b: { orders: [1, 3] } });
  });

  it('gives an old and a new worker their own topics during an upgrade', () => {
    const found = assign([member('old', { before: 2 }), member('new', { after: 2 })]);
    assert.deepEqual(Object.fromEntries(found), { old: { before: [0, 1] }, new: { after: [0, 1] } });
  });

  it('leaves a member without partitions when there are too few', () => {
    const found = assign([member('a', { orders: 1 }), member('b', { orders: 1 })]);
    assert.deepEqual(Object.fromEntries(found), { a: { orders: [0] }, b: {} });
  });

  it('believes the member that has seen the most partitions', () => {
    const found = assign([member('a', { orders: 1 }), member('b', { orders: 3 })]);
    assert.deepEqual([...found.values()].flatMap((share) => share['orders'] ?? []).sort(), [0, 1, 2]);
  });

  it('balances members of which one can read only one of the topics', () => {
    const found = assign([member('all', { one: 4, two: 2 }), member('two', { two: 2 })]);
    assert.deepEqual(Object.fromEntries(found), { all: { one: [0, 1, 2, 3] }, two: { two: [0, 1] } });
  });

  const members = fc
    .uniqueArray(fc.string({ minLength: 1, maxLength: 5 }), { maxLength: 6 })
    .chain((ids) =>
      fc.tuple(
        ...ids.map((id) =>
          fc
            .subarray(['one', 'two', 'three'])
            .map((topics) => member(id, Object.fromEntries(topics.map((topic) => [topic, topic.length])))),
        ),
      ),
    );

  it('gives every partition to exactly one member that subscribes to it', () => {
    fc.assert(
      fc.property(members, (all) => {
        const found = assign(all);
        assert.deepEqual([...found.keys()].sort(), all.map(({ id }) => id).sort());
        for (const topic of ['one', 'two', 'three']) {
          const readers = all.filter(({ topics }) => topics.has(topic));
          const dealt = all.flatMap(({ id }) => found.get(id)![topic] ?? []).sort();
          const expected = readers.length === 0 ? [] : Array.from({ length: topic.length }, (_, at) => at);
          assert.deepEqual(dealt, expected);
          for (const { id, topics } of all)
            assert.ok(topics.has(topic) || found.get(id)![topic] === undefined);
        }
      }),
    );
  });

  it('differs by one at most when all subscribe to the same, and does not depend on the order of members', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 0, max: 20 }), (count, orders) => {
        const all = Array.from({ length: count }, (_, at) => member(`m${at}`, { orders }));
        const found = assign(all);
        const sizes = [...found.values()].map((share) => share['orders']?.length ?? 0);
        assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
        assert.deepEqual(assign(all.toReversed()), found);
      }),
    );
  });
});
