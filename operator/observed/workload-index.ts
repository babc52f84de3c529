/** The workloads by stream, kept up to date by the reflectors' events: a reconcile asks for four streams, not for all pods. */
import type { KubeObject } from '../kube/port.ts';
import {
  STREAM_LABEL,
  viewDeployment,
  viewPod,
  type DeploymentView,
  type PodView,
  unknownWorkload,
  type Workload,
} from './workload.ts';

export class WorkloadIndex {
  readonly #deployments = new Grouped<DeploymentView>();
  readonly #pods = new Grouped<PodView>();
  readonly #namespaces: ReadonlySet<string> | undefined;

  /** @param namespaces that are watched; undefined: all */
  constructor(namespaces?: readonly string[]) {
    this.#namespaces = namespaces === undefined ? undefined : new Set(namespaces);
  }

  /** Takes a change of a Deployment; the names of the streams that it concerns. */
  deploymentChanged(before: KubeObject | undefined, after: KubeObject | undefined): string[] {
    return this.#deployments.change(before, after, viewDeployment);
  }

  podChanged(before: KubeObject | undefined, after: KubeObject | undefined): string[] {
    return this.#pods.change(before, after, viewPod);
  }

  /**
   * The workload of a stream; `namespace` undefined: wherever it runs. That there is none is known only where everything
   * is seen in which it could be.
   */
  of(stream: string, namespace: string | undefined): Workload {
    const here = (view: { namespace: string }) => namespace === undefined || view.namespace === namespace;
    const deployments = this.#deployments.get(stream).filter(here);
    const pods = this.#pods.get(stream).filter(here);
    const isSomewhere = deployments.length > 0 || pods.length > 0;
    return isSomewhere || this.#seesAllOf(namespace) ? { known: true, deployments, pods } : unknownWorkload;
  }

  #seesAllOf(namespace: string | undefined): boolean {
    return this.#namespaces === undefined || (namespace !== undefined && this.#namespaces.has(namespace));
  }
}

class Grouped<View> {
  readonly #streams = new Map<string, Map<string, View>>();

  change(
    before: KubeObject | undefined,
    after: KubeObject | undefined,
    view: (object: KubeObject) => View,
  ): string[] {
    const old = streamOf(before);
    const now = streamOf(after);
    if (before !== undefined && old !== undefined) this.#remove(old, before.metadata.uid);
    if (after !== undefined && now !== undefined) this.#add(now, after.metadata.uid, view(after));
    return [...new Set([old, now])].filter((stream) => stream !== undefined);
  }

  get(stream: string): View[] {
    return [...(this.#streams.get(stream)?.values() ?? [])];
  }

  #add(stream: string, uid: string, view: View): void {
    const group = this.#streams.get(stream) ?? new Map<string, View>();
    group.set(uid, view);
    this.#streams.set(stream, group);
  }

  #remove(stream: string, uid: string): void {
    const group = this.#streams.get(stream);
    group?.delete(uid);
    if (group?.size === 0) this.#streams.delete(stream);
  }
}

function streamOf(object: KubeObject | undefined): string | undefined {
  return object?.metadata.labels?.[STREAM_LABEL];
}
