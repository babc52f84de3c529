/**
 * All metrics of the worker, in one place. Every series whose labels are known exists with 0 from the first second on, so that rates and alerts work
 * before the first failure.
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { BadOrderPolicy, WorkerConfig } from '../config/config.ts';
import type { PumpEvent } from '../pump/events.ts';
import { badOrderMessage } from '../route/route.ts';
import type { BadOrderReason } from '../route/route.ts';
import type { BuildInfo } from './build-info.ts';

export interface Metrics {
  readonly registry: Registry;
  readonly record: (event: PumpEvent) => void;
}

const latencySeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const ageSeconds = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 15, 60, 300, 3_600];
const roundRecords = [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000];

const counters = {
  orders: ['barista_orders_received_total', 'Orders that were decided and dealt with.'],
  tombstones: ['barista_tombstones_total', 'Orders without a value, which are skipped.'],
  nullHeaders: ['barista_null_headers_total', 'Header values that were null and were passed on as empty.'],
  retries: ['barista_send_retries_total', 'Rounds of orders whose write failed and was tried again.'],
  aborts: ['barista_transaction_aborts_total', 'Transactions that were given up.'],
  holds: [
    'barista_partition_holds_total',
    'Times that a partition was left alone because it could not be served.',
  ],
  rebalances: ['kafka_consumer_rebalances_total', 'Times that partitions were dealt out to this worker.'],
  restarts: ['barista_consumer_restarts_total', 'Consumers that were made again after one broke.'],
  leftovers: ['barista_leftover_orders_total', 'Orders found on topics that this group read before.'],
} as const;

type CounterName = keyof typeof counters;

function plainCounters(registry: Registry): Record<CounterName, Counter> {
  const make = ([name, help]: readonly [string, string]): Counter =>
    new Counter({ name, help, registers: [registry] });
  return Object.fromEntries(Object.entries(counters).map(([key, texts]) => [key, make(texts)])) as Record<
    CounterName,
    Counter
  >;
}

/** The rest: metrics with labels, and histograms. */
class Instruments {
  readonly drinks: Counter<'drink'>;
  readonly bad: Counter<'reason' | 'policy'>;
  readonly commits: Counter<'outcome'>;
  readonly lag: Gauge<'topic' | 'partition'>;
  readonly assigned: Gauge;
  readonly held: Gauge;
  readonly paused: Gauge;
  readonly connected: Gauge;
  readonly rounds: Histogram;
  readonly latency: Histogram;
  readonly age: Histogram;
  readonly last: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, registers });
    const histogram = (name: string, help: string, buckets: number[]): Histogram =>
      new Histogram({ name, help, buckets, registers });
    this.drinks = new Counter({
      name: 'barista_drinks_served_total',
      help: 'Drinks that all in-sync replicas acknowledged.',
      labelNames: ['drink'],
      registers,
    });
    this.bad = new Counter({
      name: 'barista_bad_orders_total',
      help: 'Orders that the rule has no answer for, by reason and by what became of them.',
      labelNames: ['reason', 'policy'],
      registers,
    });
    this.commits = new Counter({
      name: 'kafka_consumer_commits_total',
      help: 'Offset commits by outcome.',
      labelNames: ['outcome'],
      registers,
    });
    this.lag = new Gauge({
      name: 'kafka_consumer_records_lag',
      help: 'Orders that are waiting in a partition of this worker.',
      labelNames: ['topic', 'partition'],
      registers,
    });
    this.assigned = gauge('kafka_consumer_assigned_partitions', 'Partitions that this worker reads.');
    this.held = gauge(
      'barista_partitions_held',
      'Partitions that are left alone for now: see /actuator/health.',
    );
    this.paused = gauge('barista_paused', '1 while a person has paused the orders: see /actuator/bindings.');
    this.connected = gauge('barista_kafka_connected', '1 while Kafka is reachable.');
    this.last = gauge('barista_last_served_timestamp_seconds', 'When orders were dealt with last.');
    this.rounds = histogram('barista_round_records', 'Orders that were delivered together.', roundRecords);
    this.latency = histogram(
      'barista_route_to_ack_seconds',
      'From deciding orders to the acknowledgement of what came of them.',
      latencySeconds,
    );
    this.age = histogram(
      'barista_end_to_end_seconds',
      'From the timestamp of an order to its acknowledged drink; up to 10 orders of each round are looked at.',
      ageSeconds,
    );
  }
}

type Recorders = { readonly [T in PumpEvent['type']]?: (event: Extract<PumpEvent, { type: T }>) => void };

type Served = Extract<PumpEvent, { type: 'served' }>;

interface Kit {
  readonly plain: Record<CounterName, Counter>;
  readonly kit: Instruments;
}

function recordServed({ plain, kit }: Kit, event: Served): void {
  const { tally, policy } = event;
  plain.orders.inc(tally.received);
  // All series are there from the start, and to look one up costs more than to see that nothing is to be added.
  if (tally.tombstones > 0) plain.tombstones.inc(tally.tombstones);
  if (event.nullHeaders > 0) plain.nullHeaders.inc(event.nullHeaders);
  for (const drink of drinks) if (tally[drink] > 0) kit.drinks.inc({ drink }, tally[drink]);
  for (const reason of reasons) if (tally.bad[reason] > 0) kit.bad.inc({ reason, policy }, tally.bad[reason]);
  kit.rounds.observe(tally.received);
  kit.latency.observe(event.seconds);
  for (const age of event.ages) kit.age.observe(age);
  kit.lag.set({ topic: event.topic, partition: event.partition }, event.lag);
  kit.last.setToCurrentTime();
}

const drinks = ['hot', 'cold'] as const;
const reasons = Object.keys(badOrderMessage) as BadOrderReason[];
const policies: readonly BadOrderPolicy[] = ['DeadLetter', 'Skip', 'Stop'];

function recorders({ plain, kit }: Kit): Recorders {
  const held = new Set<string>();
  const mine = new Set<string>();
  const id = (event: { topic: string; partition: number }): string => `${event.topic}/${event.partition}`;
  const countHeld = (): void => kit.held.set([...held].filter((each) => mine.has(each)).length);
  return {
    served: (event) => recordServed({ plain, kit }, event),
    committed: ({ ok }) => kit.commits.inc({ outcome: ok ? 'ok' : 'failed' }),
    retried: () => plain.retries.inc(),
    aborted: () => plain.aborts.inc(),
    paused: () => kit.paused.set(1),
    resumed: () => kit.paused.set(0),
    held: (event) => {
      plain.holds.inc();
      held.add(id(event));
      countHeld();
    },
    released: (event) => {
      held.delete(id(event));
      countHeld();
    },
    assigned: ({ assignment }) => {
      plain.rebalances.inc();
      mine.clear();
      kit.lag.reset();
      for (const [topic, partitions] of Object.entries(assignment)) {
        for (const partition of partitions) mine.add(id({ topic, partition }));
      }
      kit.assigned.set(mine.size);
      countHeld();
    },
    lag: ({ lags }) => {
      for (const { topic, partition, lag } of lags) {
        if (mine.has(id({ topic, partition }))) kit.lag.set({ topic, partition }, lag);
      }
    },
    left: () => {
      mine.clear();
      held.clear();
      kit.lag.reset();
      kit.assigned.set(0);
      countHeld();
    },
    connected: () => kit.connected.set(1),
    waiting: () => kit.connected.set(0),
    restarting: () => plain.restarts.inc(),
    leftovers: ({ orders }) => plain.leftovers.inc(orders),
  };
}

function describe(registry: Registry, config: WorkerConfig, build: BuildInfo): void {
  const { delivery, badOrders, group, topics, identity } = config;
  const labels = {
    version: build.version,
    git_revision: build.revision,
    revision: identity.revision,
    stream: identity.stream,
    delivery,
    bad_orders: badOrders,
    group,
    orders: topics.orders,
    hot_drinks: topics.hotDrinks,
    cold_drinks: topics.coldDrinks,
  };
  const info = new Gauge({
    name: 'barista_info',
    help: 'What this worker is and does; always 1.',
    labelNames: Object.keys(labels),
    registers: [registry],
  });
  info.set(labels, 1);
}

/** A registry of its own, so that two workers in one process (tests) do not meet. */
export function createMetrics(config: WorkerConfig, build: BuildInfo): Metrics {
  const registry = new Registry();
  // Its timer for the event loop's delay goes off each 10 ms by default, which is most of what an idle worker does.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 100 });
  describe(registry, config, build);
  const kit = new Instruments(registry);
  const plain = plainCounters(registry);
  for (const drink of drinks) kit.drinks.inc({ drink }, 0);
  for (const outcome of ['ok', 'failed']) kit.commits.inc({ outcome }, 0);
  for (const reason of reasons) {
    for (const policy of policies) kit.bad.inc({ reason, policy }, 0);
  }
  const table = recorders({ plain, kit });
  return {
    registry,
    record: (event) => {
      // The table's type pairs each key with its event; TypeScript cannot follow that through a look-up.
      const recorder = table[event.type] as ((event: PumpEvent) => void) | undefined;
      recorder?.(event);
    },
  };
}
