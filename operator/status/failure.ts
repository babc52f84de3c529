/** Errors of SCDF as findings: what happened, to what, and what to do next. Pure. */
import type { DataflowError, DataflowErrorKind } from '../dataflow/port.ts';
import type { Reason } from './reasons.ts';

export interface Failure {
  readonly reason: Reason;
  readonly message: string;
  /** True when only the user can go on. */
  readonly stalled: boolean;
}

const reasonOf: Record<DataflowErrorKind, { reason: Reason; stalled: boolean }> = {
  unreachable: { reason: 'DataflowUnavailable', stalled: false },
  platformDown: { reason: 'SkipperUnavailable', stalled: false },
  busy: { reason: 'UpgradeInProgress', stalled: false },
  notFound: { reason: 'Deploying', stalled: false },
  exists: { reason: 'Deploying', stalled: false },
  inUse: { reason: 'DataflowError', stalled: false },
  noDifference: { reason: 'DataflowError', stalled: false },
  leftovers: { reason: 'DataflowError', stalled: false },
  rejected: { reason: 'DataflowRejected', stalled: true },
  unauthorized: { reason: 'DataflowUnauthorized', stalled: true },
  unexpected: { reason: 'DataflowError', stalled: false },
};

/** The operator undeploys and deploys again by itself; when that did not help, Skipper knows nothing of what is in the way. */
const leftoversHint =
  ' Undeploying did not clear it, as when Skipper has lost its database: delete the Deployment and the Service of that name in Kubernetes.';

const strangeHint = ' It is tried again; the logs of SCDF and Skipper tell more.';

function ended(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}

export function failureOf(error: DataflowError, server: string): Failure {
  const { reason, stalled } = reasonOf[error.kind];
  const message = `SCDF server ${server}, ${error.operation}: ${error.message}`;
  if (error.kind === 'leftovers') return { reason, stalled, message: message + leftoversHint };
  // What SCDF said is all that is known of it.
  const isStrange = reason === 'DataflowError' && error.status !== undefined && error.status >= 500;
  return { reason, stalled, message: isStrange ? ended(message) + strangeHint : message };
}
