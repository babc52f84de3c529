/** A pipeline's world in one process: the simulator of SCDF, an API server in memory, and the reconciler between them. */
import assert from 'node:assert/strict';
import { GROUP, KIND, PIPELINES, VERSION, type PipelineStatus } from '../api/types.ts';
import { parsePipeline } from '../api/validate.ts';
import { aServer } from '../config/server.fixtures.ts';
import type { ServerConfig } from '../config/servers.ts';
import { HttpDataflow } from '../dataflow/http.ts';
import type { Dataflow } from '../dataflow/port.ts';
import { startSimulator, type Simulator } from '../dataflow/simulator/simulator.ts';
import { MemoryKube } from '../kube/memory.ts';
import type { EventInput, KubeObject } from '../kube/port.ts';
import { systemClock, type Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { Outcome } from '../runtime/outcome.ts';
import { Claims } from './claims.ts';
import { connected } from '../servers.ts';
import type { Dependencies, Server } from './dependencies.ts';
import { reconcile } from './reconcile.ts';

const silent: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};
const namespace = 'cafe';
export const kinds = [{ ...PIPELINES, kind: KIND, status: true }];

/** More turns than any way to the end takes. */
const MANY = 40;

interface BenchParts {
  readonly simulator: Simulator;
  readonly kube: MemoryKube;
  readonly dataflow: Dataflow;
  readonly clock: Clock;
  readonly config: ServerConfig;
  /** Undefined: all. */
  readonly sees?: (object: KubeObject) => boolean;
}

function overTheNetwork(simulator: Simulator, kube: MemoryKube): BenchParts {
  const config = aServer(simulator.url);
  return { simulator, kube, dataflow: new HttpDataflow(config), clock: systemClock, config };
}

export class Bench {
  readonly simulator: Simulator;
  readonly kube: MemoryKube;
  #claims = new Claims();
  readonly events: EventInput[] = [];
  readonly #clock: Clock;
  readonly #config: ServerConfig;
  readonly #dataflow: Dataflow;
  readonly #sees: (object: KubeObject) => boolean;
  #server: Server;
  #knowsServer = true;
  /** How far the operator's clock is ahead. */
  #laterMs = 0;
  #bug: Error | undefined;
  readonly #seen = new Map<string, KubeObject | undefined>();

  protected constructor({ simulator, kube, dataflow, clock, config, sees = () => true }: BenchParts) {
    this.simulator = simulator;
    this.kube = kube;
    this.#clock = clock;
    this.#config = config;
    this.#dataflow = dataflow;
    this.#sees = sees;
    this.#server = connected(config, dataflow, clock);
  }

  static async open(): Promise<Bench> {
    return new Bench(overTheNetwork(await startSimulator(), new MemoryKube(kinds, systemClock)));
  }

  /** Another operator on the same cluster and server, which sees only some of the pipelines. */
  beside(sees: (object: KubeObject) => boolean): Bench {
    return new Bench({ ...overTheNetwork(this.simulator, this.kube), sees });
  }

  close(): Promise<void> {
    return this.simulator.down();
  }

  async apply(
    name: string,
    spec: unknown,
    annotations: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const key = { namespace, name };
    if ((await this.kube.get(PIPELINES, key)) !== undefined) {
      await this.kube.patch(PIPELINES, key, { spec, metadata: { annotations } });
      return;
    }
    await this.kube.create(PIPELINES, namespace, {
      apiVersion: `${GROUP}/${VERSION}`,
      kind: KIND,
      metadata: { name, namespace, annotations },
      spec,
    });
  }

  /** Makes the pipeline, or replaces its spec: a merge patch would keep what the new one leaves out. */
  async become(name: string, spec: object): Promise<void> {
    const old = await this.object(name);
    if (old === undefined) return this.apply(name, spec);
    await this.kube.replace(PIPELINES, { namespace, name }, { ...old, spec });
  }

  /** Lets time pass, for the operator only. */
  later(ms: number): void {
    this.#laterMs += ms;
  }

  /** The operator has a bug: it throws this before it does anything. */
  breakWith(bug: Error | undefined): void {
    this.#bug = bug;
  }

  /** Whether the servers file names the server. */
  knowsServer(knows: boolean): void {
    this.#knowsServer = knows;
  }

  async object(name: string): Promise<KubeObject | undefined> {
    return this.kube.get(PIPELINES, { namespace, name });
  }

  async status(name: string): Promise<PipelineStatus> {
    return (await this.object(name))?.status ?? {};
  }

  async ready(name: string): Promise<string> {
    const ready = (await this.status(name)).conditions?.find((condition) => condition.type === 'Ready');
    return `${ready?.status} ${ready?.reason}`;
  }

  /** One turn, on the object as it is or as a cache that is behind has it. */
  async turn(name: string, seen?: KubeObject): Promise<Outcome> {
    await this.#see(name);
    const signal = new AbortController().signal;
    const object = seen ?? (await this.#visible(name));
    const outcome = await reconcile(`${namespace}/${name}`, this.dependencies(object), signal);
    await this.#see(name);
    return outcome;
  }

  /** What the watch does with each change. */
  async #see(name: string): Promise<void> {
    const object = await this.#visible(name);
    if (object !== undefined && this.#seen.get(name) === object) return;
    this.#seen.set(name, object);
    const parsed = object === undefined ? undefined : parsePipeline(object);
    const pipeline = parsed !== undefined && 'pipeline' in parsed ? parsed.pipeline : undefined;
    this.#claims.set(`${namespace}/${name}`, pipeline);
  }

  async #visible(name: string): Promise<KubeObject | undefined> {
    const object = await this.object(name);
    return object !== undefined && this.#sees(object) ? object : undefined;
  }

  /** Another process takes over: it knows nothing. */
  protected forget(): void {
    this.#claims = new Claims();
    this.#seen.clear();
    this.#server = connected(this.#config, this.#dataflow, this.#clock);
  }

  /** Turns until nothing more is to be done; the outcome of the last. */
  async settle(name: string): Promise<Outcome> {
    for (let turn = 0; turn < MANY; turn++) {
      const outcome = await this.turn(name);
      if (outcome.kind === 'settled' || outcome.kind === 'stalled') return outcome;
    }
    assert.fail(`${name} does not come to rest: ${JSON.stringify(await this.status(name))}`);
  }

  /** What can be seen from outside, without what differs from run to run. */
  async picture(name: string): Promise<unknown> {
    const { apps, streams } = this.simulator.snapshot();
    const status = await this.status(name);
    return {
      apps: [...apps].sort((a, b) => (a.name < b.name ? -1 : 1)),
      streams: streams.map(({ name: stream, originalDsl, description, state }) => ({
        stream,
        originalDsl,
        description,
        state,
      })),
      workloads: this.simulator
        .workloads()
        .map(({ stream, label, image, count }) => ({ stream, label, image, count })),
      ready: await this.ready(name),
      status: {
        streams: status.streams?.map((stream) => [stream.name, stream.state, stream.revision]),
        apps: status.apps,
      },
      finalizers: (await this.object(name))?.metadata.finalizers,
    };
  }

  protected dependencies(object: KubeObject | undefined): Dependencies {
    const clock = this.#clock;
    const bug = this.#bug;
    return {
      pipelines: { get: () => object, list: () => (object === undefined ? [] : [object]) },
      claims: this.#claims,
      kube: this.kube,
      events: { record: (event) => this.events.push(event) },
      podLogs: undefined,
      servers: {
        get: (server) => (server === 'default' && this.#knowsServer ? this.#server : undefined),
        names: () => (this.#knowsServer ? ['default'] : ['another']),
      },
      workloads: undefined,
      instance: 'cluster-1',
      get workerImage(): string {
        if (bug !== undefined) throw bug;
        return 'barista/worker:1';
      },
      mayWrite: () => true,
      clock: { ...clock, now: () => clock.now() + this.#laterMs },
      log: silent,
    };
  }
}
