import { backoffDelay, type Backoff } from './backoff.ts';
import type { Clock } from './clock.ts';
import { Lanes, type LanesOptions } from './lanes.ts';

/**
 * Who goes first, as controller-runtime counts: 0 for what somebody waits for (a change), `lowPriority` for what nobody
 * does (sweeps, the first list). Waiting outweighs priority after a while, so nothing starves.
 */
export type Priority = number;
export const normalPriority: Priority = 0;
export const lowPriority: Priority = -100;

/** Told as things happen; what can be read at any time (depth, running turns) is asked of the queue. */
export interface WorkQueueMetrics {
  added(): void;
  /** A key was taken after it had waited `ms`. */
  taken(ms: number): void;
  /** A turn ended after `ms`. */
  finished(ms: number): void;
  retried(): void;
}

export interface WorkQueueOptions {
  readonly clock: Clock;
  /** A number in [0, 1), for the jitter of the back-off. */
  readonly random: () => number;
  /** Default 1 s to 5 min. */
  readonly backoff?: Backoff;
  /** How much longer a key waits for each level of lower priority. Default 300 ms, 30 s for `lowPriority`. */
  readonly agingMsPerLevel?: number;
  readonly metrics?: WorkQueueMetrics;
  /** Default: one lane, and as many turns at a time as there are takers. */
  readonly lanes?: LanesOptions;
}

/** A key that waits for a worker. One that was added again with more urgency leaves its old entry behind, stale. */
interface Entry {
  readonly key: string;
  readonly lane: string;
  readonly priority: Priority;
  readonly addedAt: number;
  /** Ages all keys at once: since everything ages at one rate, the order never changes while they wait. */
  readonly rank: number;
  readonly sequence: number;
}

interface Turn {
  readonly lane: string;
  readonly started: number;
}

interface Delayed {
  readonly at: number;
  readonly priority: Priority;
  readonly cancel: () => void;
}

const defaultBackoff: Backoff = { baseMs: 1_000, maxMs: 300_000, jitter: 0.25 };
/** The longest delay that a timer of Node takes. */
const longestDelayMs = 2 ** 31 - 1;
const oneLane: LanesOptions = { places: Infinity, laneOf: () => '', names: () => [] };

/**
 * Keys that want a turn. A key is in it once however often it is added, has one worker at a time, and what is added
 * during a turn gets another turn after it. A turn stands for everything that was asked for before it began, delayed
 * requests included: whoever takes the turn says when the next one is due.
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #backoff: Backoff;
  readonly #agingMs: number;
  readonly #metrics: WorkQueueMetrics | undefined;

  readonly #laneOf: (key: string) => string;
  readonly #lanes: Lanes<Entry>;
  /** The valid entry of each waiting key. */
  readonly #waiting = new Map<string, Entry>();
  readonly #running = new Map<string, Turn>();
  /** Keys added during their turn. */
  readonly #again = new Map<string, Priority>();
  readonly #delayed = new Map<string, Delayed>();
  readonly #failures = new Map<string, number>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  #sequence = 0;
  #closed = false;
  readonly #drained: (() => void)[] = [];

  constructor(options: WorkQueueOptions) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#backoff = options.backoff ?? defaultBackoff;
    this.#agingMs = options.agingMsPerLevel ?? 300;
    this.#metrics = options.metrics;
    const lanes = options.lanes ?? oneLane;
    this.#laneOf = lanes.laneOf;
    this.#lanes = new Lanes(isBefore, lanes);
  }

  /** Asks for a turn as soon as a worker is free. After `shutDown` nothing is taken any more. */
  add(key: string, priority: Priority = normalPriority): void {
    if (this.#closed) return;
    if (this.#running.has(key)) {
      const before = this.#again.get(key);
      if (before === undefined) this.#metrics?.added();
      this.#again.set(key, before === undefined ? priority : Math.max(before, priority));
      return;
    }
    this.#enqueue(key, priority);
  }

  /** Asks for a turn in `ms`. Of several requests for a key the earliest counts, with the highest priority. */
  addAfter(key: string, ms: number, priority: Priority = normalPriority): void {
    if (this.#closed) return;
    if (!(ms > 0)) {
      this.add(key, priority);
      return;
    }
    const delay = Math.min(ms, longestDelayMs);
    const before = this.#delayed.get(key);
    const urgent = before === undefined ? priority : Math.max(before.priority, priority);
    const at = this.#clock.monotonic() + delay;
    if (before !== undefined && before.at <= at) {
      this.#delayed.set(key, { ...before, priority: urgent });
      return;
    }
    before?.cancel();
    const cancel = this.#clock.after(delay, () => {
      const due = this.#delayed.get(key);
      this.#delayed.delete(key);
      this.add(key, due?.priority ?? urgent);
    });
    this.#delayed.set(key, { at, priority: urgent, cancel });
  }

  /**
   * Asks for a turn after a failure: later with each failure in a row, until `forget`.
   * @param afterMs Instead of the back-off, when the other side said when to come back.
   * @returns The delay in milliseconds.
   */
  retry(key: string, afterMs?: number): number {
    const failures = this.failures(key);
    this.#failures.set(key, failures + 1);
    const delay = afterMs ?? backoffDelay(this.#backoff, failures, this.#random());
    this.#metrics?.retried();
    this.addAfter(key, delay);
    return delay;
  }

  /** How often the key has failed in a row. */
  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** The key succeeded: the next failure starts with the shortest delay. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** Waits for a key and begins its turn; the caller must end it with `done`. Undefined once the queue is shut down. */
  take(): Promise<string | undefined> {
    if (this.#closed) return Promise.resolve(undefined);
    const entry = this.#next();
    if (entry !== undefined) return Promise.resolve(this.#begin(entry));
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  /** Ends the turn that `take` began. */
  done(key: string): void {
    const turn = this.#running.get(key);
    if (turn === undefined) return;
    this.#running.delete(key);
    this.#lanes.leave(turn.lane);
    this.#metrics?.finished(this.#clock.monotonic() - turn.started);
    const again = this.#again.get(key);
    this.#again.delete(key);
    if (again !== undefined && !this.#closed) this.#enqueue(key, again, false);
    this.#giveOut();
    if (this.#closed && this.#running.size === 0) this.#resolveDrained();
  }

  /**
   * Nothing is given out any more; what waits is dropped, since whoever starts next looks at everything anyway.
   * Resolves when the turns that run have ended.
   */
  shutDown(): Promise<void> {
    this.#closed = true;
    for (const { cancel } of this.#delayed.values()) cancel();
    this.#delayed.clear();
    this.#waiting.clear();
    this.#again.clear();
    for (const taker of this.#takers.splice(0)) taker(undefined);
    return new Promise((resolve) => {
      this.#drained.push(resolve);
      if (this.#running.size === 0) this.#resolveDrained();
    });
  }

  /** Whether the key has a turn, or will have one, now or later. */
  expects(key: string): boolean {
    return this.#running.has(key) || this.#waiting.has(key) || this.#delayed.has(key);
  }

  /** Keys that wait for a worker, by priority. Delayed ones are not among them. */
  depth(): ReadonlyMap<Priority, number> {
    const depth = new Map<Priority, number>();
    for (const { priority } of this.#waiting.values()) depth.set(priority, (depth.get(priority) ?? 0) + 1);
    return depth;
  }

  /** How long each running turn has taken so far, in milliseconds. */
  running(): readonly number[] {
    const now = this.#clock.monotonic();
    return [...this.#running.values()].map(({ started }) => now - started);
  }

  #enqueue(key: string, priority: Priority, count = true): void {
    const before = this.#waiting.get(key);
    if (before !== undefined && before.priority >= priority) return;
    if (before === undefined && count) this.#metrics?.added();
    const addedAt = before?.addedAt ?? this.#clock.monotonic();
    this.#sequence += 1;
    const entry = {
      key,
      lane: this.#laneOf(key),
      priority,
      addedAt,
      rank: addedAt - priority * this.#agingMs,
      sequence: this.#sequence,
    };
    this.#waiting.set(key, entry);
    this.#lanes.push(entry);
    this.#giveOut();
  }

  /** As long as somebody waits for a key, and a key for somebody. */
  #giveOut(): void {
    while (this.#takers.length > 0) {
      const entry = this.#next();
      if (entry === undefined) return;
      this.#takers.shift()?.(this.#begin(entry));
    }
  }

  #next(): Entry | undefined {
    return this.#lanes.enter((entry) => this.#waiting.get(entry.key) === entry);
  }

  #begin(entry: Entry): string {
    const now = this.#clock.monotonic();
    this.#waiting.delete(entry.key);
    this.#delayed.get(entry.key)?.cancel();
    this.#delayed.delete(entry.key);
    this.#running.set(entry.key, { lane: entry.lane, started: now });
    this.#metrics?.taken(now - entry.addedAt);
    return entry.key;
  }

  #resolveDrained(): void {
    for (const resolve of this.#drained.splice(0)) resolve();
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.rank === b.rank ? a.sequence < b.sequence : a.rank < b.rank;
}
