import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, test } from 'node:test';
import { places, setVersion, versionsIn } from './version.ts';

const root = new URL('../..', import.meta.url).pathname;

test('the version is the same at all places (else: node dev/release/set-version.ts X.Y.Z)', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  for (const place of versionsIn(root)) assert.equal(place.version, version, place.file);
});

describe('a new version', () => {
  const folder = mkdtempSync(join(tmpdir(), 'barista-version-'));
  beforeEach(() => {
    for (const { file } of places) cpSync(join(root, file), join(folder, file));
  });
  after(() => rmSync(folder, { recursive: true }));

  test('is written to all places, and nothing else changes', () => {
    const [{ version: old } = { version: '' }] = versionsIn(root);
    setVersion(folder, '17.23.42-rc.1');
    assert.deepEqual([...new Set(versionsIn(folder).map(({ version }) => version))], ['17.23.42-rc.1']);
    for (const { file } of places) {
      const text = readFileSync(join(folder, file), 'utf8').split('\n');
      const before = readFileSync(join(root, file), 'utf8').split('\n');
      const changed = before.filter((line, index) => line !== text[index]);
      assert.equal(changed.length, places.filter((place) => place.file === file).length, file);
      assert.ok(changed.every((line) => line.includes(old)));
    }
  });

  for (const wrong of ['', 'v1.0.0', '1.0', '01.0.0', '1.0.0+build', 'latest']) {
    test(`is refused when it is "${wrong}"`, () => {
      assert.throws(() => setVersion(folder, wrong), /is not a version: give X\.Y\.Z/);
    });
  }

  test('is written nowhere when a place is not as it is known', () => {
    writeFileSync(join(folder, 'operator/main.ts'), '');
    assert.throws(() => setVersion(folder, '1.0.0'), /not found in operator\/main\.ts/);
    assert.notEqual(versionsIn(root)[0]?.version, '1.0.0');
    assert.doesNotMatch(readFileSync(join(folder, 'package.json'), 'utf8'), /1\.0\.0"/);
  });
});
