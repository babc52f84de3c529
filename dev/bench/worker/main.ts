/**
 * The worker beside its peers: the same broker, the same orders, in interleaved rounds; then its latency, and its life from start to end.
 *
 *   make bench-worker              (about a quarter of an hour; brings a Kafka of its own, with the flags of Kafka's start script)
 *   ROUNDS=1 make bench-worker     fewer rounds, and no results are written
 *   ONLY=latency make bench-worker one part of: throughput, latency, life; its results take the place of the former ones
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inEarnest, OwnKafka } from '../../kafka/own-kafka.ts';
import { intoFormer, median, writeResults, type Result } from '../results.ts';
import { Bar, ORDER_PARTITIONS } from './bar.ts';
import { candidates, names } from './candidates.ts';
import { latency } from './latency.ts';
import { backlog, end, idle, start } from './life.ts';
import { consuming, producing } from './marks.ts';
import { preparePeers } from './peers.ts';
import { throughput, type Place, type Throughput } from './throughput.ts';

const ROUNDS = Number(process.env['ROUNDS'] ?? 3);
const ONLY = process.env['ONLY'];
const BACKLOG = 10_000_000;
const ENOUGH = 7_000_000;

const root = new URL('../../..', import.meta.url).pathname;
const results: Result[] = [];

function say(...more: readonly Result[]): void {
  results.push(...more);
  for (const { measure, value, unit, target: wanted, holds } of more)
    console.log(
      `${measure.padEnd(62)} ${value.toLocaleString('en')} ${unit}   ${wanted}${holds ? '' : '   MISSED'}`,
    );
}

const round = (value: number, digits: number) => Number(value.toFixed(digits));

function known(measure: string, value: number, unit: string, digits = 0): Result {
  return { measure, value: round(value, digits), unit, target: '', holds: true };
}

function atLeast(measure: string, value: number, least: number): Result {
  return { measure, value: round(value, 2), unit: 'x', target: `>= ${least} x`, holds: value >= least };
}

function atMost(measure: string, value: number, most: number, unit: string): Result {
  return { measure, value: round(value, 2), unit, target: `<= ${most} ${unit}`, holds: value <= most };
}

async function measureThroughput(place: Place): Promise<void> {
  const peers = await preparePeers(root);
  const all = candidates(root, peers);
  const found = new Map<string, Throughput[]>(all.map(({ name }) => [name, []]));
  const marks = { producing: [] as number[], consuming: [] as number[] };
  for (let number = 1; number <= ROUNDS; number++) {
    for (const candidate of all) {
      const it = await throughput(place, candidate);
      found.get(candidate.name)?.push(it);
      console.log(`round ${number}: ${candidate.name} ${Math.round(it.perSecond).toLocaleString('en')}/s`);
    }
    marks.producing.push(await producing(place.bar, peers));
    marks.consuming.push(await consuming(place.bar, peers, place.orders));
  }
  const middle = (name: string, key: keyof Throughput) =>
    median((found.get(name) ?? []).map((it) => it[key]));
  const speed = (name: string) => middle(name, 'perSecond');
  // Of the same round, since the machine's own speed changes from one to the next by more than what is compared.
  const ratio = (one: string, other: string, key: keyof Throughput) =>
    median((found.get(one) ?? []).map((it, at) => it[key] / (found.get(other)?.[at]?.[key] ?? NaN)));
  const faster = (one: string, other: string) => ratio(one, other, 'perSecond');
  for (const { name } of all) say(known(name, speed(name), 'records/s'));
  say(known('ProducerPerformance, alone', median(marks.producing), 'records/s'));
  say(known('ConsumerPerformance, alone', median(marks.consuming), 'records/s'));
  const { worker } = names;
  const cpu = middle(worker, 'microseconds');
  const share = ratio(worker, names.tuned, 'microseconds');
  say(
    atLeast("against the recipe's Python", faster(worker, names.python), 15),
    atLeast('against kafkajs tuned', faster(worker, names.tuned), 4.5),
    atLeast('against Kafka Streams tuned', faster(worker, names.streams), 1.8),
    atLeast('ExactlyOnce against AtLeastOnce', faster(names.exactlyOnce, worker), 0.9),
    atLeast('two processes against one', faster(names.two, worker), 1),
    atLeast('CPU of the less busy one of the two against the other', middle(names.two, 'evenness'), 0.5),
    {
      measure: 'CPU a record',
      value: round(cpu, 2),
      unit: 'us',
      target: '<= 2 us, or <= 0.2 x of kafkajs tuned',
      holds: cpu <= 2 || share <= 0.2,
    },
    known('CPU a record, against kafkajs tuned', share, 'x', 2),
    known('peak resident memory', middle(worker, 'megabytes'), 'MB'),
  );
}

async function measureLatency({ bar }: Place): Promise<void> {
  // The broker's Java compiles what it does for the first time for half a minute, which is two to three times slower then.
  await latency(root, bar, { perSecond: 5_000, worker: true });
  const goals = [
    { perSecond: 100, p50: 2, p99: 5 },
    { perSecond: 5_000, p50: 5, p99: 15 },
  ];
  for (const { perSecond, ...goal } of goals) {
    const what = `latency at ${perSecond.toLocaleString('en')}/s`;
    const alone = await latency(root, bar, { perSecond, worker: false });
    const { p50, p99, cpu } = await latency(root, bar, { perSecond, worker: true });
    say(known(`${what} without a worker, p50`, alone.p50, 'ms', 2));
    say(known(`${what} without a worker, p99`, alone.p99, 'ms', 2));
    say(atMost(`${what}, p50`, p50, goal.p50, 'ms'), atMost(`${what}, p99`, p99, goal.p99, 'ms'));
    say(known(`CPU at ${perSecond.toLocaleString('en')}/s`, cpu * 100, '% of a core', 1));
  }
}

async function measureLife(place: Place): Promise<void> {
  say(atMost('idle: CPU', (await idle(place)) * 100, 1, '% of a core'));
  const starts = [await start(place), await start(place), await start(place)];
  say(atMost('start to the first drink', median(starts), 1.5, 's'));
  const ending = await end(place, 2_000_000);
  say(atMost('SIGTERM to the exit under load', ending.seconds, 3, 's'));
  say(known('orders served and not committed at the exit', ending.repeated, ''));
  await place.bar.fill(place.orders, BACKLOG - ENOUGH);
  const it = await backlog(place, BACKLOG);
  say(atMost('backlog of 10 million: resident memory', it.peak, 150, 'MB'));
  say(
    known('backlog of 10 million: memory in the last quarter against the first', it.late / it.early, 'x', 2),
  );
  say(known('backlog of 10 million: time', it.seconds, 's', 1));
}

const parts = { throughput: measureThroughput, latency: measureLatency, life: measureLife };

execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
const kafka = await OwnKafka.start({ brokers: 1, java: inEarnest });
const bar = await Bar.open(kafka.addresses().join());
try {
  const orders = await bar.make('orders', ORDER_PARTITIONS);
  await bar.fill(orders, ENOUGH);
  for (const [name, measure] of Object.entries(parts))
    if (ONLY === undefined || ONLY === name) await measure({ root, bar, orders });
} finally {
  await bar.close();
  await kafka.stop();
}
if (ROUNDS === 3) {
  const all = ONLY === undefined ? results : intoFormer('worker', results);
  const bars = all.filter(({ unit, target: wanted }) => unit === 'records/s' && wanted === '');
  writeResults(
    'worker',
    'The worker beside its peers',
    all,
    bars.map(({ measure }) => measure),
  );
  console.log(readFileSync(join(root, 'dev/bench/results/worker.md'), 'utf8'));
}
