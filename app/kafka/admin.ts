/** Topics and offsets, over kafkajs. */
import type { Admin as KafkaJsAdmin, Kafka as KafkaJs } from 'kafkajs';
import { errorType, toFailure } from './errors.ts';
import type { Admin, NewTopic, TopicOffset } from './port.ts';

/** Runs a call to kafkajs and gives its errors our meaning. */
async function calling<T>(doing: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toFailure(error, doing);
  }
}

async function createTopic(admin: KafkaJsAdmin, wanted: NewTopic): Promise<void> {
  try {
    await admin.createTopics({
      waitForLeaders: true,
      // -1 is Kafka's word for "the broker's default".
      topics: [
        {
          topic: wanted.topic,
          numPartitions: wanted.partitions ?? -1,
          replicationFactor: wanted.replicationFactor ?? -1,
        },
      ],
    });
  } catch (error) {
    if (errorType(error) !== 'TOPIC_ALREADY_EXISTS') throw error;
  }
}

async function partitions(
  admin: KafkaJsAdmin,
  topics: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const metadata = await admin.fetchTopicMetadata({ topics: [...topics] });
  return new Map(metadata.topics.map((topic) => [topic.name, topic.partitions.length]));
}

/** kafkajs asks for all topics when it is given none. */
async function committed(admin: KafkaJsAdmin, group: string): Promise<readonly TopicOffset[]> {
  const topics = await admin.fetchOffsets({ groupId: group });
  return topics
    .flatMap(({ topic, partitions: found }) =>
      found.map(({ partition, offset, metadata }) => ({
        topic,
        partition,
        offset,
        metadata: metadata ?? '',
      })),
    )
    .filter(({ offset }) => !offset.startsWith('-'));
}

/** Connects. Its methods reject with a KafkaFailure that says what was being done. */
export async function connectAdmin(kafka: KafkaJs): Promise<Admin> {
  const admin = kafka.admin();
  await calling('Connecting to Kafka', () => admin.connect());
  return {
    topics: () => calling('Listing topics', () => admin.listTopics()),
    partitions: (topics) => calling(`Looking up ${topics.join(', ')}`, () => partitions(admin, topics)),
    createTopic: (topic) => calling(`Creating topic ${topic.topic}`, () => createTopic(admin, topic)),
    committed: (group) => calling(`Reading the offsets of group ${group}`, () => committed(admin, group)),
    watermarks: (topic) => calling(`Reading the offsets of ${topic}`, () => admin.fetchTopicOffsets(topic)),
    // A connection that does not close well is gone all the same.
    close: () => admin.disconnect().catch(() => undefined),
  };
}
