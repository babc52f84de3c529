/** The parent's end of an operator in a process of its own. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { FastClock } from './clock.ts';
import type { Process, ProcessOptions } from './process.ts';

export interface ChildOptions extends Pick<
  ProcessOptions,
  'name' | 'namespace' | 'leaderElection' | 'sweepMs'
> {
  readonly kube: string;
  readonly dataflow: string;
  /** The fast wall clock at its start. */
  readonly now: number;
}

/** What a process holds. Bytes, and counts. */
export interface Holding {
  readonly rss: number;
  readonly heap: number;
  readonly sockets: number;
  readonly timers: number;
  readonly files: number;
}

export class OwnProcess implements Process {
  readonly isReal = true;
  readonly #child: ChildProcess;
  #isKilled = false;

  constructor({ kube, dataflow, epoch, onExit, name, namespace, leaderElection, sweepMs }: ProcessOptions) {
    const options: ChildOptions = {
      name,
      namespace,
      leaderElection,
      ...(sweepMs === undefined ? {} : { sweepMs }),
      kube: kube.href,
      dataflow: dataflow.href,
      now: new FastClock(epoch).now(),
    };
    this.#child = fork(new URL('./child.ts', import.meta.url), [JSON.stringify(options)], {
      execArgv: ['--expose-gc'],
    });
    this.#child.once('exit', () => {
      if (!this.#isKilled) onExit();
    });
  }

  async kill(): Promise<void> {
    this.#isKilled = true;
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
  }

  jump(ms: number): void {
    this.#child.send({ jump: ms });
  }

  async holding(): Promise<Holding> {
    const told = once(this.#child, 'message');
    this.#child.send({ ask: true });
    return ((await told) as [Holding])[0];
  }
}
