/** When to look again: pure. */
import type { PipelineStatus } from '../api/types.ts';
import type { DataflowError, DataflowErrorKind } from '../dataflow/port.ts';
import { settled, type Outcome } from '../runtime/outcome.ts';
import { failureOf } from './failure.ts';

/** So long after a write SCDF and Kubernetes have something to tell. */
const AFTER_WRITE_MS = 1000;
/** A state machine of Skipper that is busy; SCDF itself polls every 5 s. */
const BUSY_MS = 5000;
const SLOW_MS = 10_000;
/** What has not come right in so long may take for ever. */
const LONG_MS = 600_000;
const VERY_SLOW_MS = 30_000;

export interface OutcomeInput {
  readonly status: PipelineStatus;
  readonly failure: DataflowError | undefined;
  /** Writes that were made in this round. */
  readonly writes: number;
  /** When what is on its way was begun; undefined when nothing is. Milliseconds since the epoch. */
  readonly since: number | undefined;
  readonly now: number;
}

export function outcome({ status, failure, writes, since, now }: OutcomeInput): Outcome {
  const waitedMs = now - (since ?? heldUpSince(status) ?? now);
  if (failure !== undefined) return afterFailure(failure, waitedMs);
  if (writes > 0) return { kind: 'recheck', afterMs: AFTER_WRITE_MS, reason: 'something was written' };
  const is = (type: string) =>
    status.conditions?.find((condition) => condition.type === type)?.status === 'True';
  if (is('Ready')) return settled;
  // A pod that crashes or an image that is missing may come right without a change of the spec.
  if (since !== undefined || is('Reconciling')) {
    return { kind: 'recheck', afterMs: patience(waitedMs), reason: 'on its way' };
  }
  return { kind: 'stalled', reason: 'the user must act' };
}

/** The longer something takes, the less often one asks. */
function patience(waitedMs: number): number {
  if (waitedMs < 60_000) return 2000;
  if (waitedMs < 180_000) return BUSY_MS;
  return waitedMs < LONG_MS ? SLOW_MS : VERY_SLOW_MS;
}

/** Since when the pipeline has been waiting for SCDF to end an upgrade, as far as its conditions tell. */
function heldUpSince({ conditions }: PipelineStatus): number | undefined {
  const ready = conditions?.find((condition) => condition.type === 'Ready');
  if (ready?.status !== 'False' || ready.reason !== 'UpgradeInProgress') return undefined;
  return Date.parse(ready.lastTransitionTime);
}

function afterFailure(failure: DataflowError, waitedMs: number): Outcome {
  const usual = failure.kind === 'busy' ? Math.max(BUSY_MS, patience(waitedMs)) : waits[failure.kind];
  const wait = failure.retryAfterMs ?? usual;
  return wait === undefined
    ? { kind: 'retry', error: failure, reason: failureOf(failure, '').reason }
    : { kind: 'recheck', afterMs: wait, reason: failure.message };
}

/** Errors that are no errors: somebody is at work, or what was observed is out of date. */
const waits: Partial<Record<DataflowErrorKind, number>> = {
  exists: AFTER_WRITE_MS,
  notFound: AFTER_WRITE_MS,
};
