import type { Clock } from './clock.ts';
import type { Runnable } from './runnables.ts';
import { lowPriority, type WorkQueue } from './workqueue.ts';

export interface SweepOptions {
  readonly queue: WorkQueue;
  /** All keys there are now, by lane: each lane has its own pace, as each has another side to spare. */
  readonly lanes: () => ReadonlyMap<string, readonly string[]>;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** In this time all keys of a lane get a turn, if its pace allows. Milliseconds. */
  readonly intervalMs: number;
  /** Between two keys of one lane there is at least so much time, on average. Milliseconds. */
  readonly leastGapMs: number;
}

/**
 * Looks at everything now and then, for what no watch tells: one key after the other, with jitter, so that it costs the other side a
 * steady trickle of calls and never a burst. A key that has a turn anyway, now or later, is left out.
 */
export class Sweep implements Runnable {
  readonly name = 'sweep';
  readonly #options: SweepOptions;
  /** What ends the wait for the next key, by lane. */
  readonly #lanes = new Map<string, () => void>();
  #stopLooking = (): void => undefined;

  constructor(options: SweepOptions) {
    this.#options = options;
  }

  /** The first round begins at once: nobody has looked at what was at rest when this process began. */
  start(): void {
    const { lanes, clock, intervalMs } = this.#options;
    this.#stopLooking();
    for (const lane of lanes().keys()) if (!this.#lanes.has(lane)) this.#round(lane);
    this.#stopLooking = clock.after(intervalMs, () => this.start());
  }

  stop(): void {
    this.#stopLooking();
    for (const cancel of this.#lanes.values()) cancel();
    this.#lanes.clear();
  }

  #round(lane: string): void {
    const { lanes, intervalMs, leastGapMs } = this.#options;
    const keys = this.#shuffled(lanes().get(lane) ?? []);
    if (keys.length === 0) {
      this.#lanes.delete(lane);
      return;
    }
    this.#step(lane, keys, Math.max(intervalMs / keys.length, leastGapMs));
  }

  #step(lane: string, keys: string[], gapMs: number): void {
    const { clock, random, queue } = this.#options;
    const next = (): void => {
      const key = keys.pop();
      if (key !== undefined && !queue.expects(key)) queue.add(key, lowPriority);
      if (keys.length === 0) this.#round(lane);
      else this.#step(lane, keys, gapMs);
    };
    this.#lanes.set(lane, clock.after(gapMs * (0.5 + random()), next));
  }

  #shuffled(keys: readonly string[]): string[] {
    const { random } = this.#options;
    const ranked = keys.map((key) => ({ key, rank: random() }));
    return ranked.sort((a, b) => a.rank - b.rank).map(({ key }) => key);
  }
}
