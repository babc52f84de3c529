/**
 * Commits offsets without anybody waiting for it. A broker collects commits for some milliseconds before it writes them (Kafka 4.1 answers in 21 ms, while a fetch or
 * a write takes less than one), so a partition that waited for each would wait most of its time. One commit is under way at a time, for all partitions; the next
 * takes what has gathered meanwhile, and is not made at once after it: where orders come singly, it is requests that cost, and this is one of three that an order would take.
 */
import { partitionKey } from './fetching.ts';
import type { TopicOffset } from './port.ts';

export interface CommitterParts {
  /** Milliseconds. */
  readonly monotonic: () => number;
  /** Calls back after `ms` unless cancelled. */
  readonly after: (ms: number, callback: () => void) => () => void;
  /** Commits, with all the attempts that it is worth. */
  readonly commit: (offsets: readonly TopicOffset[]) => Promise<void>;
  readonly onCommitted: (offsets: readonly TopicOffset[], ok: boolean) => void;
  /** What is to be done about a failure is for others to know; these offsets are given up, since what comes behind them may be committed next. */
  readonly onFailure: (error: unknown) => void;
}

/** Milliseconds: a commit that takes so much longer than they do is in trouble. */
const patienceMs = 500;
/** Milliseconds from the beginning of a commit to that of the next one, unless somebody waits for it. What a worker that is killed has served since its last commit is served again. */
const intervalMs = 100;

export class Committer {
  readonly #parts: CommitterParts;
  /** By {@link partitionKey}; the last one of a partition counts. */
  readonly #owed = new Map<string, TopicOffset>();
  #working: Promise<void> | undefined;
  /** When the commit that is under way was begun. */
  #begun: number | undefined;
  /** How many wait until all is committed. */
  #awaited = 0;
  /** Ends the pause between two commits. */
  #hurry: (() => void) | undefined;

  constructor(parts: CommitterParts) {
    this.#parts = parts;
  }

  /** Soon. */
  commit(offset: TopicOffset): void {
    this.#owed.set(partitionKey(offset.topic, offset.partition), offset);
    this.#working ??= this.#work();
  }

  /** What is served now would be served again by the next owner, should the commit that is under way fail: better wait for it. */
  get isBehind(): boolean {
    return this.#begun !== undefined && this.#parts.monotonic() - this.#begun > patienceMs;
  }

  /** Resolves when nothing is left to commit: all of it was, or was given up. */
  async settled(): Promise<void> {
    this.#awaited += 1;
    this.#hurry?.();
    try {
      await this.#working;
    } finally {
      this.#awaited -= 1;
    }
  }

  async #work(): Promise<void> {
    // What comes in the same turn goes into the same commit.
    await Promise.resolve();
    while (this.#owed.size > 0) {
      const next = this.#parts.monotonic() + intervalMs;
      await this.#commitAll();
      await this.#pauseUntil(next);
    }
    this.#working = undefined;
  }

  async #pauseUntil(next: number): Promise<void> {
    const left = next - this.#parts.monotonic();
    if (this.#awaited > 0 || left <= 0) return;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#hurry = () => resolve(undefined);
    const cancel = this.#parts.after(left, this.#hurry);
    await promise;
    cancel();
    this.#hurry = undefined;
  }

  async #commitAll(): Promise<void> {
    const offsets = [...this.#owed.values()];
    this.#owed.clear();
    const { commit, onCommitted, onFailure, monotonic } = this.#parts;
    this.#begun = monotonic();
    try {
      await commit(offsets);
      onCommitted(offsets, true);
    } catch (error) {
      onCommitted(offsets, false);
      onFailure(error);
    } finally {
      this.#begun = undefined;
    }
  }
}
