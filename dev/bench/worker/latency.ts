/**
 * Milliseconds from the moment before an order is written until its drink is read, at a steady rate. It is kcat that reads, since kafkajs's own consumer would be
 * measured with it; both ends are in this process's clock.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { waitFor } from '../../cluster/wait.ts';
import { ORDER_PARTITIONS, type Bar } from './bar.ts';
import { workerCommand } from './candidates.ts';
import { Measured } from './process.ts';

export interface Latency {
  readonly p50: number;
  readonly p99: number;
  /** CPU of the worker as a share of one core; 0 without one. */
  readonly cpu: number;
}

export interface Pace {
  readonly perSecond: number;
  /** False: the orders themselves are read, which is what the broker and both ends take alone. */
  readonly worker: boolean;
}

/** The broker's Java has optimized what it does by then. */
const SECONDS = { warmUp: 10, measured: 12 };
const HEADER = 'sent';
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export async function latency(root: string, bar: Bar, { perSecond, worker: has }: Pace): Promise<Latency> {
  const orders = await bar.make('paced-orders', ORDER_PARTITIONS);
  const drinks = await bar.drinks('paced');
  const job = { orders, ...drinks, brokers: bar.brokers, group: orders };
  const worker = has ? new Measured(workerCommand(root, job), root) : undefined;
  const taster = taste(bar.brokers, has ? Object.values(drinks) : [orders]);
  try {
    let sent = await pace(bar, orders, perSecond, 1);
    const drunk = (): Promise<unknown> =>
      waitFor('all drinks', () => Promise.resolve(taster.ages.length >= sent), { within: 30_000, every: 20 });
    await drunk();
    sent += await pace(bar, orders, perSecond, SECONDS.warmUp);
    await drunk();
    const from = sent;
    const cpu = worker?.cpu() ?? 0;
    sent += await pace(bar, orders, perSecond, SECONDS.measured);
    const used = ((worker?.cpu() ?? 0) - cpu) / SECONDS.measured;
    await drunk();
    const ages = taster.ages.slice(from).sort((a, b) => a - b);
    const at = (share: number) => ages[Math.min(ages.length - 1, Math.floor(ages.length * share))] ?? 0;
    return { p50: at(0.5), p99: at(0.99), cpu: used };
  } finally {
    taster.stop();
    await worker?.stop('SIGKILL');
    await bar.remove(orders, ...Object.values(drinks));
  }
}

/** Reads drinks as they come; `ages` grows by one for each. */
function taste(brokers: string, topics: readonly string[]) {
  const ages: number[] = [];
  const settings = ['fetch.wait.max.ms=500', 'fetch.min.bytes=1', 'auto.offset.reset=earliest'];
  const readers = topics.map((topic) => {
    const options = settings.flatMap((setting) => ['-X', setting]);
    const args = ['-C', '-q', '-u', '-b', brokers, '-t', topic, '-o', 'beginning', '-f', '%h\n', ...options];
    const reader = spawn('kcat', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    createInterface(reader.stdout).on('line', (line) => {
      const [, sent] = /sent=([\d.]+)/.exec(line) ?? [];
      ages.push(performance.now() - Number(sent));
    });
    return reader;
  });
  return { ages, stop: () => readers.forEach((reader) => reader.kill('SIGKILL')) };
}

/** Writes orders at a rate; how many they were. */
async function pace(bar: Bar, topic: string, perSecond: number, seconds: number): Promise<number> {
  const producer = await bar.producer();
  const total = perSecond * seconds;
  const started = performance.now();
  const writes: Promise<unknown>[] = [];
  for (let sent = 0; sent < total; await pause(1)) {
    const due = Math.min(total, Math.floor(((performance.now() - started) / 1000) * perSecond));
    if (due === sent) continue;
    const now = performance.now().toFixed(3);
    const records = Array.from({ length: due - sent }, (_, index) => ({
      key: null,
      value: String(sent + index),
      headers: { [HEADER]: now },
      partition: (sent + index) % ORDER_PARTITIONS,
    }));
    sent = due;
    writes.push(producer.send([{ topic, records }]));
  }
  await Promise.all(writes);
  await producer.close();
  return total;
}
