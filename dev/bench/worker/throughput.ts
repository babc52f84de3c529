/** Orders a second: from the first drink that was written to the last one, as the broker counts them. */
import { waitFor } from '../../cluster/wait.ts';
import type { Bar } from './bar.ts';
import type { Candidate } from './candidates.ts';
import { Measured } from './process.ts';

export interface Throughput {
  readonly perSecond: number;
  /** CPU of all its processes, their start included, for each order. */
  readonly microseconds: number;
  /** MB resident, of all its processes at their peaks. */
  readonly megabytes: number;
  /** CPU of the least busy process against that of the busiest: whether both of two are busy. */
  readonly evenness: number;
}

export interface Place {
  readonly root: string;
  readonly bar: Bar;
  /** With more orders on it than any candidate serves. */
  readonly orders: string;
}

/** Runs a candidate until it has served so many orders as it is to. */
export async function throughput({ root, bar, orders }: Place, candidate: Candidate): Promise<Throughput> {
  const drinks = await bar.drinks('round');
  const topics = Object.values(drinks);
  const job = { ...drinks, orders, brokers: bar.brokers, group: topics[0] ?? '' };
  const processes = Array.from(
    { length: candidate.processes ?? 1 },
    () => new Measured(candidate.command(job), root),
  );
  try {
    let first: { at: number; count: number; cpu: readonly number[] } | undefined;
    const cpus = () => processes.map((each) => each.cpu());
    const last = await waitFor(
      `${candidate.name} to serve`,
      async () => {
        if (processes.some((each) => each.hasLeft)) throw new Error(`${candidate.name} has left`);
        const count = await bar.count(topics);
        const at = performance.now();
        if (count >= (candidate.from ?? 1)) first ??= { at, count, cpu: cpus() };
        return count >= candidate.orders ? { at, count, cpu: cpus() } : undefined;
      },
      { within: 120_000, every: 25 },
    );
    const begun = first ?? last;
    const seconds = (last.at - begun.at) / 1000;
    const busy = last.cpu.map((cpu, index) => cpu - (begun.cpu[index] ?? 0));
    const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
    return {
      perSecond: (last.count - begun.count) / seconds,
      microseconds: (total(last.cpu) / last.count) * 1e6,
      megabytes: total(processes.map((each) => each.memory().peak)),
      evenness: Math.min(...busy) / Math.max(...busy),
    };
  } finally {
    for (const each of processes) await each.stop('SIGKILL');
    await bar.remove(...topics);
  }
}
