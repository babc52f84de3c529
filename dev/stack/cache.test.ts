import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { cached } from './cache.ts';
import { locked } from './lock.ts';
import { progressTo } from './progress.ts';

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'barista-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

test('an entry is built once', async (t) => {
  const entry = join(folder(t), 'thing-1');
  let builds = 0;
  const build = async (partial: string): Promise<void> => {
    builds += 1;
    writeFileSync(join(partial, 'file'), 'built');
  };
  await cached(entry, build);
  assert.equal(await cached(entry, build), entry);
  assert.equal(builds, 1);
  assert.equal(readFileSync(join(entry, 'file'), 'utf8'), 'built');
});

test('a build that fails leaves nothing', async (t) => {
  const parent = folder(t);
  await assert.rejects(
    cached(join(parent, 'thing-1'), () => Promise.reject(new Error('broken'))),
    /broken/,
  );
  assert.deepEqual(readdirSync(parent), []);
});

test('what a killed build has left is removed, what a living one builds is not', async (t) => {
  const parent = folder(t);
  const dead = join(parent, `thing-1.partial-${2 ** 30}`);
  const living = join(parent, `thing-1.partial-${process.ppid}`);
  for (const partial of [dead, living]) mkdirSync(partial);
  await cached(join(parent, 'thing-1'), async () => undefined);
  assert.ok(!existsSync(dead));
  assert.ok(existsSync(living));
});

test('one holds the lock at a time, and a dead holder holds nothing', async (t) => {
  const file = join(folder(t), 'lock');
  const quiet = progressTo(
    () => undefined,
    () => 0,
  );
  writeFileSync(file, JSON.stringify({ pid: 2 ** 30, startTime: 1, command: ['gone'] }));
  const order: string[] = [];
  const work = (name: string) => async (): Promise<void> => {
    order.push(`${name} begins`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    order.push(`${name} ends`);
  };
  await Promise.all([locked(file, quiet, work('one')), locked(file, quiet, work('two'))]);
  assert.deepEqual(order, ['one begins', 'one ends', 'two begins', 'two ends']);
  assert.ok(!existsSync(file));
});
