/** What SCDF's history tells of an upgrade of a stream: pure. */
import type { Release } from '../dataflow/port.ts';
import type { ObservedStream } from '../observed/observed.ts';
import { newestDeployment } from '../observed/workload.ts';

/** So long Skipper gives a new version to become healthy, unless its administrator says otherwise. */
const SKIPPER_MS = 300_000;
/** So long after that, or after the pipeline's own deadline, an upgrade is not believed to be under way any more. */
const GIVEN_UP_MS = 120_000;

/**
 * The upgrade that SCDF is in the middle of: until it ends, SCDF refuses whatever else is asked of the stream.
 *
 * @param now milliseconds since the epoch
 * @param deadlineMs how long the pipeline lets a stream go without progress
 */
export function upgradeUnderWay(
  { history }: Pick<ObservedStream, 'history'>,
  now: number,
  deadlineMs = 0,
): Release | undefined {
  const release = history[0];
  if (release?.code !== 'UNKNOWN') return undefined;
  // Skipper may leave a release in this state for ever: then only trying tells, and SCDF refuses what it cannot take.
  const patience = Math.max(deadlineMs, SKIPPER_MS) + GIVEN_UP_MS;
  return now - (release.lastDeployed ?? now) > patience ? undefined : release;
}

/** A clause for people: what is under way, since when, and when it ends. */
export function underWay(stream: string, { version, lastDeployed }: Release): string {
  const since =
    lastDeployed === undefined
      ? ''
      : ` since ${new Date(lastDeployed).toISOString().replace(/\.\d+Z$/, 'Z')}`;
  return (
    `SCDF is upgrading stream ${stream} (to release ${version})${since} and takes no other change until the new version ` +
    'is healthy or Skipper gives up (after 5 min, unless it is set up otherwise)'
  );
}

/** After an upgrade that failed SCDF shows nothing but the version that is gone: whether the one before it still runs. */
export function versionBeforeRuns({ history, workload }: ObservedStream): boolean {
  if (!history.some((release) => release.code === 'DEPLOYED')) return false;
  return !workload.known || newestDeployment(workload) !== undefined;
}
