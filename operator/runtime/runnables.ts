import type { Clock } from './clock.ts';
import type { Log } from './log.ts';

/** A part of the program that runs until it is stopped. */
export interface Runnable {
  readonly name: string;
  /** Resolves when the parts after it may start. */
  start(): Promise<void> | void;
  /** Resolves when nothing of it runs any more. Called once, also when `start` has failed or has not ended. */
  stop(): Promise<void> | void;
}

export interface RunnablesOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** For all parts together. Default 10 s. */
  readonly stopWithinMs?: number;
}

/** How much of the time left a single part may use up, so that one that hangs leaves some to those after it. */
const shareOfTimeLeft = 0.7;

/** Starts parts in the order given and stops them in the reverse order. */
export class Runnables {
  readonly #parts: readonly Runnable[];
  readonly #options: RunnablesOptions;
  readonly #started: Runnable[] = [];
  #stopping: Promise<readonly string[]> | undefined;

  constructor(parts: readonly Runnable[], options: RunnablesOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  /** Throws what a part's `start` throws, after it has stopped those that were started. A stop meanwhile ends it early. */
  async start(): Promise<void> {
    for (const part of this.#parts) {
      if (this.#stopping !== undefined) return;
      this.#started.push(part);
      try {
        await part.start();
      } catch (error) {
        this.#options.log.error('a part of the operator does not start', { part: part.name, err: error });
        await this.stop();
        throw error;
      }
    }
  }

  /**
   * Stops everything that was started; a part that fails or hangs does not keep the others from stopping.
   * @returns The names of the parts that did not stop in time.
   */
  stop(): Promise<readonly string[]> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<readonly string[]> {
    const { clock, log, stopWithinMs = 10_000 } = this.#options;
    const deadline = clock.monotonic() + stopWithinMs;
    const late: string[] = [];
    for (const part of this.#started.reverse()) {
      const inTime = await this.#stopPart(part, (deadline - clock.monotonic()) * shareOfTimeLeft);
      if (inTime) continue;
      late.push(part.name);
      log.error('a part of the operator did not stop in time', { part: part.name });
    }
    return late;
  }

  async #stopPart(part: Runnable, withinMs: number): Promise<boolean> {
    const { clock, log } = this.#options;
    const stopped = Promise.resolve()
      .then(() => part.stop())
      .then(
        () => true,
        (error: unknown) => {
          log.error('a part of the operator failed to stop', { part: part.name, err: error });
          return true;
        },
      );
    let cancel = (): void => undefined;
    const expired = new Promise<boolean>((resolve) => {
      cancel = clock.after(Math.max(0, withinMs), () => resolve(false));
    });
    const inTime = await Promise.race([stopped, expired]);
    cancel();
    return inTime;
  }
}
