/** Puts the reconciler on the machine: what is watched, who takes turns, what is measured. The parts come from main.ts. */
import { PIPELINES } from './api/types.ts';
import type { OperatorConfig } from './config/config.ts';
import type { ServerConfig } from './config/servers.ts';
import type { Registry } from 'prom-client';
import { Circuit } from './dataflow/circuit.ts';
import { KubeClient } from './kube/client.ts';
import type { Connection } from './kube/connection.ts';
import { KubeEventRecorder } from './kube/events.ts';
import { FreshStore } from './kube/fresh.ts';
import { LeaderElector, type LeaderOptions } from './kube/lease.ts';
import { podLogs } from './kube/pod-logs.ts';
import type { ResourceKind } from './kube/port.ts';
import { Reflector } from './kube/reflector.ts';
import { RestClient } from './kube/rest.ts';
import { WORKLOAD_SELECTOR } from './observed/workload.ts';
import { WorkloadIndex } from './observed/workload-index.ts';
import { controllerMetrics, leaderMetrics, queueMetrics, restMetrics } from './ops/controller-metrics.ts';
import { OpsServer } from './ops/http.ts';
import { createRegistry, dataflowMetrics, pipelineMetrics, reflectorMetrics } from './ops/metrics.ts';
import { pipelineStates, stateOf } from './pipeline-state.ts';
import { Claims } from './reconcile/claims.ts';
import type { Dependencies } from './reconcile/dependencies.ts';
import { reconcile } from './reconcile/reconcile.ts';
import { Transitions } from './reconcile/transitions.ts';
import type { Clock } from './runtime/clock.ts';
import { Controller } from './runtime/controller.ts';
import type { Log } from './runtime/log.ts';
import type { Runnable } from './runtime/runnables.ts';
import { createSweep } from './runtime/sweep.ts';
import { WorkQueue } from './runtime/workqueue.ts';
import { connectServers, operations, outcomes } from './servers.ts';
import { keyOf, triggerOn } from './triggers.ts';

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
  /** Default: the elector's own. */
  readonly lease?: Pick<LeaderOptions, 'leaseMs' | 'renewWithinMs' | 'retryMs'>;
  /** Called when the leadership is lost: this process has to end, another one leads. */
  readonly onLost: () => void;
}

const CONTROLLER = 'baristapipeline';
const LEASE = 'barista-operator';
const deploymentKind: ResourceKind = { group: 'apps', version: 'v1', plural: 'deployments' };
const podKind: ResourceKind = { group: '', version: 'v1', plural: 'pods' };

/** The parts of the operator in the order in which they start. */
export function operator(parts: OperatorParts): Runnable[] {
  const { config, clock, random, log } = parts;
  const registry = createRegistry(parts.version);
  const ways = access(parts, registry);
  const watch = watches(parts, registry, ways.free);
  const queueHooks = queueMetrics(registry, CONTROLLER);
  const queue = new WorkQueue({ clock, random, metrics: queueHooks });
  queueHooks.observe(queue);
  const { dependencies, events } = reconciler(parts, registry, { ...ways, ...watch });
  triggerOn(watch, dependencies.claims, queue);
  const controller = new Controller({
    queue,
    workers: config.concurrency,
    clock,
    log,
    metrics: controllerMetrics(registry, CONTROLLER, config.concurrency),
    reconcile: (key, signal) => reconcile(key, dependencies, signal),
  });
  const sweep = createSweep({
    queue,
    keys: () => watch.pipelines.list().map(keyOf),
    clock,
    random,
    intervalMs: config.sweepMs,
  });
  const reflectors = [watch.workloads.deployments, watch.workloads.pods, watch.pipelines];
  const http = health(parts, registry, reflectors, controller);
  return [http, ...reflectors.map(awaitSync), events, ...leading(parts, ways.elector, controller, sweep)];
}

function health(
  { config, log }: OperatorParts,
  registry: Registry,
  reflectors: readonly Reflector[],
  controller: Controller,
): OpsServer {
  const hangs = () => (controller.overdueMs() > 60_000 ? 'a reconcile ignores its deadline' : undefined);
  // A copy that is complete is ready, also while the API server is away: nothing is gained by taking it from the service.
  const synced = (it: Reflector) => () => (it.synced ? undefined : it.problem());
  return new OpsServer({
    live: { reconciles: hangs },
    ready: Object.fromEntries(reflectors.map((it) => [it.name.replaceAll(' ', '-'), synced(it)])),
    registry,
    log,
    port: config.httpPort,
  });
}

/** What a reconcile works with, and its metrics. */
function reconciler(
  { config, servers, instance, clock, random, log }: OperatorParts,
  registry: Registry,
  { kube, logs, mayWrite, pipelines, workloads }: ReturnType<typeof access> & ReturnType<typeof watches>,
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
  const calls = dataflowMetrics(registry, { servers: servers.map(({ name }) => name), operations, outcomes });
  pipelines.onChange((before, after) => {
    if (before !== undefined && after === undefined) transitions.forget(keyOf(before));
  });
  const fresh = new FreshStore(pipelines);
  const dependencies: Dependencies = {
    pipelines: fresh,
    claims: new Claims(),
    kube: fresh.through(kube),
    events,
    podLogs: logs,
    servers: connectServers(servers, (server) => ({
      mayWrite,
      onRequest: ({ operation, outcome, ms }) => {
        calls.request({ server, operation, outcome }, ms);
        log.debug('called SCDF', { server, operation, outcome, ms: Math.round(ms) });
      },
      circuit: new Circuit({
        clock,
        random,
        onChange: (isOpen) => {
          calls.circuit(server, isOpen);
          if (isOpen) log.warn('an SCDF server fails as a whole: its pipelines wait', { server });
          else log.info('an SCDF server is back', { server });
        },
      }),
    })),
    workloads: workloads.index,
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
        lease: { namespace: config.namespace, name: LEASE },
        identity: `${config.podName}_${random().toString(36).slice(2, 10)}`,
        clock,
        random,
        log,
        metrics: leaderMetrics(registry, LEASE),
      })
    : undefined;
  const mayWrite = () => elector?.mayWrite() ?? true;
  const kube = new KubeClient(new RestClient({ connection, clock, userAgent, metrics, mayWrite }), clock);
  return { elector, mayWrite, kube, free, logs: podLogs(freeRest) };
}

function watches({ config, clock, random, log }: OperatorParts, registry: Registry, source: KubeClient) {
  const metrics = reflectorMetrics(registry, ['baristapipelines', 'deployments', 'pods']);
  const namespace = config.watchNamespace;
  const reflector = (
    kind: ResourceKind,
    resource: keyof typeof metrics,
    scope: { namespace?: string; labelSelector?: string },
  ) => new Reflector({ source, scope: { kind, ...scope }, clock, random, log, metrics: metrics[resource] });
  const pipelines = reflector(PIPELINES, 'baristapipelines', namespace === undefined ? {} : { namespace });
  const deployments = reflector(deploymentKind, 'deployments', { labelSelector: WORKLOAD_SELECTOR });
  const pods = reflector(podKind, 'pods', { labelSelector: WORKLOAD_SELECTOR });
  return { pipelines, workloads: { deployments, pods, index: new WorkloadIndex() } };
}

/** What comes after a watch needs its copy to be complete. */
function awaitSync(reflector: Reflector): Runnable {
  return {
    name: reflector.name,
    start: async () => {
      reflector.start();
      await reflector.whenSynced();
    },
    stop: () => reflector.stop(),
  };
}

/** Those who stand by have full caches and do nothing; the leader works the queue. */
function leading(
  { onLost }: OperatorParts,
  elector: LeaderElector | undefined,
  controller: Controller,
  sweep: Runnable,
): Runnable[] {
  const work: Runnable = {
    name: 'controller',
    start: () => {
      if (elector === undefined) controller.start();
    },
    stop: () => controller.stop(),
  };
  if (elector === undefined) return [sweep, work];
  let stopping = false;
  elector.onElected(({ lost }) => {
    controller.start();
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
  return [election, sweep, work];
}
