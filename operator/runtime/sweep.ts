import type { Clock } from './clock.ts';
import type { Runnable } from './runnables.ts';
import { lowPriority, type WorkQueue } from './workqueue.ts';

export interface SweepOptions {
  readonly queue: WorkQueue;
  /** All keys there are now. */
  readonly keys: () => Iterable<string>;
  readonly clock: Clock;
  readonly random: () => number;
  /** Every key gets a turn in each interval, unless it had one anyway; when, is left to chance. Milliseconds. */
  readonly intervalMs: number;
}

/**
 * Looks at everything now and then, for what no watch tells. The turns are spread evenly over the interval, so that a
 * sweep costs the other side `keys / interval` calls a second and never a burst.
 */
export function createSweep(options: SweepOptions): Runnable {
  const { queue, clock, random, intervalMs } = options;
  let cancel = (): void => undefined;

  const sweep = (): void => {
    for (const key of options.keys()) queue.addAfter(key, random() * intervalMs, lowPriority);
    cancel = clock.after(intervalMs, sweep);
  };

  return {
    name: 'sweep',
    start: () => {
      cancel = clock.after(intervalMs, sweep);
    },
    stop: () => cancel(),
  };
}
