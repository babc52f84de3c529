/** What tests do to a real Kafka that the worker never does. */
import { kafkaJsWith, logLevel } from './kafkajs.ts';

export async function addPartitions(brokers: readonly string[], topic: string, count: number): Promise<void> {
  const { Kafka } = kafkaJsWith('barista', Date.now);
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.createPartitions({ topicPartitions: [{ topic, count }] });
  await admin.disconnect();
}
