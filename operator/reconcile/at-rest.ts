/** Whether a pipeline can be left alone until the sweep comes to it: pure, from what its own status and the watched workloads say. */
import type { Pipeline } from '../api/types.ts';
import { parsePipeline } from '../api/validate.ts';
import type { KubeObject } from '../kube/port.ts';
import type { Workload } from '../observed/workload.ts';
import { instancesText } from '../status/streams.ts';

/** The workloads of a pipeline's streams, as far as they can be seen. */
export type WorkloadsOf = (pipeline: Pipeline) => (stream: string) => Workload;

/** True when the last look found all well for this very spec, and what runs is still as it was then. */
export function isAtRest(object: KubeObject, workloadsOf: WorkloadsOf): boolean {
  const parsed = parsePipeline(object);
  if (!('pipeline' in parsed) || parsed.pipeline.deleting) return false;
  const { pipeline } = parsed;
  const { conditions = [], streams = [], lastHandledReconcileAt } = pipeline.status;
  const ready = conditions.find((it) => it.type === 'Ready');
  if (ready?.status !== 'True' || ready.observedGeneration !== pipeline.generation) return false;
  if (pipeline.reconcileRequestedAt !== lastHandledReconcileAt) return false;
  const workloadOf = workloadsOf(pipeline);
  return streams.every((stream) => {
    const workload = workloadOf(stream.name);
    return !workload.known || instancesText({ workload }) === stream.instances;
  });
}
