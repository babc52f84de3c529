/** Topics and offsets, over kafkajs. */
import type { Admin as KafkaJsAdmin, Kafka as KafkaJs } from 'kafkajs';
import { errorType, toFailure } from './errors.ts';
import type { Admin, NewTopic, TopicOffset, Watermarks } from './port.ts';

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

async function partitions(admin: KafkaJsAdmin, topic: string): Promise<number | undefined> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics.find(({ name }) => name === topic)?.partitions.length;
  } catch (error) {
    if (errorType(error) === 'UNKNOWN_TOPIC_OR_PARTITION') return undefined;
    throw error;
  }
}

/**
 * Whether the topic is there is asked first, and of this topic alone: kafkajs's look at offsets asks for the metadata of all topics that it was used for before,
 * so its answer that one is unknown may be about another one.
 */
async function watermarks(admin: KafkaJsAdmin, topic: string): Promise<readonly Watermarks[] | undefined> {
  if ((await partitions(admin, topic)) === undefined) return undefined;
  return admin.fetchTopicOffsets(topic);
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
    partitions: (topic) => calling(`Looking up ${topic}`, () => partitions(admin, topic)),
    createTopic: (topic) => calling(`Creating topic ${topic.topic}`, () => createTopic(admin, topic)),
    committed: (group) => calling(`Reading the offsets of group ${group}`, () => committed(admin, group)),
    watermarks: (topic) => calling(`Reading the offsets of ${topic}`, () => watermarks(admin, topic)),
    // A connection that does not close well is gone all the same.
    close: () => admin.disconnect().catch(() => undefined),
  };
}
