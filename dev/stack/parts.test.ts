import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { StackFailure } from './failure.ts';
import { Parts, type Part } from './parts.ts';
import { pathsFor, type Paths } from './paths.ts';
import { processAt, signal } from './process-table.ts';
import { until } from './wait.ts';

function stack(t: TestContext): { paths: Paths; parts: Parts } {
  const root = mkdtempSync(join(tmpdir(), 'barista-'));
  const paths = pathsFor(root, join(root, 'cache'));
  const parts = new Parts(paths);
  t.after(async () => {
    for (const { name } of parts.status()) await parts.stop(name, 0);
    rmSync(root, { recursive: true });
  });
  return { paths, parts };
}

const sleeper: Part = {
  name: 'sleeper',
  command: ['sleep', '600'],
  ready: () => Promise.resolve(true),
  deadline: 5_000,
};

test('a part that runs as it should is left alone, a changed one is started anew', async (t) => {
  const { parts } = stack(t);
  assert.equal(await parts.ensure(sleeper), true);
  const first = parts.running('sleeper');
  assert.equal(await parts.ensure(sleeper), false);
  assert.deepEqual(parts.running('sleeper'), first);
  assert.equal(await parts.ensure({ ...sleeper, config: ['changed'] }), true);
  assert.notEqual(parts.running('sleeper')?.pid, first?.pid);
});

test('a part that was killed is called dead, and started again', async (t) => {
  const { parts } = stack(t);
  await parts.ensure(sleeper);
  signal(parts.running('sleeper')?.pid ?? 0, 'SIGKILL');
  assert.ok(await until(() => parts.running('sleeper') === undefined, 5_000));
  assert.equal(parts.status()[0]?.state, 'dead');
  assert.equal(await parts.ensure(sleeper), true);
  assert.equal(parts.status()[0]?.state, 'running');
});

test('a pid that is somebody else by now is neither taken for the part nor stopped', async (t) => {
  const { paths, parts } = stack(t);
  await parts.ensure(sleeper);
  const file = join(paths.run, 'sleeper.json');
  const record = JSON.parse(readFileSync(file, 'utf8')) as { pid: number; startTime: number };
  t.after(() => signal(record.pid, 'SIGKILL'));
  writeFileSync(file, JSON.stringify({ ...record, startTime: record.startTime - 1 }));
  assert.equal(parts.running('sleeper'), undefined);
  await parts.stop('sleeper', 0);
  assert.ok(signal(record.pid, 'SIGCONT'), 'the other process still lives');
});

test('a stopped part leaves no process and no record', async (t) => {
  const { parts } = stack(t);
  await parts.ensure(sleeper);
  const pid = parts.running('sleeper')?.pid ?? 0;
  await parts.stop('sleeper');
  assert.equal(processAt(pid), undefined);
  assert.deepEqual(parts.status(), []);
});

test('a part that ends before it serves fails with its name, its log and what it said last', async (t) => {
  const { parts } = stack(t);
  const broken = {
    ...sleeper,
    command: ['sh', '-c', 'echo no such luck; exit 3'],
    ready: () => Promise.resolve(false),
  };
  await assert.rejects(parts.ensure(broken), (error: unknown) => {
    assert.ok(error instanceof StackFailure);
    assert.match(error.message, /^sleeper ended before it served\..*sleeper\.log:\nno such luck$/s);
    return true;
  });
});

test('a part that does not serve in time fails and says so', async (t) => {
  const { parts } = stack(t);
  const deaf = { ...sleeper, ready: () => Promise.resolve(false), deadline: 200 };
  await assert.rejects(parts.ensure(deaf), /sleeper did not serve within/);
});

test('a program that is not there is named', async (t) => {
  const { parts } = stack(t);
  await assert.rejects(parts.ensure({ ...sleeper, command: ['no-such-program'] }), /no-such-program/);
});
