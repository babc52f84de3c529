/**
 * The one test command: runs the phases it is given, in order, and closes with `N passed, N failed`.
 *
 *   node dev/test/main.ts lint format types unit                          what `make test-fast` runs: no stack
 *   node dev/test/main.ts lint format types unit stack integration e2e    what `make test` runs
 *
 * A phase that fails does not stop the ones after it, except `stack`: what needs it cannot run without.
 */
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { readStackEnv } from './stack-env.ts';

interface Count {
  readonly passed: number;
  readonly failed: number;
}

type Phase = () => Promise<Count>;

const root = new URL('../..', import.meta.url).pathname;
const sources = ['operator', 'app', 'cli', 'dev'];

function files(ending: string): string[] {
  const only = process.env['ONLY'];
  return sources
    .flatMap((folder) =>
      globSync(`${folder}/**/*${ending}`, { cwd: root, exclude: (name) => name === 'node_modules' }),
    )
    .filter((file) => only === undefined || file.includes(only))
    .sort()
    .map((file) => root + file);
}

/** A command counts as one test: it passes when it exits with 0. */
function command(name: string, program: string, ...args: string[]): Phase {
  return () =>
    new Promise((resolve) => {
      const started = performance.now();
      const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
      child.on('error', (error) => {
        console.error(`${name}: ${error.message}`);
        resolve({ passed: 0, failed: 1 });
      });
      child.on('exit', (code) => {
        const seconds = ((performance.now() - started) / 1000).toFixed(1);
        console.log(`${code === 0 ? '✔' : '✖'} ${name} (${seconds} s)`);
        resolve(code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 });
      });
    });
}

/** Runs test files, each in a process of its own, and counts what node:test reports of single tests. */
function testFiles(ending: string, concurrency: number): Phase {
  return () =>
    new Promise((resolve) => {
      const count = { passed: 0, failed: 0 };
      const found = files(ending);
      if (found.length === 0) {
        resolve(count);
        return;
      }
      // A test that failed may have left something open: its process ends all the same, and the rest goes on.
      const execArgv = ['--import', new URL('leave.ts', import.meta.url).href];
      const tests = run({ files: found, concurrency, execArgv });
      tests.on('test:pass', ({ details, skip, todo }) => {
        if (details.type !== 'suite' && skip === undefined && todo === undefined) count.passed += 1;
      });
      tests.on('test:fail', ({ details }) => {
        if (details.type !== 'suite') count.failed += 1;
      });
      tests.on('end', () => resolve(count));
      tests.compose(spec).pipe(process.stdout, { end: false });
    });
}

/** What was checked before is not checked again until it changes; a clean checkout has nothing of it. */
const cache = 'node_modules/.cache';
const lintCache = ['--cache', '--cache-strategy=content', `--cache-location=${cache}/eslint`];
const formatCache = ['--cache', '--cache-strategy=content', `--cache-location=${cache}/prettier-checked`];
const incremental = ['--incremental', '--tsBuildInfoFile', `${cache}/tsc.json`];
process.env['NODE_COMPILE_CACHE'] ??= `${root}${cache}/node`;

const phases: Record<string, Phase> = {
  lint: command('lint', process.execPath, 'node_modules/eslint/bin/eslint.js', '.', ...lintCache),
  format: command(
    'format',
    process.execPath,
    'node_modules/prettier/bin/prettier.cjs',
    '--check',
    '--log-level=warn',
    '.',
    ...formatCache,
  ),
  types: command(
    'types',
    process.execPath,
    'node_modules/typescript/bin/tsc',
    '-p',
    'tsconfig.json',
    ...incremental,
  ),
  unit: testFiles('.test.ts', 2),
  stack: command('stack', process.execPath, 'dev/stack/main.ts', 'up'),
  integration: testFiles('.it.ts', 1),
  e2e: testFiles('.e2e.ts', 1),
};

async function main(names: readonly string[]): Promise<number> {
  let passed = 0;
  let failed = 0;
  for (const name of names) {
    const phase = phases[name];
    if (phase === undefined) {
      console.error(`no such phase: ${name}; there are ${Object.keys(phases).join(', ')}`);
      return 2;
    }
    if (name === 'integration' || name === 'e2e') Object.assign(process.env, readStackEnv(root));
    const count = await phase();
    passed += count.passed;
    failed += count.failed;
    if (name === 'stack' && count.failed > 0) break;
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
