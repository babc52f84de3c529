import { costOf } from './cost.ts';
import { perSecond, quantiles, sum, type Dashboard, type Panel } from './model.ts';

/** A worker's series, when it is of the chosen stream. */
const chosen = (series: string): string =>
  `${series} * on (job, instance) group_left (stream) barista_info{stream="$stream"}`;
const rate = (counter: string): string => chosen(perSecond(counter));
const buckets = (counter: string): string => sum(rate(counter), 'le');

const flow: readonly Panel[] = [
  {
    title: 'Orders',
    description: 'Decided and dealt with.',
    kind: 'timeseries',
    unit: 'ops',
    queries: [{ expr: sum(rate('barista_orders_received_total')), legend: 'orders' }],
  },
  {
    title: 'Drinks',
    description: 'Acknowledged by all in-sync replicas.',
    kind: 'timeseries',
    unit: 'ops',
    stacked: true,
    queries: [{ expr: sum(rate('barista_drinks_served_total'), 'drink'), legend: '{{drink}}' }],
  },
  {
    title: 'What became no drink',
    description: 'Bad orders by reason and by what became of them, and orders without a value.',
    kind: 'timeseries',
    unit: 'ops',
    queries: [
      { expr: sum(rate('barista_bad_orders_total'), 'reason', 'policy'), legend: '{{reason}}, {{policy}}' },
      { expr: sum(rate('barista_tombstones_total')), legend: 'tombstones' },
    ],
  },
  {
    title: 'Orders waiting',
    description:
      'By partition. One that grows alone has a key that comes too often, or is left alone (below).',
    kind: 'timeseries',
    unit: 'short',
    queries: [
      {
        expr: sum(chosen('kafka_consumer_records_lag'), 'topic', 'partition'),
        legend: '{{topic}}/{{partition}}',
      },
    ],
  },
];

const latency: readonly Panel[] = [
  {
    title: 'From order to drink',
    description:
      "From the order's timestamp to its acknowledged drink; it includes the time in which an order waits.",
    kind: 'timeseries',
    unit: 's',
    queries: quantiles([0.5, 0.99], buckets, 'barista_end_to_end_seconds'),
  },
  {
    title: 'From decision to acknowledgement',
    description: "When it is slow, the drinks' brokers are.",
    kind: 'timeseries',
    unit: 's',
    queries: quantiles([0.5, 0.99], buckets, 'barista_route_to_ack_seconds'),
  },
  {
    title: 'Orders delivered together',
    description: 'Many at a time when many wait.',
    kind: 'timeseries',
    unit: 'short',
    queries: [
      {
        expr: `${sum(rate('barista_round_records_sum'))} / ${sum(rate('barista_round_records_count'))}`,
        legend: 'on average',
      },
    ],
  },
];

const trouble: readonly Panel[] = [
  {
    title: 'Trouble with Kafka',
    description:
      'Writes that were tried again, transactions given up, commits that failed, consumers made anew.',
    kind: 'timeseries',
    unit: 'ops',
    queries: [
      { expr: sum(rate('barista_send_retries_total')), legend: 'writes tried again' },
      { expr: sum(rate('barista_transaction_aborts_total')), legend: 'transactions given up' },
      { expr: sum(rate('kafka_consumer_commits_total{outcome="failed"}')), legend: 'commits failed' },
      { expr: sum(rate('barista_consumer_restarts_total')), legend: 'consumers made anew' },
    ],
  },
  {
    title: 'Partitions',
    description: 'Those that each worker reads, and those left alone.',
    kind: 'timeseries',
    unit: 'short',
    queries: [
      { expr: sum(chosen('kafka_consumer_assigned_partitions'), 'instance'), legend: '{{instance}} reads' },
      { expr: sum(chosen('barista_partitions_held'), 'instance'), legend: '{{instance}} leaves alone' },
    ],
  },
  {
    title: 'Kafka reachable',
    description: '/actuator/health says since when it is not, and why.',
    kind: 'timeseries',
    unit: 'bool_yes_no',
    queries: [{ expr: sum(chosen('barista_kafka_connected'), 'instance'), legend: '{{instance}}' }],
  },
  {
    title: 'Rebalances',
    description:
      'Each stops the whole group for a moment. More than when workers come and go: one of them does not answer in time.',
    kind: 'timeseries',
    unit: 'ops',
    queries: [{ expr: sum(rate('kafka_consumer_rebalances_total'), 'instance'), legend: '{{instance}}' }],
  },
];

export const pipeline: Dashboard = {
  uid: 'barista-pipeline',
  title: 'Barista: one pipeline, from order to drink',
  description: 'What a bar serves, how quickly, and what ails it.',
  variables: [{ name: 'stream', label: 'Stream of the bar', query: 'label_values(barista_info, stream)' }],
  rows: [
    { title: 'Flow', panels: flow },
    { title: 'Latency', panels: latency },
    { title: 'Trouble', panels: trouble },
    { title: 'Cost', panels: costOf(chosen) },
  ],
};
