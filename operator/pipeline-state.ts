/** A pipeline as the metrics see it. */
import { readStatus } from './api/read-status.ts';
import type { KubeObject } from './kube/port.ts';
import type { PipelineState } from './ops/metrics.ts';

export const pipelineStates = ['Ready', 'Reconciling', 'Stalled', 'Paused', 'Deleting', 'Unknown'] as const;

export function stateOf({ metadata, status }: KubeObject): PipelineState {
  const conditions = readStatus(status).conditions ?? [];
  const ready = conditions.find((condition) => condition.type === 'Ready');
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    ready: ready?.status === 'True',
    reason: ready?.reason ?? '',
    state: state(metadata.deletionTimestamp !== undefined, ready?.reason, (type) =>
      conditions.some((condition) => condition.type === type && condition.status === 'True'),
    ),
  };
}

function state(
  deleting: boolean,
  reason: string | undefined,
  is: (type: string) => boolean,
): (typeof pipelineStates)[number] {
  if (deleting) return 'Deleting';
  if (reason === 'Paused') return 'Paused';
  return (['Stalled', 'Ready', 'Reconciling'] as const).find(is) ?? 'Unknown';
}
