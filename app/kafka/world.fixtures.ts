/** Writing and reading whole topics through the port, for tests on any implementation of it. */
import assert from 'node:assert/strict';
import { after } from 'node:test';
import {
  KafkaFailure,
  type Batch,
  type Consumer,
  type ConsumerOptions,
  type InRecord,
  type Kafka,
  type OutRecord,
  type TopicOffset,
} from './port.ts';

export interface World {
  /** A client whose transactions commit offsets of `group`. */
  readonly kafka: (group: string) => Kafka;
  /** A name that nobody has used. */
  readonly unique: (prefix: string) => string;
  /** False: they are written as empty ones. */
  readonly keepsNullHeaders: boolean;
}

export const patienceMs = 30_000;

/** Waits for a condition, not for luck. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, `waited ${patienceMs} ms in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Milliseconds since 1970, an hour ago: records that are older than the broker keeps them, it may take away in the middle of a test. */
export const longAgo = Date.now() - 3_600_000;

export function order(id: number, partition = 0, more: Partial<OutRecord> = {}): OutRecord {
  return { key: null, value: `order ${id}`, timestamp: String(longAgo + id), partition, ...more };
}

export function orders(count: number, partition = 0): OutRecord[] {
  return Array.from({ length: count }, (_, id) => order(id, partition));
}

export const text = ({ value }: InRecord): string => value?.toString() ?? 'null';

export async function topicOf(world: World, partitions: number): Promise<string> {
  const admin = await world.kafka('none').admin();
  const topic = world.unique('topic');
  await admin.createTopic({ topic, partitions, replicationFactor: 1 });
  await admin.close();
  return topic;
}

export async function write(world: World, topic: string, records: readonly OutRecord[]): Promise<void> {
  const producer = await world.kafka('none').producer();
  await producer.send([{ topic, records }]);
  await producer.close();
}

export type Reader = (batch: Batch) => Promise<void>;

export interface Reading {
  readonly consumer: Consumer;
  readonly assigned: () => Readonly<Record<string, readonly number[]>>;
}

export async function reading(
  world: World,
  group: string,
  topics: readonly string[],
  reader: Reader | (Pick<ConsumerOptions, 'onBatch'> & Partial<ConsumerOptions>),
): Promise<Reading> {
  let assigned: Readonly<Record<string, readonly number[]>> = {};
  const onAssigned = (assignment: typeof assigned): void => {
    assigned = assignment;
  };
  const consumer = await world.kafka(group).consume({
    group,
    sessionTimeoutMs: 10_000,
    topics,
    fetchBytes: 256 << 10,
    isPaused: () => false,
    onCommitted: () => undefined,
    onAssigned,
    onBeat: () => undefined,
    ...(typeof reader === 'function' ? { onBatch: reader } : reader),
  });
  // After the test that called: one that fails must not keep its process running.
  after(() => consumer.stop());
  return { consumer, assigned: () => assigned };
}

/** Reads without committing until `count` records have come, which the test's other end is waiting for. */
export async function readAll(world: World, topic: string, count: number): Promise<InRecord[]> {
  const found: InRecord[] = [];
  const group = world.unique('reader');
  // A reader ends when it joins a group that the broker, just started, is still loading.
  await committed(world, group);
  const { consumer } = await reading(world, group, [topic], async (batch) => {
    found.push(...batch.records);
    batch.resolve(batch.records.at(-1)!.offset);
  });
  await until(`${count} records in ${topic}`, () => found.length >= count);
  await consumer.stop();
  return found;
}

/** A broker that has just started knows no coordinator of groups for a moment, and says so. */
export async function committed(world: World, group: string): Promise<Record<string, string>> {
  const admin = await world.kafka(group).admin();
  try {
    let offsets: readonly TopicOffset[] = [];
    await until(`offsets of ${group}`, async () => {
      try {
        offsets = await admin.committed(group);
        return true;
      } catch (error) {
        if (error instanceof KafkaFailure && error.advice !== 'tell') return false;
        throw error;
      }
    });
    return Object.fromEntries(offsets.map((each) => [`${each.topic}/${each.partition}`, each.offset]));
  } finally {
    await admin.close();
  }
}
