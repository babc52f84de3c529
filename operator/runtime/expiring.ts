import type { Clock } from './clock.ts';

export interface ExpiringOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** So many values; then those go that were asked for longest ago. */
  readonly most: number;
}

/** What was found out by an effort, and is good for a while; who asks for the same meanwhile waits for the one answer. */
export class Expiring<T> {
  readonly #options: ExpiringOptions;
  /** In the order in which they were asked for. */
  readonly #known = new Map<string, { readonly value: T; readonly until: number }>();
  readonly #asking = new Map<string, Promise<T>>();

  constructor(options: ExpiringOptions) {
    this.#options = options;
  }

  /** How many answers are being waited for. */
  get pending(): number {
    return this.#asking.size;
  }

  /** Whether it is known, or was, and has been neither found otherwise nor crowded out since. */
  has(key: string): boolean {
    return this.#known.has(key);
  }

  /**
   * What is known, or else what `ask` finds, which is kept for `goodForMs`; for 0: not at all. An error is everybody's who
   * waits, and is not kept.
   */
  async getOr(key: string, ask: () => Promise<T>, goodForMs: (value: T) => number): Promise<T> {
    const known = this.#known.get(key);
    if (known !== undefined && known.until > this.#options.clock.monotonic()) {
      this.#keep(key, known);
      return known.value;
    }
    const asked = this.#asking.get(key) ?? this.#ask(key, ask, goodForMs);
    this.#asking.set(key, asked);
    return asked;
  }

  async #ask(key: string, ask: () => Promise<T>, goodForMs: (value: T) => number): Promise<T> {
    // From when it was asked: what was true then may have changed since.
    const since = this.#options.clock.monotonic();
    try {
      const value = await ask();
      this.#keep(key, { value, until: since + goodForMs(value) });
      return value;
    } finally {
      this.#asking.delete(key);
    }
  }

  #keep(key: string, entry: { readonly value: T; readonly until: number }): void {
    this.#known.delete(key);
    if (entry.until <= this.#options.clock.monotonic()) return;
    this.#known.set(key, entry);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= this.#options.most) return;
      this.#known.delete(oldest);
    }
  }
}
