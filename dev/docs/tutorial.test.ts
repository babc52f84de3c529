import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { lessonsOf, notPrinted } from './tutorial.ts';

describe('the lessons of a page', () => {
  test('are its commands with the output that is shown after them', () => {
    const page = '# T\n```sh\na\n```\n\n```sh\nb\nc\n```\nSo:\n```text\nd\n```\n```yaml\ne: 1\n```\n';
    assert.deepEqual(lessonsOf(page), [
      { commands: 'a', shown: undefined, line: 3 },
      { commands: 'b\nc', shown: 'd', line: 7 },
    ]);
  });

  test('have no output without commands', () =>
    assert.throws(() => lessonsOf('```text\na\n```\n'), /line 2 stands behind no commands/));
});

describe('what is shown', () => {
  const table = 'NAME     READY   AGE\nbar-x1   True    3m5s\nbar-y2   True    2s\n';
  const cases: readonly [what: string, shown: string, missing: string | undefined][] = [
    ['may differ in white space and ages', 'NAME READY AGE\nbar-x1 True 20s', undefined],
    ['may leave lines out', 'bar-y2   True   1s', undefined],
    ['may leave parts out', 'bar-…  True  1s\nbar-…  True  1s', undefined],
    ['may leave the end out', 'bar-x1 True …', undefined],
    ['is there as often as it is shown', 'bar-… True 1s\nbar-… True 1s\nbar-… True 1s', 'bar-… True 1s'],
    ['is in its order', 'bar-y2 True 1s\nbar-x1 True 1s', 'bar-x1 True 1s'],
    ['is all of the line', 'bar-x1 True', 'bar-x1 True'],
    ['is no pattern', 'bar.x1 True 1s', 'bar.x1 True 1s'],
  ];
  for (const [what, shown, missing] of cases)
    test(what, () => assert.equal(notPrinted(shown, table), missing));
});
