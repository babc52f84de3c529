import type { Clock } from './clock.ts';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  #monotonic = 0;
  #wall: number;
  readonly #timers = new Set<Timer>();

  constructor(wall = Date.UTC(2026, 0, 1)) {
    this.#wall = wall;
  }

  now(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#monotonic + Math.max(0, ms), callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Timers that have not fired. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Lets `ms` pass: timers fire in their order, and what they set off runs before the next one. */
  async advance(ms: number): Promise<void> {
    const until = this.#monotonic + ms;
    await turns();
    for (let timer = this.#next(until); timer !== undefined; timer = this.#next(until)) {
      this.#timers.delete(timer);
      this.#moveTo(timer.at);
      timer.callback();
      await turns();
    }
    this.#moveTo(until);
    await turns();
  }

  /** Time passes without a timer firing, as for a process that was stopped. */
  freeze(ms: number): void {
    this.#moveTo(this.#monotonic + ms);
  }

  /** Somebody sets the wall clock. */
  setWall(ms: number): void {
    this.#wall = ms;
  }

  #moveTo(at: number): void {
    if (at <= this.#monotonic) return;
    this.#wall += at - this.#monotonic;
    this.#monotonic = at;
  }

  #next(until: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at <= until && (next === undefined || timer.at < next.at)) next = timer;
    }
    return next;
  }
}

/** Lets everything run that is ready to run. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}
