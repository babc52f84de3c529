/** Which change concerns which pipeline. */
import { defaults } from './api/defaults.ts';
import { annotations, type PipelineSpec } from './api/types.ts';
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
  readonly workloads: {
    readonly deployments: Watched;
    readonly pods: Watched;
    readonly index: WorkloadIndex;
  };
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
  const { deployments, pods, index } = workloads;
  const concerned = (streams: readonly string[]): void => {
    for (const stream of streams) for (const key of claims.concernedBy(stream)) queue.add(key);
  };
  deployments.onChange((before, after) => concerned(index.deploymentChanged(before, after)));
  pods.onChange((before, after) => concerned(index.podChanged(before, after)));
}

/** Pipelines on these servers want a turn: what is known of the servers has changed. */
export function triggerOnServers(pipelines: Store, queue: WorkQueue): (servers: ReadonlySet<string>) => void {
  return (servers) => {
    for (const object of pipelines.list()) if (servers.has(serverOf(object))) queue.add(keyOf(object));
  };
}

/** Also of a pipeline whose spec is not valid: its streams are deleted there. */
function serverOf({ spec }: KubeObject): string {
  const { server } = Object((spec as Partial<PipelineSpec> | undefined)?.dataflow) as { server?: unknown };
  return typeof server === 'string' ? server : defaults.server;
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
