/** What is kept of watched objects: a fleet has tens of thousands of pods, and most of a pod is of no use here. Pure. */
import type { KubeObject, ObjectMeta } from '../kube/port.ts';
import { field, list } from './json.ts';
import { withWriterAlone } from './writer.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** All of a pipeline but what kubectl notes for itself, which is the pipeline once more; and of who wrote its fields, who wrote the spec. */
export function keepPipeline(object: KubeObject): KubeObject {
  const kept = withWriterAlone(object);
  const { annotations } = kept.metadata;
  if (annotations?.[LAST_APPLIED] === undefined) return kept;
  const others = Object.fromEntries(Object.entries(annotations).filter(([key]) => key !== LAST_APPLIED));
  return { ...kept, metadata: { ...kept.metadata, annotations: others } };
}

/** As much as `viewPod` reads. */
export function keepPod({ metadata, status }: KubeObject): KubeObject {
  const { phase, conditions, initContainerStatuses, containerStatuses } = field(status);
  return {
    metadata: keepMeta(metadata),
    status: { phase, conditions, initContainerStatuses, containerStatuses },
  };
}

/** As much as `viewDeployment` reads. */
export function keepDeployment({ metadata, spec, status }: KubeObject): KubeObject {
  const template = field(field(field(spec)['template'])['spec']);
  const image = list(template['containers'])[0]?.['image'];
  return {
    metadata: keepMeta(metadata),
    spec: { replicas: field(spec)['replicas'], template: { spec: { containers: [{ image }] } } },
    status: { readyReplicas: field(status)['readyReplicas'] },
  };
}

function keepMeta(metadata: ObjectMeta): ObjectMeta {
  const { name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp, labels } = metadata;
  return {
    name,
    uid,
    resourceVersion,
    creationTimestamp,
    ...(namespace === undefined ? {} : { namespace }),
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    ...(labels === undefined ? {} : { labels }),
  };
}
