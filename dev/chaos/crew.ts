/** The workers of a run: as many as wanted, as a Deployment keeps them, whatever is done to them. */
import type { WorkerProcess } from '../../app/worker-process.fixtures.ts';
import type { Chance } from '../faults/random.ts';
import { sleep } from './orders.ts';

/** Milliseconds that a worker may take to leave when it is asked to. */
const graceMs = 10_000;

export class Crew {
  readonly #start: () => WorkerProcess;
  readonly #dice: Chance;
  #workers: WorkerProcess[] = [];
  readonly #all: WorkerProcess[] = [];
  /** What workers did that they never should. */
  readonly violations: string[] = [];

  constructor(start: () => WorkerProcess, dice: Chance) {
    this.#start = start;
    this.#dice = dice;
  }

  join(): void {
    const worker = this.#start();
    this.#workers.push(worker);
    this.#all.push(worker);
    void worker.exit.then((code) => {
      if (this.#workers.includes(worker)) this.#accuse(worker, `a worker has left by itself with ${code}`);
    });
  }

  kill(): void {
    this.#take()?.child.kill('SIGKILL');
    this.join();
  }

  async replace(): Promise<void> {
    const worker = this.#take();
    this.join();
    if (worker !== undefined) await this.#leave(worker);
  }

  async stop(ms: number): Promise<void> {
    const worker = this.#any();
    worker?.child.kill('SIGSTOP');
    await sleep(ms);
    worker?.child.kill('SIGCONT');
  }

  /** All of them, at the end. */
  async leave(): Promise<void> {
    const all = this.#workers;
    this.#workers = [];
    await Promise.all(all.map((worker) => this.#leave(worker)));
  }

  killAll(): void {
    const all = this.#workers;
    this.#workers = [];
    for (const { child } of all) child.kill('SIGKILL');
  }

  /** The last lines of each. */
  said(): string[] {
    return this.#all.flatMap(({ child, lines }) =>
      lines.slice(-30).map((line) => `${child.pid} ${JSON.stringify(line)}`),
    );
  }

  async #leave(worker: WorkerProcess): Promise<void> {
    // It may have been stopped in its tracks.
    worker.child.kill('SIGCONT');
    worker.child.kill('SIGTERM');
    const late = Symbol('late');
    const code = await Promise.race([worker.exit, sleep(graceMs).then(() => late)]);
    // Asked before it has begun, it has nothing to finish.
    const isFine = code === 0 || worker.lines.length === 0;
    if (code === late) worker.child.kill('SIGKILL');
    if (!isFine) this.#accuse(worker, `a worker that was asked to leave left with ${String(code)}`);
    if (worker.stderr() !== '')
      this.#accuse(worker, `a worker says on its standard error: ${worker.stderr()}`);
  }

  #accuse({ lines }: WorkerProcess, what: string): void {
    this.violations.push(`${what}; its last line is ${JSON.stringify(lines.at(-1))}`);
  }

  #any(): WorkerProcess | undefined {
    return this.#workers[this.#dice.whole(0, this.#workers.length - 1)];
  }

  #take(): WorkerProcess | undefined {
    const worker = this.#any();
    this.#workers = this.#workers.filter((each) => each !== worker);
    return worker;
  }
}
