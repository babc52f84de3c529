/** Puts the reconciler on the machine: what is watched, who takes turns, what is measured. The parts come from main.ts. */
import { PIPELINES } from './api/types.ts';
import type { OperatorConfig } from './config/config.ts';
import type { ServerConfig } from './config/servers.ts';
import { workloadNamespaces } from './config/workload-namespaces.ts';
import type { Registry } from 'prom-client';
import { readCredentials } from './credentials.ts';
import { KubeAccessReviews } from './kube/access-reviews.ts';
import { KubeClient } from './kube/client.ts';
import type { Connection } from './kube/connection.ts';
import { KubeEventRecorder } from './kube/events.ts';
import { FreshStore } from './kube/fresh.ts';
import { LeaderElector, type LeaderOptions } from './kube/lease.ts';
import { podLogs } from './kube/pod-logs.ts';
import type { Scope } from './kube/list-watch.ts';
import type { ResourceKind } from './kube/port.ts';
import { ReflectorGroup } from './kube/reflector-group.ts';
import { Reflector } from './kube/reflector.ts';
import { RestClient } from './kube/rest.ts';
import { keepAlike } from './observed/alike.ts';
import { keepDeployment, keepPipeline, keepPod } from './observed/keep.ts';
import { Pool } from './observed/pool.ts';
import { WORKLOAD_SELECTOR } from './observed/workload.ts';
import { WorkloadIndex } from './observed/workload-index.ts';
import { controllerMetrics, leaderMetrics, queueMetrics, restMetrics } from './ops/controller-metrics.ts';
import { credentialMetrics } from './ops/credential-metrics.ts';
import { OpsServer } from './ops/http.ts';
import { RotatingKeyPair } from './ops/key-pair.ts';
import { MetricsGuard } from './ops/metrics-guard.ts';
import {
  configMetrics,
  createRegistry,
  dataflowMetrics,
  pipelineMetrics,
  reflectorMetrics,
} from './ops/metrics.ts';
import { pipelineStates, stateOf } from './pipeline-state.ts';
import { Claims } from './reconcile/claims.ts';
import type { Dependencies } from './reconcile/dependencies.ts';
import { reconcile } from './reconcile/reconcile.ts';
import { workloadOf } from './reconcile/workloads.ts';
import { Transitions } from './reconcile/transitions.ts';
import type { Clock } from './runtime/clock.ts';
import { Controller } from './runtime/controller.ts';
import { IdleCollection, type Heap } from './runtime/idle-collection.ts';
import type { Log } from './runtime/log.ts';
import type { Runnable } from './runtime/runnables.ts';
import { Sweep } from './runtime/sweep.ts';
import { WorkQueue } from './runtime/workqueue.ts';
import { operations, outcomes, Servers } from './servers.ts';
import { ServersFile } from './servers-file.ts';
import { keyOf, Triggers } from './triggers.ts';

export interface OperatorParts {
  readonly config: OperatorConfig;
  readonly servers: readonly ServerConfig[];
  readonly connection: Connection;
  /** Names this operator in stream descriptions. */
  readonly instance: string;
  readonly version: string;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly log: Log;
  /** Default: V8 collects when it wants to. */
  readonly heap?: Heap | undefined;
  /** Where the metrics are; default: one of its own. */
  readonly registry?: Registry;
  /** Default: the elector's own. */
  readonly lease?: Pick<LeaderOptions, 'leaseMs' | 'renewWithinMs' | 'retryMs'>;
  /** Called when the leadership is lost: this process has to end, another one leads. */
  readonly onLost: () => void;
}

const CONTROLLER = 'baristapipeline';
const deploymentKind: ResourceKind = { group: 'apps', version: 'v1', plural: 'deployments' };
const podKind: ResourceKind = { group: '', version: 'v1', plural: 'pods' };

/** The parts of the operator in the order in which they start. */
export function operator(parts: OperatorParts): Runnable[] {
  const { config, clock, random, log } = parts;
  const registry = parts.registry ?? createRegistry(parts.version);
  const ways = access(parts, registry);
  const watch = watches(parts, registry, ways.free);
  const servers = connectServers(parts, registry, ways.mayWrite);
  const { dependencies, events } = reconciler(parts, registry, { ...ways, ...watch, servers });
  const { claims } = dependencies;
  const queueHooks = queueMetrics(registry, CONTROLLER);
  const lanes = {
    places: config.concurrency,
    laneOf: (key: string) => claims.serverOf(key) ?? '',
    names: servers.names.bind(servers),
  };
  const queue = new WorkQueue({ clock, random, metrics: queueHooks, lanes });
  queueHooks.observe(queue);
  const triggers = new Triggers({
    watches: watch,
    claims,
    queue,
    workloadsOf: ({ spec }) => workloadOf(servers.get(spec.dataflow.server), dependencies),
  });
  const serversFile = new ServersFile({
    path: config.serversFile,
    clock,
    log,
    metrics: configMetrics(registry, clock),
    take: servers.take.bind(servers),
    onChange: triggers.serversChanged.bind(triggers),
  });
  const controller = new Controller({
    queue,
    workers: config.concurrency,
    clock,
    log,
    keyField: 'pipeline',
    metrics: controllerMetrics(registry, CONTROLLER, config.concurrency),
    reconcile: (key, signal) => reconcile(key, dependencies, signal),
  });
  const sweep = new Sweep({
    queue,
    lanes: () => claims.byServer(),
    clock,
    random,
    intervalMs: config.sweepMs,
    leastGapMs: 1000 / config.sweepRate,
  });
  const { pipelines, workloads } = watch;
  const reflectors = [...(workloads === undefined ? [] : [workloads.deployments, workloads.pods]), pipelines];
  const http = health(parts, registry, { reflectors, controller, reviews: ways.reviews });
  const lead = leading(parts, ways.elector, { events, controller, sweep, triggers });
  const tidy = parts.heap === undefined ? [] : [new IdleCollection({ heap: parts.heap, clock, log })];
  // What comes after a watch needs its copy to be complete.
  return [http, serversFile, ...tidy, ...reflectors, ...lead];
}

function health(
  { config, clock, log }: OperatorParts,
  registry: Registry,
  {
    reflectors,
    controller,
    reviews,
  }: {
    readonly reflectors: readonly ReflectorGroup[];
    readonly controller: Controller;
    readonly reviews: KubeAccessReviews;
  },
): OpsServer {
  const hangs = () => (controller.overdueMs() > 60_000 ? 'a reconcile ignores its deadline' : undefined);
  // A copy that is complete is ready, also while the API server is away: nothing is gained by taking it from the service.
  const synced = (it: ReflectorGroup) => () => (it.synced ? undefined : it.problem());
  const { metricsAuth, httpKeyPair } = config;
  const guard = metricsAuth === 'kubernetes' ? new MetricsGuard({ reviews, clock, log }) : undefined;
  return new OpsServer({
    guard: guard?.refusal.bind(guard),
    keyPair: httpKeyPair === undefined ? undefined : new RotatingKeyPair({ ...httpKeyPair, clock, log }),
    live: { reconciles: hangs },
    ready: Object.fromEntries(reflectors.map((it) => [it.name.replaceAll(' ', '-'), synced(it)])),
    registry,
    log,
    port: config.httpPort,
  });
}

function connectServers(
  { servers: configs, clock, random, log }: OperatorParts,
  registry: Registry,
  mayWrite: () => boolean,
): Servers {
  const calls = dataflowMetrics(registry, { operations, outcomes }, () => servers.load());
  const servers: Servers = new Servers(configs, {
    clock,
    random,
    mayWrite,
    onRequest: (server, { operation, outcome, ms }) => {
      calls.request({ server, operation, outcome }, ms);
      log.debug('called SCDF', { server, operation, outcome, durationMs: Math.round(ms) });
    },
    onCircuit: (server, isOpen) => {
      calls.circuit(server, isOpen);
      if (isOpen) log.warn('an SCDF server fails as a whole: its pipelines wait', { server });
      else log.info('an SCDF server is back', { server });
    },
    onConnected: (server) => calls.connected(server),
    onGone: (server) => calls.gone(server),
  });
  credentialMetrics(registry, () => readCredentials(servers.configs(), clock));
  return servers;
}

/** What a reconcile works with, and its metrics. */
function reconciler(
  { config, instance, clock, random, log }: OperatorParts,
  registry: Registry,
  {
    kube,
    logs,
    mayWrite,
    pipelines,
    workloads,
    servers,
  }: ReturnType<typeof access> & ReturnType<typeof watches> & { servers: Servers },
): { dependencies: Dependencies; events: KubeEventRecorder } {
  const events = new KubeEventRecorder({
    api: kube,
    clock,
    random,
    log,
    controller: 'barista.dev/operator',
    instance: config.podName,
  });
  const transitions = new Transitions(
    pipelineMetrics(registry, pipelineStates, () => pipelines.list().map(stateOf)),
  );
  pipelines.onChange((before, after) => {
    if (before !== undefined && after === undefined) transitions.forget(keyOf(before));
  });
  const fresh = new FreshStore(pipelines, keepPipeline);
  pipelines.onChange((before, after) => fresh.caughtUp(before, after));
  const dependencies: Dependencies = {
    pipelines: fresh,
    claims: new Claims(),
    kube: fresh.through(kube),
    events,
    podLogs: workloads === undefined ? undefined : logs,
    servers,
    workloads: workloads?.index,
    instance,
    workerImage: config.workerImage,
    mayWrite,
    clock,
    log,
    onStatus: transitions.changed.bind(transitions),
  };
  return { dependencies, events };
}

/** Two ways to the API server over one pool of connections: writes that only a leader may make, and the rest. */
function access(
  { config, connection, clock, random, log, version, lease }: OperatorParts,
  registry: Registry,
) {
  const metrics = restMetrics(registry);
  const userAgent = `barista-operator/${version}`;
  const freeRest = new RestClient({ connection, clock, userAgent, metrics });
  const free = new KubeClient(freeRest, clock);
  const elector = config.leaderElection
    ? new LeaderElector({
        ...lease,
        api: free,
        lease: { namespace: config.namespace, name: config.leaseName },
        identity: `${config.podName}_${random().toString(36).slice(2, 10)}`,
        clock,
        random,
        log,
        metrics: leaderMetrics(registry, config.leaseName),
      })
    : undefined;
  const mayWrite = () => elector?.mayWrite() ?? true;
  const kube = new KubeClient(new RestClient({ connection, clock, userAgent, metrics, mayWrite }), clock);
  // Prometheus waits for 10 s, by default.
  const reviews = new KubeAccessReviews(
    new RestClient({ connection, clock, userAgent, metrics, timeoutMs: 8_000 }),
  );
  return { elector, mayWrite, kube, free, logs: podLogs(freeRest), reviews };
}

function watches(
  { config, servers, clock, random, log }: OperatorParts,
  registry: Registry,
  source: KubeClient,
) {
  const metrics = reflectorMetrics(registry, ['baristapipelines', 'deployments', 'pods']);
  const keeps = {
    baristapipelines: keepAlike(new Pool()),
    deployments: keepDeployment,
    pods: keepPod,
  };
  const reflectors = (
    kind: ResourceKind,
    resource: keyof typeof metrics,
    scope: Omit<Scope, 'kind' | 'namespace'>,
    namespaces: readonly string[] | undefined,
  ): ReflectorGroup => {
    const keep = keeps[resource];
    const reflector = (more: { readonly namespace?: string }) => {
      const options = { source, clock, random, log, keep, metrics: metrics[resource]() };
      return new Reflector({ ...options, scope: { kind, ...scope, ...more } });
    };
    const [first, ...more] = namespaces ?? [];
    if (first === undefined) return new ReflectorGroup([reflector({})]);
    return new ReflectorGroup([
      reflector({ namespace: first }),
      ...more.map((namespace) => reflector({ namespace })),
    ]);
  };
  const mine = config.selector === undefined ? {} : { labelSelector: config.selector };
  const pipelines = reflectors(PIPELINES, 'baristapipelines', mine, config.watchNamespaces);
  const where = workloadNamespaces(servers, config.watchNamespaces);
  if (where?.length === 0) return { pipelines, workloads: undefined };
  const theirs = { labelSelector: WORKLOAD_SELECTOR };
  const deployments = reflectors(deploymentKind, 'deployments', theirs, where);
  const pods = reflectors(podKind, 'pods', theirs, where);
  return { pipelines, workloads: { deployments, pods, index: new WorkloadIndex(where) } };
}

/** Those who stand by have full caches and do nothing; the leader works the queue. */
function leading(
  { onLost }: OperatorParts,
  elector: LeaderElector | undefined,
  work: { events: KubeEventRecorder; controller: Controller; sweep: Sweep; triggers: Triggers },
): Runnable[] {
  const { events, controller, sweep, triggers } = work;
  const begin = (): void => {
    triggers.open();
    sweep.start();
    controller.start();
  };
  const worker: Runnable = {
    name: 'controller',
    start: () => {
      if (elector === undefined) begin();
    },
    stop: () => {
      sweep.stop();
      return controller.stop();
    },
  };
  if (elector === undefined) return [events, worker];
  let stopping = false;
  elector.onElected(({ lost }) => {
    begin();
    lost.addEventListener('abort', () => {
      controller.abort('the leadership is lost');
      if (!stopping) onLost();
    });
  });
  const election: Runnable = {
    name: elector.name,
    start: () => elector.start(),
    stop: () => {
      stopping = true;
      return elector.stop();
    },
  };
  // They stop in the reverse order: the last events are written while this process still leads.
  return [election, events, worker];
}
