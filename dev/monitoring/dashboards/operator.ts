import { costOf } from './cost.ts';
import { perSecond, quantiles, sum, type Dashboard, type Panel } from './model.ts';

const buckets =
  (...by: readonly string[]) =>
  (counter: string): string =>
    sum(perSecond(counter), 'le', ...by);
/** Series that every controller has, of ours. */
const ours = '{controller="baristapipeline"}';
/** What every program has, of the operator's processes. */
const process = (series: string): string =>
  `${series} * on (job, instance) group_left (version) barista_build_info`;

const reconciling: readonly Panel[] = [
  {
    title: 'Reconciles',
    description: 'Turns by how they ended. Errors: barista_pipeline_ready and the log say of what.',
    kind: 'timeseries',
    unit: 'ops',
    stacked: true,
    queries: [
      { expr: sum(perSecond(`controller_runtime_reconcile_total${ours}`), 'result'), legend: '{{result}}' },
    ],
  },
  {
    title: 'Time of a reconcile',
    description: 'Nearly all of it is waiting for SCDF.',
    kind: 'timeseries',
    unit: 's',
    queries: quantiles([0.5, 0.99], buckets(), 'controller_runtime_reconcile_time_seconds'),
  },
  {
    title: 'Waiting for a turn',
    description: 'By priority: 0 is what somebody waits for, -100 the looks at what is settled.',
    kind: 'timeseries',
    unit: 'short',
    queries: [{ expr: sum(`workqueue_depth${ours}`, 'priority'), legend: 'priority {{priority}}' }],
  },
  {
    title: 'Time until a turn',
    description: 'p99 of what was taken; sweeps wait for what is urgent, and that is as it should be.',
    kind: 'timeseries',
    unit: 's',
    queries: quantiles([0.5, 0.99], buckets(), 'workqueue_queue_duration_seconds'),
  },
  {
    title: 'Turns at a time',
    description: 'At the upper line it is busy: more settings.concurrency, or a faster SCDF.',
    kind: 'timeseries',
    unit: 'short',
    queries: [
      { expr: sum(`controller_runtime_active_workers${ours}`), legend: 'busy' },
      { expr: `max(controller_runtime_max_concurrent_reconciles${ours})`, legend: 'at most' },
    ],
  },
  {
    title: 'Bugs',
    description:
      'Turns that threw, and turns over their deadline. Please report the first with the log line.',
    kind: 'timeseries',
    unit: 'ops',
    queries: [
      { expr: sum(perSecond(`controller_runtime_reconcile_panics_total${ours}`)), legend: 'threw' },
      {
        expr: sum(perSecond(`controller_runtime_reconcile_timeouts_total${ours}`)),
        legend: 'over the deadline',
      },
    ],
  },
];

const dataflow: readonly Panel[] = [
  {
    title: 'Calls to SCDF',
    description: 'By server and operation.',
    kind: 'timeseries',
    unit: 'ops',
    stacked: true,
    queries: [
      {
        expr: sum(perSecond('barista_dataflow_requests_total'), 'server', 'operation'),
        legend: '{{server}} {{operation}}',
      },
    ],
  },
  {
    title: 'Outcomes',
    description: 'What SCDF has answered, as the operator understands it.',
    kind: 'timeseries',
    unit: 'ops',
    stacked: true,
    queries: [
      {
        expr: sum(perSecond('barista_dataflow_requests_total'), 'server', 'outcome'),
        legend: '{{server}} {{outcome}}',
      },
    ],
  },
  {
    title: 'Time of a call',
    description: 'p99 by operation.',
    kind: 'timeseries',
    unit: 's',
    queries: [
      {
        expr: `histogram_quantile(0.99, ${buckets('operation')('barista_dataflow_request_duration_seconds_bucket')})`,
        legend: '{{operation}}',
      },
    ],
  },
  {
    title: 'Under way and waiting',
    description: 'Calls wait when a server has as many as its concurrency allows.',
    kind: 'timeseries',
    unit: 'short',
    queries: [
      { expr: sum('barista_dataflow_requests_in_flight', 'server'), legend: '{{server}} under way' },
      { expr: sum('barista_dataflow_requests_waiting', 'server'), legend: '{{server}} waiting' },
    ],
  },
  {
    title: 'Held back',
    description: 'Yes: the server fails as a whole, and is asked by one call now and then until it is back.',
    kind: 'timeseries',
    unit: 'bool_yes_no',
    queries: [{ expr: 'max by (server) (barista_dataflow_circuit_open)', legend: '{{server}}' }],
  },
];

const kubernetes: readonly Panel[] = [
  {
    title: 'Calls to the API server',
    description: 'By method and status. 429: it asks for patience, and gets it.',
    kind: 'timeseries',
    unit: 'ops',
    stacked: true,
    queries: [
      {
        expr: sum(process(perSecond('rest_client_requests_total')), 'method', 'code'),
        legend: '{{method}} {{code}}',
      },
    ],
  },
  {
    title: 'Watches',
    description: 'Events taken, by resource. None for long while things change: see how watches end.',
    kind: 'timeseries',
    unit: 'ops',
    queries: [{ expr: sum(perSecond('barista_reflector_events_total'), 'resource'), legend: '{{resource}}' }],
  },
  {
    title: 'Ends of watches',
    description:
      'They end after minutes by themselves. Many others: the API server or the way to it is in trouble.',
    kind: 'timeseries',
    unit: 'ops',
    queries: [
      { expr: sum(perSecond('barista_reflector_watches_ended_total'), 'end'), legend: '{{end}}' },
      { expr: sum(perSecond('barista_reflector_lists_total')), legend: 'listed anew' },
    ],
  },
  {
    title: 'Leader',
    description: 'Exactly one leads.',
    kind: 'timeseries',
    unit: 'bool_yes_no',
    queries: [
      { expr: `max by (instance) (${process('leader_election_master_status')})`, legend: '{{instance}}' },
    ],
  },
];

export const operator: Dashboard = {
  uid: 'barista-operator',
  title: 'Barista: the operator',
  description: 'How the operator works: turns, calls to SCDF and to the API server, and what it costs.',
  variables: [],
  rows: [
    { title: 'Reconciling', panels: reconciling },
    { title: 'SCDF', panels: dataflow },
    { title: 'Kubernetes', panels: kubernetes },
    { title: 'Cost', panels: costOf(process) },
  ],
};
