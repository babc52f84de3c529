import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { reasons } from './reasons.ts';

test('every reason has its row in the documentation', () => {
  const page = readFileSync(new URL('../../docs/troubleshooting.md', import.meta.url), 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  for (const reason of Object.keys(reasons)) {
    assert.ok(
      rows.some((row) => row.split('|')[1]?.includes(`\`${reason}\``)),
      `${reason} has no row`,
    );
  }
});
