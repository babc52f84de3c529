/** Who is measured: the worker in its ways, and peers that do the same job. */
import { join } from 'node:path';
import { entrypoint } from '../image.ts';
import type { Topics } from './bar.ts';
import type { Peers } from './peers.ts';

export interface Job extends Topics {
  readonly brokers: string;
  readonly group: string;
}

export interface Candidate {
  readonly name: string;
  /** Orders of a round: fewer for who is slow. */
  readonly orders: number;
  /** Processes in one group. */
  readonly processes?: number;
  /** Drinks from which on it counts; default from the first one. */
  readonly from?: number;
  readonly command: (job: Job) => readonly string[];
}

/** The worker as it is built for its image. */
export function workerCommand(root: string, job: Job, ...more: readonly string[]): string[] {
  const { orders, hot, cold, group, brokers } = job;
  const binding = (name: string, topic: string) =>
    `--spring.cloud.stream.bindings.${name}.destination=${topic}`;
  return [
    process.execPath,
    ...entrypoint(root, 'Dockerfile.app'),
    binding('orders', orders),
    binding('hot.drink', hot),
    binding('cold.drink', cold),
    `--spring.cloud.stream.bindings.orders.group=${group}`,
    `--spring.cloud.stream.kafka.binder.brokers=${brokers}`,
    '--server.port=0',
    ...more,
  ];
}

export const names = {
  worker: 'worker, AtLeastOnce',
  exactlyOnce: 'worker, ExactlyOnce',
  two: 'worker, two processes in a group',
  published: 'worker, AtLeastOnce, codec of kafkajs',
  python: "the recipe's Python (kafka-python)",
  naive: 'kafkajs, eachMessage and awaited send',
  tuned: 'kafkajs tuned, as published',
  confluent: 'confluent-kafka-python',
  streams: 'Kafka Streams 4.1, tuned',
} as const;

export function candidates(root: string, peers: Peers): Candidate[] {
  const ours = (job: Job, ...more: readonly string[]) => workerCommand(root, job, ...more);
  const args = ({ brokers, orders, hot, cold, group }: Job) => [brokers, orders, hot, cold, group];
  const script = (file: string) => join(root, 'dev/bench/worker/peers', file);
  return [
    { name: names.worker, orders: 2_000_000, command: (job) => ours(job) },
    {
      name: names.exactlyOnce,
      orders: 2_000_000,
      command: (job) => ours(job, '--barista.delivery=ExactlyOnce'),
    },
    // A member learns of another one by its next heartbeat, seconds later; what is measured is the two when they have shared the partitions.
    { name: names.two, orders: 6_000_000, from: 3_500_000, processes: 2, command: (job) => ours(job) },
    { name: names.published, orders: 400_000, command: (job) => ours(job, '--barista.codec=kafkajs') },
    {
      name: names.python,
      orders: 100_000,
      command: (job) => [peers.python, script('recipe.py'), ...args(job)],
    },
    {
      name: names.naive,
      orders: 20_000,
      command: (job) => [process.execPath, script('naive.ts'), ...args(job)],
    },
    {
      name: names.tuned,
      orders: 400_000,
      command: (job) => [process.execPath, script('tuned.ts'), ...args(job)],
    },
    {
      name: names.confluent,
      orders: 400_000,
      command: (job) => [peers.python, script('confluent.py'), ...args(job)],
    },
    { name: names.streams, orders: 1_000_000, command: (job) => [...peers.streams, ...args(job)] },
  ];
}
