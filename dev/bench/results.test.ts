import assert from 'node:assert/strict';
import { test } from 'node:test';
import { known, merged } from './results.ts';

test('a part that was run again takes the place of its former results, and the rest stays', () => {
  const former = [known('one', 1), known('two', 2), known('three', 3)];
  assert.deepEqual(merged(former, [known('two', 20), known('four', 4)]), [
    known('one', 1),
    known('two', 20),
    known('three', 3),
    known('four', 4),
  ]);
});
