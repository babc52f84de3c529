/** A candidate as a process. */
import { spawn, type ChildProcess } from 'node:child_process';
import { environment } from '../image.ts';
import { cpuSeconds, residentMemory } from '../usage.ts';

export class Measured {
  readonly child: ChildProcess;
  readonly #exit: Promise<void>;
  /** As performance.now(). */
  readonly startedAt = performance.now();

  constructor([program = '', ...args]: readonly string[], cwd: string) {
    // What the worker has by its image changes nothing for those who read none of it.
    const env = { PATH: process.env['PATH'], ...environment(cwd, 'Dockerfile.app') };
    this.child = spawn(program, args, { cwd, env, stdio: ['ignore', 'ignore', 'inherit'] });
    this.#exit = new Promise((resolve, reject) => {
      this.child.once('exit', () => resolve());
      this.child.once('error', reject);
    });
  }

  get hasLeft(): boolean {
    return this.child.exitCode !== null;
  }

  cpu(): number {
    return cpuSeconds(this.child.pid);
  }

  memory(): ReturnType<typeof residentMemory> {
    return residentMemory(this.child.pid);
  }

  /** Seconds until it has gone. */
  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<number> {
    const asked = performance.now();
    if (!this.hasLeft) this.child.kill(signal);
    await this.#exit;
    return (performance.now() - asked) / 1000;
  }
}
