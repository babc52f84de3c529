/** Which change concerns which pipeline. */
import { annotations } from './api/types.ts';
import { parsePipeline } from './api/validate.ts';
import type { KubeObject, Store } from './kube/port.ts';
import type { ChangeHandler } from './kube/reflector.ts';
import type { WorkloadIndex } from './observed/workload-index.ts';
import type { Claims } from './reconcile/claims.ts';
import type { WorkQueue } from './runtime/workqueue.ts';

/** A store that tells of its changes: a reflector. */
export interface Watched extends Store {
  onChange(handler: ChangeHandler): void;
}

export interface Watches {
  readonly pipelines: Watched;
  /** Undefined: nobody watches them, and only a look at SCDF tells of their changes. */
  readonly workloads:
    { readonly deployments: Watched; readonly pods: Watched; readonly index: WorkloadIndex } | undefined;
}

export function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

/** Turns changes into keys that want a turn. Call before the watches start. */
export function triggerOn({ pipelines, workloads }: Watches, claims: Claims, queue: WorkQueue): void {
  pipelines.onChange((before, after) => {
    const object = after ?? before;
    if (object === undefined) return;
    const key = keyOf(object);
    const rivals = claims.rivals(key);
    claims.set(key, after === undefined ? undefined : pipelineOf(after));
    if (!wantsTurn(before, after)) return;
    queue.add(key);
    // What the others want may be free now, or taken.
    for (const rival of new Set([...rivals, ...claims.rivals(key)])) queue.add(rival);
  });
  if (workloads === undefined) return;
  const { deployments, pods, index } = workloads;
  const concerned = (streams: readonly string[]): void => {
    for (const stream of streams) for (const key of claims.concernedBy(stream)) queue.add(key);
  };
  deployments.onChange((before, after) => concerned(index.deploymentChanged(before, after)));
  pods.onChange((before, after) => concerned(index.podChanged(before, after)));
}

function pipelineOf(object: KubeObject) {
  const parsed = parsePipeline(object);
  return 'pipeline' in parsed ? parsed.pipeline : undefined;
}

/** The operator's own writes to status and finalizers are no reason to look again. */
function wantsTurn(before: KubeObject | undefined, after: KubeObject | undefined): boolean {
  if (before === undefined || after === undefined) return true;
  const relevant = ({ metadata }: KubeObject) =>
    JSON.stringify([
      metadata.uid,
      metadata.generation,
      metadata.deletionTimestamp,
      ...Object.values(annotations).map((name) => metadata.annotations?.[name]),
    ]);
  return relevant(before) !== relevant(after);
}
