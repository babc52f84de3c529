import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aBatch, records } from './batch.fixtures.ts';
import { formerTopics, leftMark, leftover, marks, positionsOn, remaining, upTo } from './leftovers.ts';

const at = (offset: string, more: object = {}): { topic: string; partition: number; offset: string } => ({
  topic: 'old',
  partition: 0,
  offset,
  ...more,
});

const marksOf = (low: string, high: string): { partition: number; low: string; high: string }[] => [
  { partition: 0, low, high },
];

describe('leftover', () => {
  it('is what lies between the group’s offset and the end', () => {
    assert.deepEqual(leftover(at('3'), marksOf('0', '10')), {
      topic: 'old',
      partition: 0,
      from: 3n,
      to: 10n,
    });
  });

  it('does not count what has expired', () => {
    assert.equal(leftover(at('3'), marksOf('7', '10'))?.from, 7n);
    assert.equal(leftover(at('3'), marksOf('10', '10')), undefined);
  });

  it('is nothing at the end, or in a partition that is gone', () => {
    assert.equal(leftover(at('10'), marksOf('0', '10')), undefined);
    assert.equal(leftover(at('3'), []), undefined);
  });
});

describe('formerTopics', () => {
  it('leaves out the topics in use, and those that were left', () => {
    const offsets = [
      at('1'),
      at('1', { topic: 'orders' }),
      at('1', { topic: 'hot' }),
      at('1', { topic: 'left', metadata: leftMark }),
    ];
    assert.deepEqual(formerTopics(offsets, new Set(['orders', 'hot'])), ['old']);
  });

  it('does not take a topic for left while one partition of it is not', () => {
    const offsets = [at('1', { metadata: leftMark }), at('1', { partition: 1 })];
    assert.deepEqual(formerTopics(offsets, new Set()), ['old']);
  });
});

describe('positionsOn', () => {
  const watermarks = [
    { partition: 0, low: '0', high: '9' },
    { partition: 1, low: '4', high: '9' },
  ];

  it('begins at the first record where the group has committed nothing', () => {
    assert.deepEqual(positionsOn('old', [at('5')], watermarks), [at('5'), at('4', { partition: 1 })]);
  });

  it('is nothing on a topic that was left, whatever was committed on a partition that is gone', () => {
    const left = at('5', { metadata: leftMark });
    assert.deepEqual(positionsOn('old', [left, at('3', { partition: 7 })], watermarks), []);
    const both = [left, at('6', { partition: 1 })];
    assert.deepEqual(positionsOn('old', both, watermarks), both);
  });
});

describe('upTo', () => {
  const cut = upTo([{ topic: 'orders', partition: 0, from: 0n, to: 2n }]);

  it('cuts a batch where the topic ended when we looked, and pauses the partition', () => {
    const { batch, calls } = aBatch();
    const { records: kept, endOffset } = cut(batch);
    assert.deepEqual([kept.map(({ offset }) => offset), endOffset, calls], [['0', '1'], '2', ['pause']]);
  });

  it('leaves a batch as it is that ends before', () => {
    const { batch, calls } = aBatch({ records: records(2) });
    assert.deepEqual([cut(batch), calls], [batch, []]);
  });

  it('gets the group past an end that has no records before it', () => {
    const { batch } = aBatch({ records: records(3, 2), fetchedFrom: '1' });
    assert.deepEqual([cut(batch).records, cut(batch).endOffset], [[], '2']);
  });

  it('commits nothing where nothing was left', () => {
    const { batch } = aBatch({ partition: 1 });
    assert.deepEqual([cut(batch).records, cut(batch).endOffset], [[], '0']);
  });
});

describe('marks', () => {
  it('keeps the offset and adds the mark', () => {
    assert.deepEqual(marks([at('5')]), [{ ...at('5'), metadata: leftMark }]);
  });
});

describe('remaining', () => {
  const first = [{ topic: 'old', partition: 0, from: 3n, to: 10n }];

  it('is what a later look still finds before the first look’s end', () => {
    assert.deepEqual(remaining(first, [{ topic: 'old', partition: 0, from: 7n, to: 20n }]), [
      { topic: 'old', partition: 0, from: 7n, to: 10n },
    ]);
  });

  it('is nothing once that end was reached, although the topic goes on', () => {
    assert.deepEqual(remaining(first, [{ topic: 'old', partition: 0, from: 10n, to: 20n }]), []);
    assert.deepEqual(remaining(first, []), []);
  });
});
