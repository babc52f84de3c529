/** `kubectl get --watch` with the moment at which each line arrived. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface TimedLine {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly line: string;
}

export class Watch {
  readonly lines: TimedLine[] = [];
  readonly #child: ChildProcess;
  readonly #answered: Promise<void>;

  /** @param format a jsonpath template; each event of each object is a line of it */
  constructor(resource: readonly string[], format: string, env: Readonly<Record<string, string>>) {
    const output = `jsonpath=${format}{"\\n"}`;
    this.#child = spawn('kubectl', ['get', ...resource, '--watch-only', '-o', output, '-v=6'], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { stdout, stderr } = this.#child;
    if (stdout === null || stderr === null) throw new Error('kubectl cannot be started');
    createInterface(stdout).on('line', (line) => this.lines.push({ at: Date.now(), line }));
    this.#answered = new Promise((resolve, reject) => {
      // At this verbosity kubectl tells of each request that was answered; the watch is the one with `watch=true`.
      createInterface(stderr).on('line', (line) => {
        if (line.includes('watch=true')) resolve();
      });
      this.#child.once('exit', () =>
        reject(new Error(`kubectl get ${resource.join(' ')} --watch-only ended`)),
      );
    });
  }

  /** Resolves when the server has taken up the watch: what happens from now on is seen. */
  started(): Promise<void> {
    return this.#answered;
  }

  stop(): void {
    this.#child.kill();
  }
}
