/**
 * The metrics that every controller has, under the names and with the labels and buckets of Go's controller-runtime and
 * client-go, so that dashboards and alerts made for those work.
 */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { LeaderMetrics } from '../kube/lease.ts';
import type { RestMetrics } from '../kube/rest.ts';
import type { ControllerMetrics, ReconcileResult } from '../runtime/controller.ts';
import { lowPriority, normalPriority, type WorkQueue, type WorkQueueMetrics } from '../runtime/workqueue.ts';

const reconcileSeconds = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5,
  1.75, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
];
/** 10 ns to 1,000 s, a power of ten each. */
const queueSeconds = Array.from({ length: 12 }, (_, power) => Number(`1e${power - 8}`));
const requestSeconds = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];

/** @param workers How many reconciles may run at a time. */
export function controllerMetrics(
  registry: Registry,
  controller: string,
  workers: number,
): ControllerMetrics {
  const own = { controller };
  const result = reconcileResults(registry, controller);
  const count = (what: string, help: string): (() => void) => {
    const name = `controller_runtime_${what}_total`;
    const made = new Counter({ name, help, labelNames: ['controller'], registers: [registry] });
    made.inc(own, 0);
    return () => made.inc(own);
  };
  const gauge = (what: string, help: string, value: number): Gauge<'controller'> => {
    const name = `controller_runtime_${what}`;
    const made = new Gauge({ name, help, labelNames: ['controller'], registers: [registry] });
    made.set(own, value);
    return made;
  };
  const failed = count('reconcile_errors', 'Total number of reconciliation errors per controller');
  const terminalError = count(
    'terminal_reconcile_errors',
    'Total number of terminal reconciliation errors per controller',
  );
  const panic = count('reconcile_panics', 'Total number of reconciliation panics per controller');
  const timeout = count('reconcile_timeouts', 'Total number of reconciliation timeouts per controller');
  gauge('max_concurrent_reconciles', 'Maximum number of concurrent reconciles per controller', workers);
  const active = gauge('active_workers', 'Number of currently used workers per controller', 0);
  return {
    active: (change) => active.inc(own, change),
    finished: (of, ms) => {
      result(of, ms);
      if (of === 'error') failed();
    },
    terminalError,
    panic,
    timeout,
  };
}

function reconcileResults(
  registry: Registry,
  controller: string,
): (result: ReconcileResult, ms: number) => void {
  const total = new Counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Total number of reconciliations per controller',
    labelNames: ['controller', 'result'],
    registers: [registry],
  });
  for (const result of ['success', 'error', 'requeue', 'requeue_after']) total.inc({ controller, result }, 0);
  const seconds = new Histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'Length of time per reconciliation per controller',
    labelNames: ['controller'],
    buckets: reconcileSeconds,
    registers: [registry],
  });
  seconds.zero({ controller });
  return (result, ms) => {
    total.inc({ controller, result });
    seconds.observe({ controller }, ms / 1000);
  };
}

/** What a queue tells, and `observe` for what is asked of it at each scrape. */
export interface QueueMetrics extends WorkQueueMetrics {
  observe(queue: WorkQueue): void;
}

export function queueMetrics(registry: Registry, controller: string): QueueMetrics {
  const registers = [registry];
  const labels = { name: controller, controller };
  const labelNames = ['name', 'controller'] as const;
  const adds = new Counter({
    name: 'workqueue_adds_total',
    help: 'Total number of adds handled by workqueue',
    labelNames,
    registers,
  });
  const retries = new Counter({
    name: 'workqueue_retries_total',
    help: 'Total number of retries handled by workqueue',
    labelNames,
    registers,
  });
  const histogram = (name: string, help: string): Histogram<'name' | 'controller'> => {
    const made = new Histogram({ name, help, labelNames, buckets: queueSeconds, registers });
    made.zero(labels);
    return made;
  };
  const waited = histogram(
    'workqueue_queue_duration_seconds',
    'How long in seconds an item stays in workqueue before being requested',
  );
  const worked = histogram(
    'workqueue_work_duration_seconds',
    'How long in seconds processing an item from workqueue takes.',
  );
  adds.inc(labels, 0);
  retries.inc(labels, 0);
  return {
    added: () => adds.inc(labels),
    taken: (ms) => waited.observe(labels, ms / 1000),
    finished: (ms) => worked.observe(labels, ms / 1000),
    retried: () => retries.inc(labels),
    observe: (queue) => observeQueue(registry, labels, queue),
  };
}

function observeQueue(
  registry: Registry,
  labels: { name: string; controller: string },
  queue: WorkQueue,
): void {
  const registers = [registry];
  new Gauge({
    name: 'workqueue_depth',
    help: 'Current depth of workqueue by workqueue and priority',
    labelNames: ['name', 'controller', 'priority'],
    registers,
    collect() {
      this.reset();
      const depth = queue.depth();
      for (const priority of new Set([normalPriority, lowPriority, ...depth.keys()])) {
        this.set({ ...labels, priority: String(priority) }, depth.get(priority) ?? 0);
      }
    },
  });
  const running = (name: string, help: string, read: (ms: readonly number[]) => number): void => {
    new Gauge({
      name,
      help,
      labelNames: ['name', 'controller'],
      registers,
      collect() {
        this.set(labels, read(queue.running()) / 1000);
      },
    });
  };
  running(
    'workqueue_unfinished_work_seconds',
    'How many seconds of work has been done that is in progress and has not been observed by work_duration.',
    (ms) => ms.reduce((sum, one) => sum + one, 0),
  );
  running(
    'workqueue_longest_running_processor_seconds',
    'How many seconds has the longest running processor for workqueue been running.',
    (ms) => Math.max(0, ...ms),
  );
}

export function restMetrics(registry: Registry): RestMetrics {
  const registers = [registry];
  const requests = new Counter({
    name: 'rest_client_requests_total',
    help: 'Number of HTTP requests, partitioned by status code, method, and host.',
    labelNames: ['code', 'method', 'host'],
    registers,
  });
  const seconds = new Histogram({
    name: 'rest_client_request_duration_seconds',
    help: 'Request latency in seconds, up to the headers of the answer. Broken down by verb, and host.',
    labelNames: ['verb', 'host'],
    buckets: requestSeconds,
    registers,
  });
  const retries = new Counter({
    name: 'rest_client_request_retries_total',
    help: 'Number of request retries, partitioned by status code, verb, and host.',
    labelNames: ['code', 'verb', 'host'],
    registers,
  });
  return {
    answered: ({ method, code, host }, ms) => {
      requests.inc({ code, method, host });
      seconds.observe({ verb: method, host }, ms / 1000);
    },
    retried: ({ method, host }) => retries.inc({ code: '<error>', verb: method, host }),
  };
}

export function leaderMetrics(registry: Registry, lease: string): LeaderMetrics {
  const status = new Gauge({
    name: 'leader_election_master_status',
    help: 'Gauge of if the reporting system is master of the relevant lease, 0 indicates backup, 1 indicates master.',
    labelNames: ['name'],
    registers: [registry],
  });
  const slow = new Counter({
    name: 'leader_election_slowpath_total',
    help: 'Total number of slow path exercised in renewing leader leases.',
    labelNames: ['name'],
    registers: [registry],
  });
  status.set({ name: lease }, 0);
  slow.inc({ name: lease }, 0);
  return {
    leading: (isLeader) => status.set({ name: lease }, isLeader ? 1 : 0),
    slowPath: () => slow.inc({ name: lease }),
  };
}
