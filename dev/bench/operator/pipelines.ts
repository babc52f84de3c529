/** Pipelines on the real API server: applied, watched and deleted by the benchmark. */
import { FINALIZER, GROUP, KIND, PIPELINES, VERSION } from '../../../operator/api/types.ts';
import { KubeClient } from '../../../operator/kube/client.ts';
import type { Connection } from '../../../operator/kube/connection.ts';
import { connect, loadKubeConfig } from '../../../operator/kube/kube-config.ts';
import type { KubeObject } from '../../../operator/kube/port.ts';
import { Reflector } from '../../../operator/kube/reflector.ts';
import { RestClient } from '../../../operator/kube/rest.ts';
import { systemClock as clock } from '../../../operator/runtime/clock.ts';
import type { Log } from '../../../operator/runtime/log.ts';
import { inParallel } from './in-parallel.ts';
import { makeNamespace, removeNamespace } from './namespaces.ts';

/** Requests of the benchmark itself that are under way at a time. */
const AT_A_TIME = 16;

const silent: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};

/** A namespace of pipelines, and who of them is ready. */
export class Pipelines {
  readonly namespace: string;
  readonly kube: KubeClient;
  readonly #connection: Connection;
  readonly #watch: Reflector;
  readonly #ready = new Set<string>();
  #changed: () => void = () => undefined;

  private constructor(kubeconfig: string, namespace: string) {
    this.namespace = namespace;
    this.#connection = connect(loadKubeConfig(kubeconfig), clock);
    const rest = new RestClient({ connection: this.#connection, clock, userAgent: 'barista-bench' });
    this.kube = new KubeClient(rest, clock);
    this.#watch = new Reflector({
      source: this.kube,
      scope: { kind: PIPELINES, namespace },
      clock,
      random: Math.random,
      log: silent,
      // All that the benchmark wants to know of a pipeline; the rest would be most of its memory.
      keep: ({ apiVersion, kind, metadata, status }) =>
        ({ apiVersion, kind, metadata, status }) as KubeObject,
    });
    this.#watch.onChange((_, after) => {
      if (after !== undefined && isReady(after)) this.#ready.add(after.metadata.name);
      this.#changed();
    });
  }

  static async open(kubeconfig: string, namespace: string): Promise<Pipelines> {
    const pipelines = new Pipelines(kubeconfig, namespace);
    await makeNamespace(pipelines.kube, namespace);
    pipelines.#watch.start();
    await pipelines.#watch.whenSynced();
    return pipelines;
  }

  /** Pipelines that have been ready. */
  get ready(): ReadonlySet<string> {
    return this.#ready;
  }

  apply(name: string): Promise<KubeObject> {
    return this.kube.create(PIPELINES, this.namespace, resourceOf(this.namespace, name));
  }

  applyAll(names: readonly string[]): Promise<void> {
    return inParallel(names, AT_A_TIME, (name) => this.apply(name));
  }

  /** Resolves as soon as so many have been ready. */
  async whenReady(count: number, within: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const look = (): void => {
      if (this.#ready.size >= count) resolve(undefined);
    };
    this.#changed = look;
    look();
    const late = setTimeout(() => {
      const of = `${this.#ready.size} of ${count} pipelines`;
      reject(new Error(`${of} were ready within ${within / 1000} s`));
    }, within);
    await promise;
    clearTimeout(late);
  }

  /** Away with everything, without the operator's help: what it made was simulated. */
  async close(): Promise<void> {
    await this.#watch.stop();
    // Not what the watch has seen: one that fell behind, e.g. as the CRD was new, would leave pipelines whose finalizer nobody takes off.
    await removeNamespace(this.kube, this.namespace);
    this.#connection.close();
  }
}

/** The least that a pipeline may say. */
export function resourceOf(namespace: string, name: string): unknown {
  return {
    apiVersion: `${GROUP}/${VERSION}`,
    kind: KIND,
    metadata: { name, namespace },
    spec: { topics: { orders: 'orders', hotDrinks: 'hotDrinks', coldDrinks: 'coldDrinks' } },
  };
}

export function isReady({ status }: KubeObject): boolean {
  const { conditions } = (status ?? {}) as { conditions?: readonly { type: string; status: string }[] };
  return conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;
}

/** The finalizer that the operator sets first of all. */
export const finalizers = [FINALIZER];
