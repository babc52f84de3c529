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
