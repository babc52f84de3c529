/** How far this process is behind: with too many plans at a time for the machine, what looks like a fault is only a lack of time. */
const EVERY_MS = 50;
/** How much of the mean the last sample is. */
const WEIGHT = 0.1;
/** Behind by more than this, no other plan is begun. */
const TOO_FAR_MS = 25;
/** So many plans may run in any case. */
const LEAST = 4;
/** Behind by so much, what waits for an answer gives up. */
export const STALL_MS = 700;

export class Lag {
  #mean = 0;
  #running = 0;
  #stalledAt = 0;
  readonly #timer: NodeJS.Timeout;

  constructor() {
    let last = performance.now();
    this.#timer = setInterval(() => {
      const now = performance.now();
      const behind = now - last - EVERY_MS;
      this.#mean += WEIGHT * (behind - this.#mean);
      if (behind > STALL_MS) this.stalled();
      last = now;
    }, EVERY_MS);
  }

  /** Somebody found the machine, or the API server, standing still for a while. */
  stalled(): void {
    this.#stalledAt = performance.now();
  }

  /** Whether what has run since then may have been disturbed by more than its plan. */
  hasStalledSince(started: number): boolean {
    return this.#stalledAt > started;
  }

  /** Runs the work as soon as there is time for it. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    while (this.#running >= LEAST && this.#mean > TOO_FAR_MS) {
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS * (1 + this.#running / LEAST)));
    }
    this.#running += 1;
    try {
      return await work();
    } finally {
      this.#running -= 1;
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
