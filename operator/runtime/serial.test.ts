import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Serial } from './serial.ts';

test('work does not overlap, also after one that failed', async () => {
  const serial = new Serial();
  const seen: string[] = [];
  const work = (name: string, fails = false) =>
    serial.run(async () => {
      seen.push(`${name} begins`);
      await Promise.resolve();
      seen.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    });
  const results = await Promise.allSettled([work('a'), work('b', true), work('c')]);
  assert.deepEqual(seen, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
});
