import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { knownFieldsFile, renderKnownFields } from './known-fields.ts';

test('operator/api/known-fields.ts is up to date with the CRD (else: node dev/docs/main.ts)', async () => {
  assert.equal(readFileSync(knownFieldsFile, 'utf8'), await renderKnownFields());
});
