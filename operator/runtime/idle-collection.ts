import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import type { Runnable } from './runnables.ts';

/** The process's memory, as V8 manages it. */
export interface Heap {
  /** Bytes that V8 has of the system for the heap, garbage and free pages included. */
  committed(): number;
  /** CPU seconds that this process has used since it began. */
  cpuSeconds(): number;
  /** Collects all that is not held, and gives the pages back. Blocks: some 200 ms for 10,000 pipelines. */
  collect(): void;
}

export interface IdleCollectionOptions {
  readonly heap: Heap;
  readonly clock: Clock;
  readonly log: Log;
  /** How long it has to be quiet before. Milliseconds; default 15 s. */
  readonly quietMs?: number;
  /** Up to so much of a core is quiet: sweeps go on, changes are few. Default 0.2. */
  readonly quietShare?: number;
  /** Less is not worth a collection. Bytes; default 32 MiB. */
  readonly worthBytes?: number;
}

/**
 * Gives back what a busy time has left. V8 collects when somebody allocates, so that an operator at rest would keep for hours the garbage
 * of the minute in which thousands of pipelines changed (and the pages of it, also after a collection of its own). Go's runtime does
 * the same for the operators that are written in it, each two minutes.
 */
export class IdleCollection implements Runnable {
  readonly name = 'idle collection';
  readonly #options: IdleCollectionOptions;
  /** The least that the heap has had since the last collection, in bytes: what is above may be garbage. */
  #base = 0;
  #cpuSeconds = 0;
  #cancel = (): void => undefined;

  constructor(options: IdleCollectionOptions) {
    this.#options = options;
  }

  start(): void {
    this.#cpuSeconds = this.#options.heap.cpuSeconds();
    this.#wait();
  }

  stop(): void {
    this.#cancel();
  }

  #wait(): void {
    const { clock, quietMs = 15_000 } = this.#options;
    const since = clock.monotonic();
    this.#cancel = clock.after(quietMs, () => {
      this.#look(clock.monotonic() - since);
      this.#wait();
    });
  }

  #look(elapsedMs: number): void {
    const { heap, quietShare = 0.2, worthBytes = 32 * 1024 ** 2 } = this.#options;
    const before = this.#cpuSeconds;
    this.#cpuSeconds = heap.cpuSeconds();
    const share = (this.#cpuSeconds - before) / (elapsedMs / 1000);
    const committed = heap.committed();
    this.#base = Math.min(this.#base, committed);
    if (share > quietShare || committed - this.#base < worthBytes) return;
    this.#collect(committed);
  }

  #collect(committed: number): void {
    const { heap, clock, log } = this.#options;
    const started = clock.monotonic();
    heap.collect();
    // Whatever is left is held, or cannot be given back: the next collection needs a reason of its own.
    this.#base = heap.committed();
    this.#cpuSeconds = heap.cpuSeconds();
    log.debug('collected garbage at rest', {
      durationMs: Math.round(clock.monotonic() - started),
      freedBytes: committed - this.#base,
    });
  }
}
