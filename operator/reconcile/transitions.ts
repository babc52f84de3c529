/** How long pipelines take to become ready, and to be right again after a drift: for metrics only, so a restart may forget. */
import type { Condition, PipelineStatus } from '../api/types.ts';

export interface TransitionMetrics {
  timeToReady(seconds: number): void;
  drift(seconds: number): void;
}

interface Started {
  readonly generation: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly kind: keyof TransitionMetrics;
}

export class Transitions {
  readonly #metrics: TransitionMetrics;
  readonly #started = new Map<string, Started>();

  constructor(metrics: TransitionMetrics) {
    this.#metrics = metrics;
  }

  /**
   * Takes a change of a pipeline's status.
   * @param createdAt milliseconds since the epoch, as `now`
   */
  changed(
    key: string,
    change: {
      readonly before: PipelineStatus;
      readonly after: PipelineStatus;
      readonly createdAt: number;
      readonly now: number;
    },
  ): void {
    const before = readyOf(change.before);
    const after = readyOf(change.after);
    if (after === undefined) return;
    if (after.status === 'True') this.#finish(key, change.now);
    else this.#begin(key, before, after, change);
  }

  forget(key: string): void {
    this.#started.delete(key);
  }

  #begin(
    key: string,
    before: Condition | undefined,
    after: Condition,
    at: { createdAt: number; now: number },
  ): void {
    const generation = after.observedGeneration;
    if (this.#started.get(key)?.generation === generation) return;
    const wasReady = before?.status === 'True';
    // Ready before in this same generation: somebody changed the world, not the spec.
    const kind = wasReady && before.observedGeneration === generation ? 'drift' : 'timeToReady';
    this.#started.set(key, { generation, kind, at: before === undefined ? at.createdAt : at.now });
  }

  #finish(key: string, now: number): void {
    const started = this.#started.get(key);
    this.#started.delete(key);
    if (started !== undefined) this.#metrics[started.kind](Math.max(0, (now - started.at) / 1000));
  }
}

function readyOf(status: PipelineStatus): Condition | undefined {
  return status.conditions?.find((condition) => condition.type === 'Ready');
}
