/** The metrics of this operator beside those that every controller has. No global registry: each has its own. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ReflectorMetrics } from '../kube/reflector.ts';
import type { Clock } from '../runtime/clock.ts';

/** One pipeline as the metrics see it. */
export interface PipelineState {
  readonly namespace: string;
  readonly name: string;
  readonly ready: boolean;
  /** Why it is not Ready, in the condition's own word. */
  readonly reason: string;
  /** One of the states that `pipelineMetrics` was given. */
  readonly state: string;
}

export interface PipelineMetrics {
  /** From the creation of a pipeline, or the change of its spec, to Ready. */
  timeToReady(seconds: number): void;
  /** From when a stream was found to be other than it should be to when it is right again. */
  drift(seconds: number): void;
}

/** The calls to one server at the moment. */
export interface DataflowLoad {
  readonly server: string;
  readonly inFlight: number;
  readonly waiting: number;
}

export interface DataflowMetrics<Operation extends string, Result extends string> {
  /** A server is there, or there anew: all that is told of it shows from the start. */
  connected(server: string): void;
  /** A server is gone, and so is all that was told of it. */
  gone(server: string): void;
  /** One call that was answered, or not. */
  request(
    call: { readonly server: string; readonly operation: Operation; readonly outcome: Result },
    ms: number,
  ): void;
  circuit(server: string, isOpen: boolean): void;
}

export interface ConfigMetrics {
  /** Whether the servers file could be taken up, whenever it was read. */
  reloaded(successful: boolean): void;
}

/** @param processMetrics Also those of the process and of Node; a test leaves them out. */
export function createRegistry(version: string, processMetrics = true): Registry {
  const registry = new Registry();
  // Its timer for the event loop's delay goes off each 10 ms by default, which is most of what an idle process does.
  if (processMetrics) collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 100 });
  const build = new Gauge({
    name: 'barista_build_info',
    help: 'Always 1; the version of the operator is in the label',
    labelNames: ['version'],
    registers: [registry],
  });
  build.set({ version }, 1);
  return registry;
}

/**
 * @param states All states there are: each shows, also with no pipeline in it.
 * @param pipelines Asked at each scrape.
 */
export function pipelineMetrics(
  registry: Registry,
  states: readonly string[],
  pipelines: () => Iterable<PipelineState>,
): PipelineMetrics {
  const registers = [registry];
  new Gauge({
    name: 'barista_pipelines',
    help: 'Number of pipelines by state',
    labelNames: ['state'],
    registers,
    collect() {
      const counts = new Map(states.map((state) => [state, 0]));
      for (const { state } of pipelines()) counts.set(state, (counts.get(state) ?? 0) + 1);
      for (const [state, count] of counts) this.set({ state }, count);
    },
  });
  new Gauge({
    name: 'barista_pipeline_ready',
    help: '1 when the pipeline is Ready, otherwise 0',
    labelNames: ['namespace', 'name'],
    registers,
    collect() {
      // A pipeline that is gone must not stay as ready.
      this.reset();
      for (const { namespace, name, ready } of pipelines()) this.set({ namespace, name }, ready ? 1 : 0);
    },
  });
  new Gauge({
    name: 'barista_pipeline_not_ready_reason',
    help: '1 for a pipeline that is not Ready, with the reason of its condition',
    labelNames: ['namespace', 'name', 'reason'],
    registers,
    collect() {
      this.reset();
      for (const { namespace, name, ready, reason } of pipelines())
        if (!ready) this.set({ namespace, name, reason }, 1);
    },
  });
  const timeToReady = new Histogram({
    name: 'barista_pipeline_time_to_ready_seconds',
    help: 'From the creation of a pipeline, or the change of its spec, to Ready',
    buckets: [1, 2.5, 5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1200],
    registers,
  });
  const drift = new Histogram({
    name: 'barista_pipeline_drift_seconds',
    help: 'From when a stream was found to be other than it should be to when it is right again',
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600],
    registers,
  });
  return {
    timeToReady: (seconds) => timeToReady.observe(seconds),
    drift: (seconds) => drift.observe(seconds),
  };
}

/** All values that the labels of calls to SCDF may have. */
export interface DataflowLabels<Operation extends string, Result extends string> {
  readonly operations: readonly Operation[];
  readonly outcomes: readonly Result[];
}

/** @param load Asked at each scrape. */
export function dataflowMetrics<Operation extends string, Result extends string>(
  registry: Registry,
  { operations, outcomes }: DataflowLabels<Operation, Result>,
  load: () => Iterable<DataflowLoad>,
): DataflowMetrics<Operation, Result> {
  const registers = [registry];
  const requests = new Counter({
    name: 'barista_dataflow_requests_total',
    help: 'Number of requests to SCDF servers by operation and outcome',
    labelNames: ['server', 'operation', 'outcome'],
    registers,
  });
  const seconds = new Histogram({
    name: 'barista_dataflow_request_duration_seconds',
    help: 'Latency of requests to SCDF servers by operation',
    labelNames: ['server', 'operation'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  });
  const circuits = new Gauge({
    name: 'barista_dataflow_circuit_open',
    help: '1 while calls to the SCDF server are held back because it fails as a whole, otherwise 0',
    labelNames: ['server'],
    registers,
  });
  observeLoad(registry, load);
  return {
    connected: (server) => {
      circuits.set({ server }, 0);
      for (const operation of operations) {
        seconds.zero({ server, operation });
        for (const outcome of outcomes) requests.inc({ server, operation, outcome }, 0);
      }
    },
    gone: (server) => {
      circuits.remove({ server });
      for (const operation of operations) {
        seconds.remove({ server, operation });
        for (const outcome of outcomes) requests.remove({ server, operation, outcome });
      }
    },
    request: ({ server, operation, outcome }, ms) => {
      requests.inc({ server, operation, outcome });
      seconds.observe({ server, operation }, ms / 1000);
    },
    circuit: (server, isOpen) => circuits.set({ server }, isOpen ? 1 : 0),
  };
}

function observeLoad(registry: Registry, load: () => Iterable<DataflowLoad>): void {
  const gauge = (name: string, help: string, read: (load: DataflowLoad) => number): void => {
    new Gauge({
      name,
      help,
      labelNames: ['server'],
      registers: [registry],
      collect() {
        // A server that is gone has no load.
        this.reset();
        for (const it of load()) this.set({ server: it.server }, read(it));
      },
    });
  };
  gauge(
    'barista_dataflow_requests_in_flight',
    'Number of requests to the SCDF server that are under way',
    (it) => it.inFlight,
  );
  gauge(
    'barista_dataflow_requests_waiting',
    'Number of requests that wait until fewer are under way to the SCDF server',
    (it) => it.waiting,
  );
}

/** The names are those of Prometheus' own configuration, so that rules made for it serve. */
export function configMetrics(registry: Registry, clock: Pick<Clock, 'now'>): ConfigMetrics {
  const registers = [registry];
  const successful = new Gauge({
    name: 'barista_config_last_reload_successful',
    help: '1 when the servers file of the moment is in force, 0 when it could not be taken up and a former one is',
    registers,
  });
  const timestamp = new Gauge({
    name: 'barista_config_last_reload_success_timestamp_seconds',
    help: 'When the servers file that is in force was taken up',
    registers,
  });
  const reloaded = (isSuccessful: boolean): void => {
    successful.set(isSuccessful ? 1 : 0);
    if (isSuccessful) timestamp.set(clock.now() / 1000);
  };
  reloaded(true);
  return { reloaded };
}

/** Hooks for the reflectors of each of these resources: each reflector takes its own. */
export function reflectorMetrics<Resource extends string>(
  registry: Registry,
  resources: readonly Resource[],
): Readonly<Record<Resource, () => ReflectorMetrics>> {
  const made = makeReflectorMetrics(registry);
  return Object.fromEntries(resources.map((resource) => [resource, made(resource)])) as Record<
    Resource,
    () => ReflectorMetrics
  >;
}

const watchEnds = ['closed', 'gone', 'failed', 'garbage'] as const;
const eventKinds = ['changed', 'deleted', 'bookmark'] as const;

function makeReflectorMetrics(registry: Registry): (resource: string) => () => ReflectorMetrics {
  const registers = [registry];
  const counter = <Label extends string>(
    name: string,
    help: string,
    ...labels: Label[]
  ): Counter<Label | 'resource'> =>
    new Counter({ name, help, labelNames: ['resource', ...labels], registers });
  const lists = counter('barista_reflector_lists_total', 'Number of complete lists');
  const ends = counter('barista_reflector_watches_ended_total', 'Number of watches by how they ended', 'end');
  const events = counter(
    'barista_reflector_events_total',
    'Number of events that were taken, by kind',
    'kind',
  );
  const refused = counter(
    'barista_reflector_refused_total',
    'Number of events and lists that were refused because they were older than what was seen',
    'what',
  );
  const objects = new Gauge({
    name: 'barista_reflector_listed_objects',
    help: 'Number of objects in the last complete list, in all namespaces that are watched together',
    labelNames: ['resource'],
    registers,
  });
  /** Several reflectors add up to one number. */
  const countOf = (resource: string): ReflectorMetrics['listed'] => {
    let last = 0;
    return (count) => {
      lists.inc({ resource });
      objects.inc({ resource }, count - last);
      last = count;
    };
  };
  return (resource) => {
    lists.inc({ resource }, 0);
    for (const end of watchEnds) ends.inc({ resource, end }, 0);
    for (const kind of eventKinds) events.inc({ resource, kind }, 0);
    for (const what of ['event', 'list']) refused.inc({ resource, what }, 0);
    const hooks = (): ReflectorMetrics => ({
      listed: countOf(resource),
      watchStarted: () => undefined,
      watchEnded: (end) => ends.inc({ resource, end }),
      event: (kind) => events.inc({ resource, kind }),
      refused: (what) => refused.inc({ resource, what }),
    });
    return hooks;
  };
}
