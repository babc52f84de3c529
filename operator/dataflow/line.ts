/**
 * The bound on the calls to one server: so many at a time, those on the platform fewer, and whoever comes later waits in line.
 * Slow calls never have all the places, so that reads get through while many streams are deployed.
 */
export interface Places {
  /** Calls at a time, of either kind. */
  readonly all: number;
  /** Slow ones among them. */
  readonly slow: number;
}

interface Waiter {
  readonly slow: boolean;
  readonly admit: () => void;
}

export class Line {
  readonly #places: Places;
  #running = 0;
  #slow = 0;
  /** In the order in which they came. */
  readonly #waiting = new Set<Waiter>();

  constructor(places: Places) {
    this.#places = places;
  }

  get inFlight(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Makes the call when it is its turn.
   * @throws the signal's reason when that aborts before
   */
  async run<T>(slow: boolean, signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
    await this.#enter(slow, signal);
    try {
      return await call();
    } finally {
      this.#leave(slow);
    }
  }

  async #enter(slow: boolean, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    // Nobody waits who could go now: a place that gets free is given away at once.
    if (this.#hasPlace(slow)) {
      this.#take(slow);
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const waiter = { slow, admit: () => resolve(undefined) };
    const giveUp = (): void => {
      this.#waiting.delete(waiter);
      reject(signal?.reason as Error);
    };
    this.#waiting.add(waiter);
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      await promise;
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  }

  #hasPlace(slow: boolean): boolean {
    return this.#running < this.#places.all && (!slow || this.#slow < this.#places.slow);
  }

  #take(slow: boolean): void {
    this.#running += 1;
    if (slow) this.#slow += 1;
  }

  #leave(slow: boolean): void {
    this.#running -= 1;
    if (slow) this.#slow -= 1;
    for (const waiter of this.#waiting) {
      if (this.#running >= this.#places.all) return;
      if (!this.#hasPlace(waiter.slow)) continue;
      this.#waiting.delete(waiter);
      this.#take(waiter.slow);
      waiter.admit();
    }
  }
}
