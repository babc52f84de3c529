/**
 * A clock that runs faster than the world's: back-offs, leases, deadlines and sweeps keep their proportions to each other, and a plan
 * that would take minutes takes seconds. One for the operator, one for its SCDF; only the operator's is set, stopped and stood still.
 */
import type { Clock } from '../../operator/runtime/clock.ts';

/** How much faster. A call that may take 30 s has 3 s then, which a busy machine still keeps up with. */
export const SPEED = Number(process.env['SPEED'] ?? 10);

/** What all clocks of one plan count from. */
export interface Epoch {
  readonly wall: number;
  readonly monotonic: number;
}

export function epoch(): Epoch {
  return { wall: Date.now(), monotonic: performance.now() };
}

export class FastClock implements Clock {
  readonly #epoch: Epoch;
  readonly #cancels = new Set<() => void>();
  #jumped = 0;
  #isFrozen = false;
  #due: (() => void)[] = [];

  constructor(since: Epoch) {
    this.#epoch = since;
  }

  now(): number {
    return Math.round(this.#epoch.wall + this.monotonic() + this.#jumped);
  }

  monotonic(): number {
    return (performance.now() - this.#epoch.monotonic) * SPEED;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = setTimeout(() => {
      this.#cancels.delete(cancel);
      if (this.#isFrozen) this.#due.push(run);
      else callback();
    }, ms / SPEED);
    let isCancelled = false;
    const run = (): void => {
      if (!isCancelled) callback();
    };
    const cancel = (): void => {
      isCancelled = true;
      clearTimeout(timer);
      this.#cancels.delete(cancel);
    };
    this.#cancels.add(cancel);
    return cancel;
  }

  /** Somebody sets the wall clock. */
  jump(ms: number): void {
    this.#jumped += ms;
  }

  /** The process is stopped: time goes on, and no timer fires. */
  freeze(): void {
    this.#isFrozen = true;
  }

  thaw(): void {
    this.#isFrozen = false;
    for (const run of this.#due.splice(0)) run();
  }

  /** No timer fires any more. */
  stop(): void {
    for (const cancel of [...this.#cancels]) cancel();
    this.#due = [];
  }
}

/** Waits in the plan's fast time. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms / SPEED);
  });
}
