/** What tests do to a real Kafka that the worker never does. */
import type { Admin } from 'kafkajs';
import { kafkaJsWith, logLevel } from './kafkajs.ts';

async function asking<T>(brokers: readonly string[], ask: (admin: Admin) => Promise<T>): Promise<T> {
  const { Kafka } = kafkaJsWith('barista', Date.now);
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    return await ask(admin);
  } finally {
    await admin.disconnect();
  }
}

export async function addPartitions(brokers: readonly string[], topic: string, count: number): Promise<void> {
  await asking(brokers, (admin) => admin.createPartitions({ topicPartitions: [{ topic, count }] }));
}

/** Of one partition; the broker compresses what is written to it. */
export async function createCompressedTopic(
  brokers: readonly string[],
  topic: string,
  compression: string,
): Promise<void> {
  const configEntries = [{ name: 'compression.type', value: compression }];
  const topics = [{ topic, numPartitions: 1, replicationFactor: 1, configEntries }];
  await asking(brokers, (admin) => admin.createTopics({ topics, waitForLeaders: true }));
}

/** Resolves when it is gone. */
export async function deleteTopic(brokers: readonly string[], topic: string): Promise<void> {
  await asking(brokers, (admin) => admin.deleteTopics({ topics: [topic] }));
}

/** The id of the broker that leads a partition. */
export async function leaderOf(
  brokers: readonly string[],
  topic: string,
  partition: number,
): Promise<number> {
  const { topics } = await asking(brokers, (admin) => admin.fetchTopicMetadata({ topics: [topic] }));
  const found = topics[0]?.partitions.find(({ partitionId }) => partitionId === partition);
  if (found === undefined) throw new Error(`${topic} has no partition ${partition}`);
  return found.leader;
}
