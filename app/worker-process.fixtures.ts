/** The real `main.ts` as a process, and what one can see of it from outside. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { until } from './kafka/world.fixtures.ts';

const main = new URL('./main.ts', import.meta.url).pathname;

type Line = Readonly<Record<string, unknown>>;

export interface WorkerProcess {
  readonly child: ChildProcess;
  readonly lines: readonly Line[];
  readonly stderr: () => string;
  /** GET on its HTTP server. */
  readonly get: (path: string) => Promise<{ readonly status: number; readonly body: string }>;
  /** POST of a JSON body; gives the status. */
  readonly post: (path: string, body: object) => Promise<number>;
  /** Until `/actuator/info`, which is what SCDF asks, says that it serves. */
  readonly ready: () => Promise<void>;
  readonly exit: Promise<number | null>;
}

function parseLines(text: string): Line[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line);
}

/** Starts a worker the way SCDF does: properties as arguments, on a free port. */
export function startWorker(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): WorkerProcess {
  const command = [process.execPath, main, '--server.port=0', ...args];
  // It ends with us, however we end, where there is a way to say so.
  const bound = process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'KILL', '--', ...command] : command;
  const [program = '', ...rest] = bound;
  const child = spawn(program, rest, {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  let unfinished = '';
  const lines: Line[] = [];
  child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
  child.stdout.on('data', (data: Buffer) => {
    const text = unfinished + data.toString();
    const end = text.lastIndexOf('\n') + 1;
    unfinished = text.slice(end);
    lines.push(...parseLines(text.slice(0, end)));
  });
  const exit = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const port = (): unknown => lines.find(({ msg }) => msg === 'Barista starts')?.['port'];
  const get: WorkerProcess['get'] = async (path) => {
    await until('the HTTP server', () => port() !== undefined);
    const response = await fetch(`http://127.0.0.1:${String(port())}${path}`);
    return { status: response.status, body: await response.text() };
  };
  const post: WorkerProcess['post'] = async (path, body) => {
    const url = `http://127.0.0.1:${String(port())}${path}`;
    return (await fetch(url, { method: 'POST', body: JSON.stringify(body) })).status;
  };
  const ready = async (): Promise<void> => {
    await until(`the worker to serve\n${errors}`, async () => {
      assert.equal(child.exitCode, null, `it has left:\n${JSON.stringify(lines.at(-1))}\n${errors}`);
      return (await get('/actuator/info')).status === 200;
    });
  };
  return { child, lines, stderr: () => errors, get, post, ready, exit };
}
