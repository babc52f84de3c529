/**
 * The life of a pipeline by a clock that the test moves: the simulator of SCDF with pods that take time, an API server in memory, the
 * watch of the workloads, and the reconciler, which is asked again when it said it wants to be.
 */
import assert from 'node:assert/strict';
import { GROUP, KIND, PIPELINES, VERSION, type Condition, type PipelineStatus } from '../api/types.ts';
import { parsePipeline } from '../api/validate.ts';
import { aServer } from '../config/server.fixtures.ts';
import { HttpDataflow } from '../dataflow/http.ts';
import { startSimulator, type Simulator } from '../dataflow/simulator/simulator.ts';
import { quick } from '../dataflow/simulator/settings.ts';
import { MemoryKube } from '../kube/memory.ts';
import type { EventInput, KubeObject } from '../kube/port.ts';
import { WorkloadIndex } from '../observed/workload-index.ts';
import { FakeClock } from '../runtime/clock.fixtures.ts';
import type { Log } from '../runtime/log.ts';
import type { Outcome } from '../runtime/outcome.ts';
import { connected } from '../servers.ts';
import { Claims } from './claims.ts';
import type { Dependencies, Server } from './dependencies.ts';
import { reconcile } from './reconcile.ts';
import { watchedWorkloads } from './watched.fixtures.ts';

const namespace = 'cafe';
export const key = { namespace, name: 'downtown' };
/** When nothing else asks. */
const SWEEP_MS = 300_000;

export interface LifeOptions {
  /** Default true. */
  readonly watch?: boolean;
  readonly endAfterMs?: number;
}

export class Life {
  readonly clock: FakeClock;
  readonly simulator: Simulator;
  readonly kube: MemoryKube;
  readonly events: EventInput[] = [];
  /** Lines of the log that a person should see, as `level message`, but for the one that tells when trouble begins. */
  readonly loud: string[] = [];
  /** Delays that the reconciler asked for, in order. */
  readonly waits: number[] = [];
  turns = 0;
  /** Told after each turn. */
  onTurn: (() => void) | undefined;
  readonly #watch: boolean;
  readonly #server: Server;
  readonly #claims = new Claims();

  private constructor(simulator: Simulator, clock: FakeClock, watch: boolean) {
    this.clock = clock;
    this.simulator = simulator;
    this.kube = new MemoryKube([{ ...PIPELINES, kind: KIND, status: true }], clock);
    this.#watch = watch;
    const config = aServer(simulator.url, { watchWorkloads: watch });
    this.#server = connected(config, new HttpDataflow(config), clock);
  }

  static async open({ watch = true, endAfterMs = 0 }: LifeOptions = {}): Promise<Life> {
    const clock = new FakeClock();
    const healthCheck = { pollMs: 5000, timeoutMs: 300_000 };
    const settings = { ...quick(), readyAfterMs: 3000, endAfterMs, healthCheck };
    return new Life(await startSimulator({ clock, settings }), clock, watch);
  }

  close(): Promise<void> {
    return this.simulator.down();
  }

  async apply(spec: unknown): Promise<void> {
    if ((await this.object()) !== undefined) {
      await this.kube.patch(PIPELINES, key, { spec });
      return;
    }
    const metadata = { ...key };
    await this.kube.create(PIPELINES, namespace, {
      apiVersion: `${GROUP}/${VERSION}`,
      kind: KIND,
      metadata,
      spec,
    });
  }

  async annotate(annotations: Readonly<Record<string, string | null>>): Promise<void> {
    await this.kube.patch(PIPELINES, key, { metadata: { annotations } });
  }

  remove(): void {
    this.kube.delete(PIPELINES, key);
  }

  object(): Promise<KubeObject | undefined> {
    return this.kube.get(PIPELINES, key);
  }

  async status(): Promise<PipelineStatus> {
    return (await this.object())?.status ?? {};
  }

  async condition(type: string): Promise<Condition | undefined> {
    return (await this.status()).conditions?.find((condition) => condition.type === type);
  }

  async ready(): Promise<string> {
    const ready = await this.condition('Ready');
    return `${ready?.status} ${ready?.reason}`;
  }

  /** What runs of a stream, as `image x count`; what is being taken away is left out. */
  running(stream: string): string[] {
    return this.simulator
      .workloads()
      .filter((it) => it.stream === stream)
      .map((it) => `${it.image.split('/').at(-1)} x ${it.count}`);
  }

  async turn(): Promise<Outcome> {
    const object = await this.object();
    const parsed = object === undefined ? undefined : parsePipeline(object);
    const pipeline = parsed !== undefined && 'pipeline' in parsed ? parsed.pipeline : undefined;
    this.#claims.set(`${namespace}/downtown`, pipeline);
    this.turns += 1;
    const deps = this.#dependencies(object);
    const outcome = await reconcile(`${namespace}/downtown`, deps, new AbortController().signal);
    this.onTurn?.();
    return outcome;
  }

  /** Lets time pass; the reconciler takes a turn at once, and then whenever it asked for one, at the sweeps at the latest. */
  async pass(ms: number): Promise<void> {
    const until = this.clock.monotonic() + ms;
    for (;;) {
      const outcome = await this.turn();
      const wait = outcome.kind === 'recheck' ? outcome.afterMs : SWEEP_MS;
      if (outcome.kind === 'retry') this.loud.push(`retry ${outcome.error.message}`);
      this.waits.push(wait);
      const left = until - this.clock.monotonic();
      await this.clock.advance(Math.min(left, wait));
      if (wait >= left) return;
    }
  }

  /** Until the pipeline is ready in its present generation. */
  async becomesReady(within = 120_000): Promise<void> {
    const until = this.clock.monotonic() + within;
    while (this.clock.monotonic() < until) {
      await this.pass(1000);
      const ready = await this.condition('Ready');
      if (ready?.status === 'True') return;
    }
    assert.fail(`not ready: ${JSON.stringify(await this.status())}`);
  }

  #dependencies(object: KubeObject | undefined): Dependencies {
    return {
      pipelines: { get: () => object, list: () => (object === undefined ? [] : [object]) },
      claims: this.#claims,
      kube: this.kube,
      events: { record: (event) => this.events.push(event) },
      podLogs: undefined,
      servers: { get: () => this.#server, names: () => ['default'] },
      workloads: this.#watch ? watchedWorkloads(this.simulator, this.clock) : new WorkloadIndex(),
      instance: 'cluster-1',
      workerImage: 'barista/worker:1',
      mayWrite: () => true,
      clock: this.clock,
      log: this.#log(),
    };
  }

  #log(): Log {
    const log: Log = {
      debug: () => undefined,
      info: () => undefined,
      warn: (message) => {
        if (message !== 'the pipeline is in trouble') this.loud.push(`warn ${message}`);
      },
      error: (message) => this.loud.push(`error ${message}`),
      child: () => log,
    };
    return log;
  }
}
