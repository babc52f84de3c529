/**
 * What Flux, kpt, Config Sync and Helm take a resource for: the rules of kstatus (sigs.k8s.io/cli-utils, pkg/kstatus/status, `Compute`) for a
 * kind that it does not know, in their order.
 */
import { isRecord } from '../api/field.ts';
import type { KubeObject } from '../kube/port.ts';

export type Kstatus = 'Terminating' | 'InProgress' | 'Failed' | 'Current';

export function kstatus({ metadata, status }: KubeObject): Kstatus {
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  const { observedGeneration, conditions } = isRecord(status) ? status : {};
  // A resource that does not say which generation it has seen is not asked for it.
  if (observedGeneration !== undefined && observedGeneration !== metadata.generation) return 'InProgress';
  return byConditions(Array.isArray(conditions) ? conditions.filter(isRecord) : []);
}

function byConditions(conditions: readonly Readonly<Record<string, unknown>>[]): Kstatus {
  for (const { type, status } of conditions) {
    if (type === 'Reconciling' && status === 'True') return 'InProgress';
    if (type === 'Stalled' && status === 'True') return 'Failed';
  }
  const ready = conditions.find(({ type }) => type === 'Ready');
  return ready === undefined || ready['status'] === 'True' ? 'Current' : 'InProgress';
}
