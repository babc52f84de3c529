/** A candidate as a process, and what the kernel says that it has used. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Clock ticks of /proc/<pid>/stat in a second: fixed on Linux. */
const TICKS = 100;

export class Measured {
  readonly child: ChildProcess;
  readonly #exit: Promise<void>;
  /** As performance.now(). */
  readonly startedAt = performance.now();

  constructor([program = '', ...args]: readonly string[], cwd: string) {
    const env = { PATH: process.env['PATH'], NODE_ENV: 'production' };
    this.child = spawn(program, args, { cwd, env, stdio: ['ignore', 'ignore', 'inherit'] });
    this.#exit = new Promise((resolve, reject) => {
      this.child.once('exit', () => resolve());
      this.child.once('error', reject);
    });
  }

  get hasLeft(): boolean {
    return this.child.exitCode !== null;
  }

  /** Seconds of CPU so far, its start included. */
  cpu(): number {
    const fields = this.#read('stat').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  }

  /** MB: now, and at its peak. */
  memory(): { readonly now: number; readonly peak: number } {
    const status = this.#read('status');
    const megabytes = (name: string) =>
      Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) / 1024;
    return { now: megabytes('VmRSS'), peak: megabytes('VmHWM') };
  }

  #read(file: string): string {
    return readFileSync(`/proc/${this.child.pid}/${file}`, 'utf8');
  }

  /** Seconds until it has gone. */
  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<number> {
    const asked = performance.now();
    if (!this.hasLeft) this.child.kill(signal);
    await this.#exit;
    return (performance.now() - asked) / 1000;
  }
}
