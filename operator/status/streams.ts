/** What is said of each stream: pure. */
import { defined } from '../api/defined.ts';
import type { Pipeline, PipelineStatus, StreamStatus } from '../api/types.ts';
import { REVISION, type Desired, type DesiredStream } from '../desired/desired.ts';
import type { Observed, ObservedStream } from '../observed/observed.ts';
import { newestDeployment, newestPods, releaseOf, trouble, type PodTrouble } from '../observed/workload.ts';
import type { Plan, Verdict } from '../plan/step.ts';

export interface StreamReport {
  readonly stream: DesiredStream;
  readonly verdict: Verdict | undefined;
  /** True when it is as it should be: deployed in its present revision with all instances ready, or stopped as wanted. */
  readonly good: boolean;
  readonly running: boolean;
  /** Why it is not ready, in its pods' words. */
  readonly trouble: PodTrouble | undefined;
  /** When what is on its way was begun. Milliseconds since the epoch; undefined when nothing is. */
  readonly since: number | undefined;
  readonly status: StreamStatus;
}

export function reportStreams(
  { status }: Pick<Pipeline, 'status'>,
  desired: Desired,
  observed: Observed,
  plan: Plan,
): StreamReport[] {
  const unready = unreadySince(status, observed.at);
  return desired.streams.map((stream) => {
    const verdict = plan.verdicts.find((it) => it.stream === stream.name);
    return report(stream, observed.streams.get(stream.name), verdict, unready);
  });
}

/** Since when the pipeline has not been ready; now, when it is only now found not to be. */
function unreadySince({ conditions }: PipelineStatus, now: number): number {
  const ready = conditions?.find((condition) => condition.type === 'Ready');
  return ready === undefined || ready.status === 'True' ? now : Date.parse(ready.lastTransitionTime);
}

function report(
  stream: DesiredStream,
  observed: ObservedStream | undefined,
  verdict: Verdict | undefined,
  unready: number,
): StreamReport {
  // What has the name is somebody else's, and nothing that is to be told of it here.
  if (observed === undefined || verdict?.kind === 'conflict') return absent(stream, verdict);
  const running = stream.running && runs(observed);
  const good = verdict?.kind === 'none' && (running || !stream.running);
  const known = facts(stream, observed);
  if (good) return { stream, verdict, good, running, trouble: undefined, since: undefined, status: known };
  const pods = trouble(observed.workload);
  const status = defined<StreamStatus>({ ...known, message: messageOf(pods, verdict) });
  return { stream, verdict, good, running, trouble: pods, since: begun(observed, verdict, unready), status };
}

function runs(observed: ObservedStream): boolean {
  const instances = countInstances(observed);
  const full = instances === undefined || instances.ready >= instances.wanted;
  return observed.definition?.state === 'deployed' && full;
}

function facts(stream: DesiredStream, observed: ObservedStream): StreamStatus {
  return defined<StreamStatus>({
    name: stream.name,
    role: stream.role,
    state: observed.definition?.state ?? 'absent',
    release: releaseNumber(observed),
    revision: deployedRevision(observed),
    instances: instancesText(observed),
    image: newestDeployment(observed.workload)?.image,
  });
}

function absent(stream: DesiredStream, verdict: Verdict | undefined): StreamReport {
  const { name, role } = stream;
  const status = defined<StreamStatus>({
    name,
    role,
    state: 'absent',
    message: messageOf(undefined, verdict),
  });
  return { stream, verdict, good: false, running: false, trouble: undefined, since: undefined, status };
}

function messageOf(pods: PodTrouble | undefined, verdict: Verdict | undefined): string | undefined {
  if (pods !== undefined) return `${pods.reason}: ${pods.message}`;
  return verdict?.message === '' ? undefined : verdict?.message;
}

function deployedRevision(observed: ObservedStream): string | undefined {
  return observed.definition?.apps?.[0]?.properties[REVISION];
}

/** As the status says it: `ready/wanted`. */
export function instancesText(observed: Running): string | undefined {
  const instances = countInstances(observed);
  return instances === undefined ? undefined : `${instances.ready}/${instances.wanted}`;
}

/** What runs of a stream. */
type Running = Pick<ObservedStream, 'workload'> & Partial<Pick<ObservedStream, 'runtime'>>;

export function countInstances(observed: Running): { ready: number; wanted: number } | undefined {
  if (observed.workload.known) {
    const deployment = newestDeployment(observed.workload);
    if (deployment === undefined) return undefined;
    return {
      ready: newestPods(observed.workload).filter((pod) => pod.ready).length,
      wanted: deployment.replicas,
    };
  }
  const instances = observed.runtime?.apps[0]?.instances;
  if (instances === undefined || instances.length === 0) return undefined;
  return { ready: instances.filter((it) => it.state === 'deployed').length, wanted: instances.length };
}

function releaseNumber(observed: ObservedStream): string | undefined {
  const deployment = newestDeployment(observed.workload);
  if (deployment !== undefined) return String(releaseOf(deployment.name));
  const version = observed.runtime?.version;
  return version !== undefined && /^\d+$/.test(version) ? version : undefined;
}

/**
 * Since when somebody else (SCDF, Kubernetes) is at work on the stream; undefined while the operator itself still has something to
 * do, which cannot be overdue. A release may be old when one of its pods moves: that is not since its first deploy.
 */
function begun(observed: ObservedStream, verdict: Verdict | undefined, unready: number): number | undefined {
  if (verdict?.kind !== 'none' && verdict?.kind !== 'wait') return undefined;
  // Pods that end take the time that they are given.
  if (['Draining', 'Recreating', 'UpgradeFailed'].includes(verdict.reason)) return undefined;
  const waiting = newestPods(observed.workload).filter((pod) => !pod.ready);
  const oldest = waiting.map((pod) => pod.createdAt).sort((a, b) => a - b)[0];
  return Math.max(observed.history[0]?.lastDeployed ?? 0, oldest ?? 0, unready);
}

/** Streams that status knew and the spec no longer names, as long as they are there; a customer for as long as its pods are. */
export function formerStreams(pipeline: Pipeline, desired: Desired, observed: Observed): StreamStatus[] {
  const wanted = new Set(desired.streams.map((stream) => stream.name));
  return (pipeline.status.streams ?? []).filter(({ name, role }) => {
    if (wanted.has(name)) return false;
    const found = observed.streams.get(name);
    if (found?.definition === undefined) return role === 'orders' && (found?.workload.pods.length ?? 0) > 0;
    return found.definition.description === desired.description;
  });
}
