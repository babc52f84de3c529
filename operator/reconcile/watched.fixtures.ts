/** The simulator's Deployments and pods as a watch of the cluster shows them. */
import { randomUUID } from 'node:crypto';
import type { PodStatus } from '../dataflow/simulator/platform.ts';
import type { Simulator } from '../dataflow/simulator/simulator.ts';
import type { KubeObject } from '../kube/port.ts';
import { WorkloadIndex } from '../observed/workload-index.ts';
import type { Clock } from '../runtime/clock.ts';

export function watchedWorkloads(simulator: Simulator, clock: Clock): WorkloadIndex {
  const index = new WorkloadIndex();
  const ending = new Set(simulator.endingPods().map(({ pod }) => pod.name));
  for (const workload of simulator.workloads()) {
    const { deploymentId, stream, count, image } = workload;
    const spec = { replicas: count, template: { spec: { containers: [{ image }] } } };
    index.deploymentChanged(undefined, { ...object(deploymentId, stream, deploymentId), spec });
    for (const pod of workload.pods.filter(({ name }) => !ending.has(name))) {
      const status = statusOf(pod, image);
      index.podChanged(undefined, { ...object(pod.name, stream, deploymentId), status });
    }
  }
  const deletionTimestamp = iso(clock.now());
  for (const { deploymentId, stream, pod } of simulator.endingPods()) {
    const made = object(pod.name, stream, deploymentId);
    index.podChanged(undefined, { ...made, metadata: { ...made.metadata, deletionTimestamp } });
  }
  return index;
}

function object(name: string, stream: string, deploymentId: string): KubeObject {
  const labels = { 'spring-group-id': stream, 'spring-deployment-id': deploymentId };
  // Not known, and no test of these turns on it.
  const creationTimestamp = iso(0);
  const metadata = {
    name,
    namespace: 'default',
    uid: randomUUID(),
    resourceVersion: '1',
    creationTimestamp,
    labels,
  };
  return { apiVersion: 'v1', kind: 'Any', metadata };
}

function statusOf({ state, phase, restarts, lastExit }: PodStatus, image: string): unknown {
  const ready = { type: 'Ready', status: state === 'deployed' ? 'True' : 'False' };
  if (phase === 'Pending') {
    const waiting = { reason: 'ImagePullBackOff', message: 'not found' };
    const containerStatuses = [{ image: image.replace(/^docker:/, ''), state: { waiting } }];
    return { phase, conditions: [ready], containerStatuses };
  }
  const lastState = lastExit === undefined ? {} : { terminated: lastExit };
  const containerStatuses = [{ restartCount: restarts, state: { running: {} }, lastState }];
  return { phase, conditions: [ready], containerStatuses };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
