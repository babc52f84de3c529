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
  if (failure !== undefined) return afterFailure(failure);
  if (writes > 0) return { kind: 'recheck', afterMs: AFTER_WRITE_MS, reason: 'something was written' };
  const is = (type: string) =>
    status.conditions?.find((condition) => condition.type === type)?.status === 'True';
  if (is('Ready')) return settled;
  // A pod that crashes or an image that is missing may come right without a change of the spec.
  if (since !== undefined || is('Reconciling')) {
    return { kind: 'recheck', afterMs: patience(now - (since ?? now)), reason: 'on its way' };
  }
  return { kind: 'stalled', reason: 'the user must act' };
}

/** The longer something takes, the less often one asks. */
function patience(waitedMs: number): number {
  if (waitedMs < 60_000) return 2000;
  return waitedMs < 180_000 ? BUSY_MS : SLOW_MS;
}

function afterFailure(failure: DataflowError): Outcome {
  const wait = failure.retryAfterMs ?? waits[failure.kind];
  return wait === undefined
    ? { kind: 'retry', error: failure, reason: failureOf(failure, '').reason }
    : { kind: 'recheck', afterMs: wait, reason: failure.message };
}

/** Errors that are no errors: somebody is at work, or what was observed is out of date. */
const waits: Partial<Record<DataflowErrorKind, number>> = {
  busy: BUSY_MS,
  exists: AFTER_WRITE_MS,
  notFound: AFTER_WRITE_MS,
};
