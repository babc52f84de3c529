/** A clock that stands still until it is told to go on. */
import type { Clock } from './clock.ts';

interface Alarm {
  readonly at: number;
  readonly ring: () => void;
}

export class FakeClock implements Clock {
  private time: number;
  private readonly alarms = new Set<Alarm>();

  constructor(time = 1_700_000_000_000) {
    this.time = time;
  }

  readonly now = (): number => this.time;
  readonly monotonic = (): number => this.time;

  readonly after = (ms: number, then: () => void): (() => void) => {
    const alarm = { at: this.time + ms, ring: then };
    this.alarms.add(alarm);
    return () => this.alarms.delete(alarm);
  };

  readonly sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      const cancel = this.after(ms, resolve);
      signal?.addEventListener('abort', () => {
        cancel();
        resolve();
      });
    });

  /** Goes on by `ms` and rings what is due, in order. */
  advance(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const due = [...this.alarms].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.alarms.delete(due);
      this.time = Math.max(this.time, due.at);
      due.ring();
    }
    this.time = end;
  }
}
