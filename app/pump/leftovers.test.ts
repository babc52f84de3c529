import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { leftMark, leftover, marks, remaining, unmarkedOffsets } from './leftovers.ts';

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

describe('unmarkedOffsets', () => {
  it('leaves out the present topic, topics that are gone, and those that were left', () => {
    const offsets = [
      at('1'),
      at('1', { topic: 'orders' }),
      at('1', { topic: 'gone' }),
      at('1', { topic: 'left', metadata: leftMark }),
    ];
    assert.deepEqual(unmarkedOffsets(offsets, 'orders', new Set(['old', 'orders', 'left'])), [at('1')]);
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
