/**
 * What SCDF would run, as far as the operator looks at it: for each stream a Deployment that is paused, so that no controller makes pods
 * of it, and a pod that no scheduler takes, with the status of one that is ready.
 */
import type { KubeClient } from '../../../operator/kube/client.ts';
import type { ResourceKind } from '../../../operator/kube/port.ts';

const DEPLOYMENTS: ResourceKind = { group: 'apps', version: 'v1', plural: 'deployments' };
const PODS: ResourceKind = { group: '', version: 'v1', plural: 'pods' };

export interface Workload {
  readonly stream: string;
  /** Name of the Deployment, and of its pod: `<stream>-<label>-v1`. */
  readonly name: string;
}

/** The four workloads of a pipeline of this name. */
export function workloadsOf(pipeline: string): Workload[] {
  const of = (role: string, label: string): Workload => {
    const stream = `${pipeline}-${role}`;
    return { stream, name: `${stream}-${label}-v1` };
  };
  return [
    of('orders', 'customer'),
    of('hot-drink', 'hot-drink-log'),
    of('cold-drink', 'cold-drink-log'),
    of('bar', 'barista-app'),
  ];
}

export async function run(kube: KubeClient, namespace: string, { stream, name }: Workload): Promise<void> {
  const labels = { role: 'spring-app', 'spring-group-id': stream, 'spring-deployment-id': name };
  const metadata = { name, namespace, labels };
  const spec = { containers: [{ name: 'app', image: 'barista/none:1' }], schedulerName: 'nobody' };
  const template = { metadata: { labels }, spec: { containers: spec.containers } };
  await kube.create(DEPLOYMENTS, namespace, {
    metadata,
    spec: { replicas: 1, paused: true, selector: { matchLabels: labels }, template },
  });
  await kube.create(PODS, namespace, { metadata, spec });
  const ready = { type: 'Ready', status: 'True', lastTransitionTime: new Date().toISOString() };
  const key = { namespace, name };
  await kube.patchStatus(PODS, key, { status: { phase: 'Running', conditions: [ready] } });
}

/** Somebody deletes the Deployment; its pod goes with it. */
export async function lose(kube: KubeClient, namespace: string, { name }: Workload): Promise<void> {
  await kube.delete(DEPLOYMENTS, { namespace, name });
  await kube.delete(PODS, { namespace, name });
}
