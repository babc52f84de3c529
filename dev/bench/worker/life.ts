/** A worker's life: its start, its rest, a backlog of millions, and its end under load. */
import { waitFor } from '../../cluster/wait.ts';
import { ORDER_PARTITIONS } from './bar.ts';
import { workerCommand } from './candidates.ts';
import { Measured } from './process.ts';
import type { Place } from './throughput.ts';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const IDLE_SECONDS = 30;

interface Running {
  readonly worker: Measured;
  readonly drinks: () => Promise<number>;
  readonly group: string;
}

async function within<T>({ root, bar, orders }: Place, use: (running: Running) => Promise<T>): Promise<T> {
  const topics = await bar.drinks('life');
  const group = topics.hot;
  const worker = new Measured(workerCommand(root, { ...topics, orders, brokers: bar.brokers, group }), root);
  try {
    return await use({ worker, group, drinks: () => bar.count(Object.values(topics)) });
  } finally {
    await worker.stop('SIGKILL');
    await bar.remove(...Object.values(topics));
  }
}

/** Seconds from the start of the process to its first drink: orders wait for it. */
export function start(place: Place): Promise<number> {
  return within(place, async ({ worker, drinks }) => {
    await waitFor('the first drink', async () => (await drinks()) > 0, { within: 30_000, every: 10 });
    return (performance.now() - worker.startedAt) / 1000;
  });
}

/** CPU as a share of one core with nothing to do. */
export async function idle({ root, bar }: Place): Promise<number> {
  const orders = await bar.make('idle-orders', ORDER_PARTITIONS);
  return within({ root, bar, orders }, async ({ worker, drinks }) => {
    const producer = await bar.producer();
    await producer.send([{ topic: orders, records: [{ key: null, value: '1', partition: 0 }] }]);
    await producer.close();
    await waitFor('the first drink', async () => (await drinks()) > 0, { within: 30_000 });
    await pause(5_000);
    const before = worker.cpu();
    await pause(IDLE_SECONDS * 1000);
    return (worker.cpu() - before) / IDLE_SECONDS;
  });
}

export interface Backlog {
  readonly seconds: number;
  /** MB resident: at most in the first and in the last quarter. */
  readonly early: number;
  readonly late: number;
  readonly peak: number;
}

/** All orders that there are, in one go. */
export function backlog(place: Place, count: number): Promise<Backlog> {
  return within(place, async ({ worker, drinks }) => {
    const samples: { done: number; megabytes: number }[] = [];
    await waitFor(
      'the backlog to be served',
      async () => {
        const done = await drinks();
        samples.push({ done, megabytes: worker.memory().now });
        return done >= count;
      },
      { within: 300_000, every: 200 },
    );
    const most = (wanted: (done: number) => boolean) =>
      Math.max(...samples.filter(({ done }) => wanted(done)).map(({ megabytes }) => megabytes));
    return {
      seconds: (performance.now() - worker.startedAt) / 1000,
      early: most((done) => done > 0 && done <= count / 4),
      late: most((done) => done >= (count * 3) / 4),
      peak: worker.memory().peak,
    };
  });
}

export interface Ending {
  /** Seconds from SIGTERM to its exit. */
  readonly seconds: number;
  /** Drinks that are there but whose orders are not committed, which the next worker would repeat; below zero: lost ones. */
  readonly repeated: number;
}

/** Told to leave in the middle of the backlog. */
export function end(place: Place, count: number): Promise<Ending> {
  return within(place, async ({ worker, drinks, group }) => {
    await waitFor('half of the orders', async () => (await drinks()) > count / 2, {
      within: 120_000,
      every: 20,
    });
    const seconds = await worker.stop('SIGTERM');
    return { seconds, repeated: (await drinks()) - (await place.bar.committed(group, place.orders)) };
  });
}
