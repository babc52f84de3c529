import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { FakeClock } from './clock.fixtures.ts';
import { readText, RotatingFile } from './files.ts';

describe('a file that rotates', () => {
  let folder: string;
  let path: string;
  let clock: FakeClock;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'barista-files-'));
    path = join(folder, 'file');
    clock = new FakeClock();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is read anew when it may have changed', async () => {
    const file = new RotatingFile(path, clock);
    writeFileSync(path, 'one');
    assert.equal(await file.text(), 'one');
    writeFileSync(path, 'two');
    await clock.advance(4_999);
    assert.equal(await file.text(), 'one');
    await clock.advance(1);
    assert.equal(await file.text(), 'two');
  });

  it('is what it was while it is away, and tried again at once', async () => {
    const file = new RotatingFile(path, clock);
    writeFileSync(path, 'one');
    await file.text();
    rmSync(path);
    await clock.advance(5_000);
    assert.equal(await file.text(), 'one');
    writeFileSync(path, 'two');
    assert.equal(await file.text(), 'two');
  });

  it('that was never there is named', async () => {
    const message = `the file ${path} cannot be read (ENOENT)`;
    await assert.rejects(new RotatingFile(path, clock).text(), { message });
    await assert.rejects(readText(path), { message });
  });
});
