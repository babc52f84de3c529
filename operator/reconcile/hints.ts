/** Asks the pods that run and do not become ready for their own words. */
import { hide } from '../dataflow/secrets.ts';
import { KubeError } from '../kube/port.ts';
import { logHint } from '../observed/log-hint.ts';
import type { Observed, ObservedStream } from '../observed/observed.ts';
import { newestPods, type PodView } from '../observed/workload.ts';
import type { Plan } from '../plan/step.ts';
import type { Dependencies } from './dependencies.ts';

/** A pod gets so long to start before it is asked whether it waits for something. */
const PATIENCE_MS = 12_000;
/** And so long before what it says last, whatever it is, counts as the reason: a Spring app on a busy node takes a while. */
const LONG_MS = 60_000;
const LINES = 30;

interface Listening extends Pick<Dependencies, 'podLogs' | 'log' | 'secrets'> {
  /** `namespace/name`, for the log. */
  readonly pipeline: string;
}

export async function withHints(
  observed: Observed,
  plan: Plan,
  deps: Listening,
  signal: AbortSignal,
): Promise<Observed> {
  const { podLogs } = deps;
  if (podLogs === undefined) return observed;
  const streams = new Map(observed.streams);
  await Promise.all(
    // The pods of a stream that is somebody else's have nothing to say here.
    plan.verdicts
      .filter((it) => it.kind !== 'conflict')
      .map(async ({ stream }) => {
        const found = streams.get(stream);
        const pod = found === undefined ? undefined : silentPod(found, observed.at);
        if (found === undefined || pod === undefined) return;
        const hint = await ask(pod, { ...deps, podLogs }, signal);
        const tells = hint?.reason !== 'NotReady' || observed.at - pod.createdAt > LONG_MS;
        if (hint !== undefined && tells) streams.set(stream, withTrouble(found, pod, hint));
      }),
  );
  return { ...observed, streams };
}

/** A pod that runs, is not ready, is old enough to be, and of which Kubernetes does not say why. */
function silentPod({ workload }: ObservedStream, now: number): PodView | undefined {
  return newestPods(workload).find(
    (pod) => pod.running && !pod.ready && pod.trouble === undefined && now - pod.createdAt > PATIENCE_MS,
  );
}

async function ask(
  pod: PodView,
  { podLogs, log, pipeline, secrets = [] }: Listening & { podLogs: NonNullable<Dependencies['podLogs']> },
  signal: AbortSignal,
) {
  try {
    const text = await podLogs.tail(pod, LINES, signal);
    return text === undefined ? undefined : logHint(hide(text, secrets));
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    const fields = { pipeline, pod: `${pod.namespace}/${pod.name}`, reason: error.kind, err: error };
    log.debug('the log of a pod cannot be read', fields);
    return undefined;
  }
}

function withTrouble(
  stream: ObservedStream,
  pod: PodView,
  trouble: NonNullable<PodView['trouble']>,
): ObservedStream {
  const pods = stream.workload.pods.map((it) => (it.name === pod.name ? { ...it, trouble } : it));
  return { ...stream, workload: { ...stream.workload, pods } };
}
