import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { it } from 'node:test';

const leave = new URL('leave.ts', import.meta.url).href;

/** What node:test says of a file with so many tests and a server that nobody closes. */
async function results(tests: number, last: 'pass' | 'fail'): Promise<{ code: unknown; report: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'barista-leave-'));
  const file = join(folder, 'open.test.mjs');
  await writeFile(
    file,
    `import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { it } from 'node:test';
createServer().listen(0, '127.0.0.1');
for (let number = 1; number < ${tests}; number += 1) it('test ' + number, () => {});
it('the last test', () => assert.equal('${last}', 'pass'));
`,
  );
  const env = { ...process.env };
  // Else the child takes itself for a part of this run.
  delete env['NODE_TEST_CONTEXT'];
  const child = spawn(process.execPath, ['--import', leave, '--test', '--test-reporter=tap', file], {
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [report, [code]] = await Promise.all([text(child.stdout), once(child, 'exit') as Promise<unknown[]>]);
  await rm(folder, { recursive: true });
  return { code, report };
}

it('a test file that leaves something open ends with all its results', async () => {
  const { code, report } = await results(500, 'pass');
  assert.match(report, /^# pass 500$/m);
  assert.equal(code, 0);
});

it('a test file that leaves something open and fails is a failure', async () => {
  const { code, report } = await results(500, 'fail');
  assert.match(report, /^# pass 499\n# fail 1$/m);
  assert.equal(code, 1);
});
