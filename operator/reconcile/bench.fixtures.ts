/** A pipeline's world in one process: the simulator of SCDF, an API server in memory, and the reconciler between them. */
import assert from 'node:assert/strict';
import { GROUP, KIND, PIPELINES, VERSION, type PipelineStatus } from '../api/types.ts';
import { parsePipeline } from '../api/validate.ts';
import type { ServerConfig } from '../config/servers.ts';
import { HttpDataflow } from '../dataflow/http.ts';
import { startSimulator, type Simulator } from '../dataflow/simulator/simulator.ts';
import { MemoryKube } from '../kube/memory.ts';
import type { EventInput, KubeObject } from '../kube/port.ts';
import { systemClock as clock } from '../runtime/clock.ts';
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

/** More turns than any way to the end takes. */
const MANY = 40;

export class Bench {
  readonly simulator: Simulator;
  readonly kube: MemoryKube;
  readonly claims = new Claims();
  readonly events: EventInput[] = [];
  readonly #server: Server;
  #knowsServer = true;
  /** How far the operator's clock is ahead. */
  #laterMs = 0;
  /** Writes that this process may still make before it is killed. */
  #lives = Number.POSITIVE_INFINITY;

  #bug: Error | undefined;
  readonly #sees: (object: KubeObject) => boolean;

  private constructor(simulator: Simulator, kube: MemoryKube, sees: (object: KubeObject) => boolean) {
    this.simulator = simulator;
    this.kube = kube;
    this.#sees = sees;
    const config = serverConfig(simulator.url);
    this.#server = connected(config, new HttpDataflow(config), clock);
  }

  static async open(): Promise<Bench> {
    const kube = new MemoryKube([{ ...PIPELINES, kind: KIND, status: true }], clock);
    return new Bench(await startSimulator(), kube, () => true);
  }

  /** Another operator on the same cluster and server, which sees only some of the pipelines. */
  beside(sees: (object: KubeObject) => boolean): Bench {
    return new Bench(this.simulator, this.kube, sees);
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

  /** The process is killed before its write number `writes + 1`, whatever it is on. */
  killAfter(writes: number): void {
    this.#lives = writes;
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

  restart(): void {
    this.#lives = Number.POSITIVE_INFINITY;
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

  /** One turn. */
  async turn(name: string): Promise<Outcome> {
    await this.#see(name);
    const signal = new AbortController().signal;
    const outcome = await reconcile(
      `${namespace}/${name}`,
      this.#dependencies(await this.#visible(name)),
      signal,
    );
    await this.#see(name);
    return outcome;
  }

  /** What the watch does with each change. */
  async #see(name: string): Promise<void> {
    const object = await this.#visible(name);
    const parsed = object === undefined ? undefined : parsePipeline(object);
    const pipeline = parsed !== undefined && 'pipeline' in parsed ? parsed.pipeline : undefined;
    this.claims.set(`${namespace}/${name}`, pipeline);
  }

  async #visible(name: string): Promise<KubeObject | undefined> {
    const object = await this.object(name);
    return object !== undefined && this.#sees(object) ? object : undefined;
  }

  /** Turns until nothing more is to be done, or the process has been killed; the outcome of the last. */
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

  #dependencies(object: KubeObject | undefined): Dependencies {
    const alive = () => this.#lives > 0;
    const bug = this.#bug;
    return {
      pipelines: { get: () => object, list: () => (object === undefined ? [] : [object]) },
      claims: this.claims,
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
      mayWrite: () => {
        if (!alive()) return false;
        this.#lives -= 1;
        return true;
      },
      clock: { ...clock, now: () => clock.now() + this.#laterMs },
      log: silent,
    };
  }
}

function serverConfig(url: string): ServerConfig {
  return {
    name: 'default',
    url,
    platform: 'default',
    namespace: undefined,
    watchWorkloads: false,
    tokenFile: undefined,
    oauth2: undefined,
    caFile: undefined,
    concurrency: 16,
    deployConcurrency: 4,
    readTimeoutMs: 5000,
    writeTimeoutMs: 5000,
  };
}
