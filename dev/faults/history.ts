/** How the pipelines of a namespace were, change by change, so that the past can be shown again. */
import type { KubeObject } from '../../operator/kube/port.ts';

interface Moment {
  readonly version: number;
  readonly objects: ReadonlyMap<string, KubeObject>;
}

const longest = 200;

export class History {
  readonly #moments: Moment[] = [];

  listed(version: string, items: readonly KubeObject[]): void {
    this.#add(Number(version), new Map(items.map((item) => [item.metadata.name, item])));
  }

  happened(type: string, object: KubeObject): void {
    const objects = new Map(this.#moments.at(-1)?.objects);
    if (type === 'DELETED') objects.delete(object.metadata.name);
    else objects.set(object.metadata.name, object);
    this.#add(Number(object.metadata.resourceVersion), objects);
  }

  /** The list of so many changes ago, as the API server would have given it then. */
  before(back: number): unknown {
    const moment = this.#moments.at(-1 - back) ?? this.#moments[0];
    return {
      apiVersion: 'barista.dev/v1alpha1',
      kind: 'BaristaPipelineList',
      metadata: { resourceVersion: String(moment?.version ?? 0) },
      items: [...(moment?.objects.values() ?? [])],
    };
  }

  get isEmpty(): boolean {
    return this.#moments.length === 0;
  }

  /** Several watches tell the same. */
  #add(version: number, objects: ReadonlyMap<string, KubeObject>): void {
    if (version <= (this.#moments.at(-1)?.version ?? 0)) return;
    this.#moments.push({ version, objects });
    if (this.#moments.length > longest) this.#moments.shift();
  }
}
