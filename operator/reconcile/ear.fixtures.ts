/** A pipeline's world in one process in which all that is told is heard: log lines, events, statuses, metrics. */
import { GROUP, KIND, PIPELINES, VERSION } from '../api/types.ts';
import { HttpDataflow } from '../dataflow/http.ts';
import { startSimulator, type Simulator } from '../dataflow/simulator/simulator.ts';
import { KubeEventRecorder } from '../kube/events.ts';
import { MemoryKube, type MemoryKind } from '../kube/memory.ts';
import type { KubeApi, KubeObject } from '../kube/port.ts';
import { until } from '../kube/until.fixtures.ts';
import { WorkloadIndex } from '../observed/workload-index.ts';
import { controllerMetrics } from '../ops/controller-metrics.ts';
import { createLogger } from '../ops/logger.ts';
import { createRegistry, dataflowMetrics, pipelineMetrics } from '../ops/metrics.ts';
import { pipelineStates, stateOf } from '../pipeline-state.ts';
import { systemClock as clock } from '../runtime/clock.ts';
import { Controller } from '../runtime/controller.ts';
import { WorkQueue } from '../runtime/workqueue.ts';
import { connected, operations, outcomes } from '../servers.ts';
import { Claims } from './claims.ts';
import type { Dependencies } from './dependencies.ts';
import { reconcile } from './reconcile.ts';

const eventKind: MemoryKind = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  status: false,
};
const namespace = 'cafe';
export const NAME = 'downtown';
const key = { namespace, name: NAME };

export interface EarOptions {
  readonly token?: () => Promise<string>;
  /** Instead of the simulator's. */
  readonly url?: string;
  readonly podLog?: string;
  /** For calls to SCDF; long by default, so that a busy machine is no failure. */
  readonly timeoutMs?: number;
}

export class Ear {
  readonly simulator: Simulator;
  readonly workloads = new WorkloadIndex();
  readonly lines: string[] = [];
  /** Calls to the API server that change something: `patch baristapipelines`, … */
  readonly writes: string[] = [];
  /** Thrown by the next calls of this name to the API server. */
  readonly troubles = new Map<string, Error>();
  watchWorkloads = false;
  /** Thrown in the middle of a reconcile. */
  bug: Error | undefined;
  readonly #memory = new MemoryKube([{ ...PIPELINES, kind: KIND, status: true }, eventKind], clock);
  readonly #kube = this.#heard();
  readonly #registry = createRegistry('test', false);
  readonly #log = createLogger({
    level: 'debug',
    format: 'json',
    destination: { write: (line) => this.lines.push(line) },
  });
  readonly #recorder = new KubeEventRecorder({
    api: this.#kube,
    clock,
    random: Math.random,
    log: this.#log,
    controller: 'barista.dev/operator',
    instance: 'operator-0',
  });
  readonly #queue = new WorkQueue({ clock, random: () => 0 });
  readonly #controller: Controller;
  readonly #options: EarOptions;
  /** Every status that the pipeline ever had. */
  readonly #statuses: unknown[] = [];
  #object: KubeObject | undefined;

  private constructor(simulator: Simulator, options: EarOptions) {
    this.simulator = simulator;
    this.#options = options;
    pipelineMetrics(this.#registry, pipelineStates, () =>
      this.#object === undefined ? [] : [stateOf(this.#object)],
    );
    const dependencies = this.#dependencies();
    this.#controller = new Controller({
      queue: this.#queue,
      workers: 1,
      clock,
      log: this.#log,
      keyField: 'pipeline',
      metrics: controllerMetrics(this.#registry, 'baristapipeline', 1),
      reconcile: async (it, signal) => {
        this.#object = await this.#memory.get(PIPELINES, key);
        return reconcile(it, dependencies, signal);
      },
    });
    this.#controller.start();
  }

  static async open(options: EarOptions = {}): Promise<Ear> {
    return new Ear(await startSimulator(), options);
  }

  async close(): Promise<void> {
    await this.#controller.stop();
    await this.#recorder.stop();
    await this.simulator.down();
  }

  async apply(spec: unknown): Promise<void> {
    if ((await this.object()) !== undefined) {
      await this.#memory.patch(PIPELINES, key, { spec });
      return;
    }
    const metadata = { name: NAME, namespace };
    await this.#memory.create(PIPELINES, namespace, {
      apiVersion: `${GROUP}/${VERSION}`,
      kind: KIND,
      metadata,
      spec,
    });
  }

  async annotate(name: string, value: string): Promise<void> {
    await this.#memory.patch(PIPELINES, key, { metadata: { annotations: { [name]: value } } });
  }

  /** What the API server or somebody else puts into the status. */
  async putStatus(status: unknown): Promise<void> {
    await this.#memory.patchStatus(PIPELINES, key, { status });
  }

  delete(): void {
    this.#memory.delete(PIPELINES, key);
  }

  object(): Promise<KubeObject | undefined> {
    return this.#memory.get(PIPELINES, key);
  }

  /** One turn of the controller. */
  async turn(): Promise<void> {
    const before = this.lines.length;
    const ended = (line: string) => /"message":"reconcile/.test(line);
    this.#queue.add(`${namespace}/${NAME}`);
    await until('the end of a turn', () => this.lines.slice(before).some(ended));
  }

  async turns(count: number): Promise<void> {
    for (let turn = 0; turn < count; turn += 1) await this.turn();
  }

  async ready(): Promise<string> {
    const status = (await this.object())?.status as
      { conditions?: { type: string; status: string; reason: string }[] } | undefined;
    const ready = status?.conditions?.find((condition) => condition.type === 'Ready');
    return `${ready?.status} ${ready?.reason}`;
  }

  /** The log so far, line by line. */
  records(): readonly Readonly<Record<string, unknown>>[] {
    return this.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Every event that was written, as `type reason: note`, once the recorder has stopped. */
  async told(): Promise<readonly string[]> {
    await this.#recorder.stop();
    const { items } = await this.#memory.list({ kind: eventKind }, {}, new AbortController().signal);
    const events = items as unknown as readonly { type: string; reason: string; note: string }[];
    return events.map(({ type, reason, note }) => `${type} ${reason}: ${note}`);
  }

  /** All that was told of the pipeline, as text. */
  async all(): Promise<string> {
    await this.#recorder.stop();
    const { items } = await this.#memory.list({ kind: eventKind }, {}, new AbortController().signal);
    const metrics = await this.#registry.metrics();
    return [...this.lines, JSON.stringify(items), JSON.stringify(this.#statuses), metrics].join('\n');
  }

  /** The API server, with its writes noted and its troubles thrown. */
  #heard(): KubeApi {
    const call =
      <A extends readonly unknown[], R>(name: string, made: (...args: A) => Promise<R>) =>
      async (...args: A): Promise<R> => {
        this.writes.push(`${name} ${(args[0] as { plural: string }).plural}`);
        const trouble = this.troubles.get(name);
        if (trouble !== undefined) throw trouble;
        return made(...args);
      };
    const memory = this.#memory;
    return {
      get: memory.get.bind(memory),
      create: call('create', memory.create.bind(memory)),
      patch: call('patch', memory.patch.bind(memory)),
      replace: call('replace', memory.replace.bind(memory)),
      patchStatus: call('patchStatus', async (kind, of, body, signal) => {
        const written = await memory.patchStatus(kind, of, body, signal);
        this.#statuses.push(written.status);
        return written;
      }),
    };
  }

  #dependencies(): Dependencies {
    const { token, url = this.simulator.url, podLog, timeoutMs = 20_000 } = this.#options;
    const calls = dataflowMetrics(this.#registry, { operations, outcomes }, () => []);
    const dataflow = new HttpDataflow({
      url,
      readTimeoutMs: timeoutMs,
      writeTimeoutMs: timeoutMs,
      ...(token === undefined ? {} : { token }),
      onRequest: ({ operation, outcome, ms }) => {
        calls.request({ server: 'default', operation, outcome }, ms);
        this.#log.debug('called SCDF', { operation, outcome, durationMs: ms });
      },
    });
    const server = connected(
      serverConfig(url, () => this.watchWorkloads),
      dataflow,
      clock,
    );
    const bug = (): Error | undefined => this.bug;
    return {
      pipelines: { get: () => this.#object, list: () => (this.#object === undefined ? [] : [this.#object]) },
      claims: new Claims(),
      kube: this.#kube,
      events: this.#recorder,
      podLogs: { tail: () => Promise.resolve(podLog) },
      servers: { get: (name) => (name === 'default' ? server : undefined), names: () => ['default'] },
      workloads: this.workloads,
      instance: 'cluster-1',
      get workerImage(): string {
        const broken = bug();
        if (broken !== undefined) throw broken;
        return 'barista/worker:1';
      },
      mayWrite: () => true,
      clock,
      log: this.#log,
    };
  }
}

function serverConfig(url: string, watches: () => boolean) {
  return {
    name: 'default',
    url,
    platform: 'default',
    namespace: undefined,
    get watchWorkloads() {
      return watches();
    },
    tokenFile: undefined,
    oauth2: undefined,
    caFile: undefined,
    concurrency: 32,
    deployConcurrency: 4,
    readTimeoutMs: 0,
    writeTimeoutMs: 0,
  };
}
