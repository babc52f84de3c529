import { perSecond, quantiles, sum, type Dashboard, type Panel } from './model.ts';

/** A worker's series with the stream that it belongs to, which only its info knows. */
const ofStream = (series: string): string =>
  `${series} * on (job, instance) group_left (stream) barista_info`;

/** Those who stand by have filled caches and know all pipelines, too: what the leader says counts. */
const ofLeader = (series: string): string =>
  `${series} * on (job, instance) group_left () (leader_election_master_status == 1)`;

const numbers: readonly Panel[] = [
  {
    title: 'Pipelines',
    description: 'All that the operator looks after.',
    kind: 'stat',
    unit: 'short',
    queries: [{ expr: sum(ofLeader('barista_pipelines')), legend: 'pipelines' }],
  },
  {
    title: 'Not ready',
    description: 'kubectl get baristapipelines -A says which, and why.',
    kind: 'stat',
    unit: 'short',
    queries: [
      { expr: `count(${ofLeader('(barista_pipeline_ready == 0)')}) or vector(0)`, legend: 'not ready' },
    ],
  },
  {
    title: 'Drinks',
    description: 'Acknowledged by all in-sync replicas.',
    kind: 'stat',
    unit: 'ops',
    queries: [{ expr: sum(perSecond('barista_drinks_served_total')), legend: 'drinks' }],
  },
  {
    title: 'Orders waiting',
    description: 'In all partitions of all pipelines.',
    kind: 'stat',
    unit: 'short',
    queries: [{ expr: sum('kafka_consumer_records_lag'), legend: 'orders' }],
  },
  {
    title: 'Bad orders in an hour',
    description:
      'Dead letters and what was skipped. A rising number is a customer who writes something else.',
    kind: 'stat',
    unit: 'short',
    queries: [{ expr: sum('increase(barista_bad_orders_total[1h])'), legend: 'orders' }],
  },
  {
    title: 'SCDF servers held back',
    description: 'Servers that fail as a whole: their pipelines are not looked after until they are back.',
    kind: 'stat',
    unit: 'short',
    queries: [{ expr: sum('barista_dataflow_circuit_open'), legend: 'servers' }],
  },
];

const pipelines: readonly Panel[] = [
  {
    title: 'By state',
    description: 'Stalled ones wait for a person; the others that are not ready go on by themselves.',
    kind: 'timeseries',
    unit: 'short',
    stacked: true,
    queries: [{ expr: sum(ofLeader('barista_pipelines'), 'state'), legend: '{{state}}' }],
  },
  {
    title: 'Time to Ready',
    description: 'From apply to Ready. Most of it is SCDF starting apps and Kubernetes pulling images.',
    kind: 'timeseries',
    unit: 's',
    queries: quantiles(
      [0.5, 0.95],
      (buckets) => sum(`increase(${buckets}[$__range])`, 'le'),
      'barista_pipeline_time_to_ready_seconds',
    ),
  },
  {
    title: 'Repaired streams',
    description:
      'Streams that were other than they should be and are right again: somebody or something changes them behind the back of their pipeline.',
    kind: 'timeseries',
    unit: 'short',
    queries: [{ expr: sum('increase(barista_pipeline_drift_seconds_count[$__range])'), legend: 'repairs' }],
  },
  {
    title: 'Each pipeline',
    description: 'Those that are not ready come first.',
    kind: 'table',
    unit: 'bool_yes_no',
    queries: [{ expr: `sort(${ofLeader('barista_pipeline_ready')})`, legend: '{{namespace}}/{{name}}' }],
  },
];

const serving: readonly Panel[] = [
  {
    title: 'Drinks by stream',
    description: 'What each bar serves.',
    kind: 'timeseries',
    unit: 'ops',
    stacked: true,
    queries: [
      { expr: sum(ofStream(perSecond('barista_drinks_served_total')), 'stream'), legend: '{{stream}}' },
    ],
  },
  {
    title: 'Orders waiting by stream',
    description: 'When it grows: more replicas, up to the number of partitions.',
    kind: 'timeseries',
    unit: 'short',
    queries: [{ expr: sum(ofStream('kafka_consumer_records_lag'), 'stream'), legend: '{{stream}}' }],
  },
  {
    title: 'Bad orders by stream',
    description: 'By what became of them.',
    kind: 'timeseries',
    unit: 'ops',
    queries: [
      {
        expr: sum(ofStream(perSecond('barista_bad_orders_total')), 'stream', 'policy'),
        legend: '{{stream}} {{policy}}',
      },
    ],
  },
  {
    title: 'Partitions left alone',
    description:
      'Partitions that cannot be served for now, or for good: /actuator/health of the worker says why.',
    kind: 'timeseries',
    unit: 'short',
    queries: [{ expr: sum(ofStream('barista_partitions_held'), 'stream'), legend: '{{stream}}' }],
  },
];

export const fleet: Dashboard = {
  uid: 'barista-fleet',
  title: 'Barista: all pipelines',
  description: 'Which pipelines there are, how they are, and what they serve.',
  variables: [],
  rows: [
    { title: 'Now', panels: numbers },
    { title: 'Pipelines', panels: pipelines },
    { title: 'Serving', panels: serving },
  ],
};
