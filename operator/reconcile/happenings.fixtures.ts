/** What may happen to a pipeline in its life, made to happen. */
import { PIPELINES } from '../api/types.ts';
import { DataflowError } from '../dataflow/port.ts';
import type { KubeObject } from '../kube/port.ts';
import type { AnyHappening } from './any.fixtures.ts';
import { blowsFor } from './blows.fixtures.ts';
import { name } from './situation.fixtures.ts';
import type { World } from './world.fixtures.ts';

type Of<Kind> = AnyHappening & { kind: Kind };

export class Life {
  readonly #world: World;
  /** As it was before its spec changed last: what a cache that is behind has. */
  #before: KubeObject | undefined;

  constructor(world: World) {
    this.#world = world;
  }

  async happen(it: AnyHappening): Promise<void> {
    const ways: { [Kind in AnyHappening['kind']]: (it: Of<Kind>) => unknown } = {
      spec: (now) => this.#become(now),
      turns: async ({ count }) => {
        for (let turn = 0; turn < count; turn++) await this.#turn();
      },
      time: ({ ms }) => this.#world.pass(ms),
      stale: () => (this.#before === undefined ? undefined : this.#turn(this.#before)),
      blow: ({ at, which }) => {
        const all = blowsFor('kube:').concat(blowsFor('scdf: deploy stream x'));
        this.#world.writes.strike({ at, blow: all[which]! });
      },
      drift: (now) => this.#drift(now),
      delete: async () => {
        if ((await this.#world.object(name)) !== undefined)
          this.#world.kube.delete(PIPELINES, { namespace: 'cafe', name });
      },
    };
    await (ways[it.kind] as (it: AnyHappening) => unknown)(it);
  }

  async #turn(seen?: KubeObject): Promise<void> {
    if ((await this.#world.once(name, seen)) === undefined) this.#world.restart();
  }

  async #become({ spec, bad }: Of<'spec'>): Promise<void> {
    this.#before = await this.#world.object(name);
    const barista = bad ? { ...spec.barista, image: 'barista/worker:bad' } : spec.barista;
    await this.#world.become(name, { ...spec, barista });
  }

  /** Whatever of it SCDF refuses does not happen. */
  async #drift({ what, which }: Of<'drift'>): Promise<void> {
    const { others, simulator } = this.#world;
    const { streams, workloads, apps } = simulator.snapshot();
    const stream = streams[which % Math.max(1, streams.length)]?.name ?? 'nothing';
    const deployment = workloads[which % Math.max(1, workloads.length)]?.deploymentId ?? 'nothing';
    const app = apps[which % Math.max(1, apps.length)];
    const ways: { [What in typeof what]: () => unknown } = {
      undeploy: () => others.undeploy(stream),
      delete: () => others.destroy(stream),
      'delete Deployments': () => simulator.deleteDeployments(stream),
      scale: () => simulator.scaleDeployment(deployment, 4),
      'scale to nothing': () => simulator.scaleDeployment(deployment, 0),
      unregister: () => (app === undefined ? undefined : others.unregister(app)),
    };
    try {
      await ways[what]();
    } catch (error) {
      if (!(error instanceof DataflowError)) throw error;
    }
  }
}
