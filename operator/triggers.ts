/** Which change concerns which pipeline. */
import { defaults } from './api/defaults.ts';
import { annotations, type PipelineSpec } from './api/types.ts';
import { parsePipeline } from './api/validate.ts';
import type { KubeObject, Store } from './kube/port.ts';
import type { ChangeHandler } from './kube/reflector.ts';
import type { WorkloadIndex } from './observed/workload-index.ts';
import { isAtRest, type WorkloadsOf } from './reconcile/at-rest.ts';
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

export interface TriggersOptions {
  readonly watches: Watches;
  readonly claims: Claims;
  readonly queue: WorkQueue;
  readonly workloadsOf: WorkloadsOf;
}

export function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

/**
 * Turns changes into keys that want a turn, from `open` on. Until then others lead, and what they see to is no concern of this
 * process: it only keeps up with what there is.
 */
export class Triggers {
  readonly #options: TriggersOptions;
  #isOpen = false;

  /** Make it before the watches start. */
  constructor(options: TriggersOptions) {
    this.#options = options;
    const { pipelines, workloads } = options.watches;
    pipelines.onChange((before, after) => this.#pipelineChanged(before, after));
    if (workloads === undefined) return;
    const { deployments, pods, index } = workloads;
    deployments.onChange((before, after) => this.#concerns(index.deploymentChanged(before, after)));
    pods.onChange((before, after) => this.#concerns(index.podChanged(before, after)));
  }

  /** This process leads: whatever is not at rest wants a turn. The rest is looked at by the sweep, in its own time. */
  open(): void {
    this.#isOpen = true;
    for (const object of this.#options.watches.pipelines.list()) this.#newcomer(object);
  }

  /** What is known of these servers has changed, or that there are such. */
  serversChanged(servers: ReadonlySet<string>): void {
    const { watches, queue } = this.#options;
    if (!this.#isOpen) return;
    for (const object of watches.pipelines.list())
      if (servers.has(serverOf(object))) queue.add(keyOf(object));
  }

  #pipelineChanged(before: KubeObject | undefined, after: KubeObject | undefined): void {
    const { claims } = this.#options;
    const object = after ?? before;
    if (object === undefined) return;
    const key = keyOf(object);
    const rivals = claims.rivals(key);
    claims.set(key, after === undefined ? undefined : pipelineOf(after));
    if (!this.#isOpen) return;
    if (before === undefined && after !== undefined) this.#newcomer(after);
    else if (wantsTurn(before, after)) this.#options.queue.add(key);
    else return;
    // What the others want may be free now, or taken.
    for (const rival of new Set([...rivals, ...claims.rivals(key)])) this.#options.queue.add(rival);
  }

  #newcomer(object: KubeObject): void {
    const { queue, workloadsOf } = this.#options;
    if (!isAtRest(object, workloadsOf)) queue.add(keyOf(object));
  }

  #concerns(streams: readonly string[]): void {
    const { claims, queue } = this.#options;
    if (!this.#isOpen) return;
    for (const stream of streams) for (const key of claims.concernedBy(stream)) queue.add(key);
  }
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
