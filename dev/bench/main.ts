/**
 * Records a second of the worker on one core, beside the recipe's Python on the same broker and topic, in interleaved rounds.
 *
 *   make bench-worker        (the stack must be up)
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import { target } from '../cluster/target.ts';
import { waitFor } from '../cluster/wait.ts';
import { run } from '../stack/command.ts';
import { median, writeResults, type Result } from './results.ts';

const ROUNDS = 3;
/** Orders of a round; the Python one gets fewer, as it is slow. */
const ORDERS = { worker: 400_000, python: 60_000 };
/** Clock ticks a second in /proc, as on every Linux of today. */
const TICKS = 100;
const KAFKA_PYTHON = '3.0.12';

const it = target();
const brokers = it.kafkaBrokers;
const client = new kafkajs.Kafka({
  clientId: 'bench',
  brokers: brokers.split(','),
  logLevel: kafkajs.logLevel.ERROR,
});
const admin = client.admin();

interface Run {
  readonly perSecond: number;
  /** CPU of the whole process, its start included, for each record. */
  readonly microseconds: number;
  readonly megabytes: number;
}

async function topics(name: string): Promise<{ orders: string; hot: string; cold: string }> {
  const made = { orders: `${name}.orders`, hot: `${name}.hot`, cold: `${name}.cold` };
  await admin.createTopics({
    waitForLeaders: true,
    topics: Object.values(made).map((topic) => ({ topic, numPartitions: topic.endsWith('orders') ? 4 : 2 })),
  });
  return made;
}

async function fill(topic: string, count: number): Promise<void> {
  const producer = client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  const chunk = 1000;
  for (let from = 0; from < count; from += chunk) {
    const messages = Array.from({ length: Math.min(chunk, count - from) }, (_, index) => ({
      value: `11/23/26 20:${String((from + index) % 100_000).padStart(5, '0')}`,
      headers: { contentType: 'application/json', source: 'bench' },
      partition: (from / chunk) % 4,
    }));
    await producer.send({ topic, messages, acks: -1 });
  }
  await producer.disconnect();
}

async function end(topic: string): Promise<number> {
  const offsets = await admin.fetchTopicOffsets(topic);
  return offsets.reduce((sum, { high }) => sum + Number(high), 0);
}

/** Runs a candidate pinned to one core until it has served all orders. */
async function measure(
  name: string,
  orders: number,
  command: (topics: { orders: string; hot: string; cold: string }) => string[],
): Promise<Run> {
  const made = await topics(`bench-${name}-${Date.now().toString(36)}`);
  await fill(made.orders, orders);
  const child = spawn('taskset', ['-c', '0', ...command(made)], {
    stdio: ['ignore', 'ignore', 'inherit'],
    cwd: it.root,
  });
  const drinks = async () => (await end(made.hot)) + (await end(made.cold));
  try {
    let first: { at: number; count: number } | undefined;
    const last = await waitFor(
      `${name} to serve`,
      async () => {
        const count = await drinks();
        const at = performance.now();
        if (count > 0) first ??= { at, count };
        return count >= orders ? { at, count } : undefined;
      },
      { within: 120_000, every: 20 },
    );
    const { at, count } = first ?? last;
    return { perSecond: Math.round(((last.count - count) / (last.at - at)) * 1000), ...usage(child, orders) };
  } finally {
    child.kill('SIGKILL');
    await admin.deleteTopics({ topics: Object.values(made) });
  }
}

function usage({ pid }: ChildProcess, orders: number): { microseconds: number; megabytes: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const seconds = (Number(fields[11]) + Number(fields[12])) / TICKS;
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0;
  return {
    microseconds: Math.round((seconds / orders) * 1e7) / 10,
    megabytes: Math.round(Number(peak) / 1024),
  };
}

function worker({ orders, hot, cold }: { orders: string; hot: string; cold: string }): string[] {
  const binding = (name: string, topic: string) =>
    `--spring.cloud.stream.bindings.${name}.destination=${topic}`;
  return [
    process.execPath,
    'app/main.ts',
    binding('orders', orders),
    binding('hot.drink', hot),
    binding('cold.drink', cold),
    `--spring.cloud.stream.bindings.orders.group=${orders}`,
    `--spring.cloud.stream.kafka.binder.brokers=${brokers}`,
    '--server.port=0',
  ];
}

/** A Python with kafka-python, made once in the cache. */
async function python(): Promise<string> {
  const folder = join(
    process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'),
    'barista',
    `kafka-python-${KAFKA_PYTHON}`,
  );
  const binary = join(folder, 'bin', 'python');
  if (!existsSync(join(folder, 'ready'))) {
    await run('python3', ['-m', 'venv', folder]);
    await run(binary, ['-m', 'pip', 'install', '--quiet', `kafka-python==${KAFKA_PYTHON}`]);
    await run('touch', [join(folder, 'ready')]);
  }
  return binary;
}

async function main(): Promise<void> {
  const interpreter = await python();
  const recipe = ({ orders, hot, cold }: { orders: string; hot: string; cold: string }) => [
    interpreter,
    'dev/bench/recipe.py',
    brokers,
    orders,
    hot,
    cold,
  ];
  await admin.connect();
  const runs: { worker: Run[]; python: Run[] } = { worker: [], python: [] };
  for (let round = 1; round <= ROUNDS; round++) {
    runs.worker.push(await measure('worker', ORDERS.worker, worker));
    runs.python.push(await measure('python', ORDERS.python, recipe));
    console.log(
      `round ${round}: worker ${runs.worker.at(-1)?.perSecond}/s, python ${runs.python.at(-1)?.perSecond}/s`,
    );
  }
  await admin.disconnect();
  const middle = (of: readonly Run[], key: keyof Run) => median(of.map((one) => one[key]));
  const known = (measureName: string, value: number, unit: string): Result => ({
    measure: measureName,
    value,
    unit,
    target: '',
    holds: true,
  });
  const ratio = Math.round((middle(runs.worker, 'perSecond') / middle(runs.python, 'perSecond')) * 10) / 10;
  const results = [
    known('worker, AtLeastOnce, one core', middle(runs.worker, 'perSecond'), 'records/s'),
    known("the recipe's Python, one core", middle(runs.python, 'perSecond'), 'records/s'),
    known('worker against Python', ratio, 'x'),
    known('CPU a record, worker', middle(runs.worker, 'microseconds'), 'us'),
    known('CPU a record, Python', middle(runs.python, 'microseconds'), 'us'),
    known('peak resident memory, worker', middle(runs.worker, 'megabytes'), 'MB'),
  ];
  writeResults('worker-first', 'The worker on one core, before its codec', results, [
    'worker, AtLeastOnce, one core',
    "the recipe's Python, one core",
  ]);
  for (const { measure: what, value, unit } of results)
    console.log(`${what.padEnd(34)} ${value.toLocaleString('en')} ${unit}`);
}

await main();
