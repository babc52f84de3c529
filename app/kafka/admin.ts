/** Topics and offsets, over kafkajs. */
import type { Admin as KafkaJsAdmin, ITopicMetadata, Kafka as KafkaJs } from 'kafkajs';
import { errorType, toFailure } from './errors.ts';
import { nobody } from './metadata.ts';
import { KafkaFailure } from './port.ts';
import type { Admin, NewTopic, PartitionId, TopicOffset, Watermarks } from './port.ts';

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

type Leadership = ITopicMetadata['partitions'];

async function look(admin: KafkaJsAdmin, topic: string): Promise<Leadership | undefined> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics.find(({ name }) => name === topic)?.partitions;
  } catch (error) {
    if (errorType(error) === 'UNKNOWN_TOPIC_OR_PARTITION') return undefined;
    throw error;
  }
}

function withoutLeader(topic: string, partitions: Leadership = []): PartitionId[] {
  return partitions
    .filter(({ leader }) => leader === nobody)
    .map(({ partitionId }) => ({ topic, partition: partitionId }));
}

async function leaderless(admin: KafkaJsAdmin, topics: readonly string[]): Promise<PartitionId[]> {
  const found: PartitionId[] = [];
  for (const topic of topics) found.push(...withoutLeader(topic, await look(admin, topic)));
  return found;
}

/**
 * Whether the topic is there is asked first, and of this topic alone: kafkajs's look at offsets asks for the metadata of all topics that it was used for before,
 * so its answer that one is unknown may be about another one.
 */
async function watermarks(admin: KafkaJsAdmin, topic: string): Promise<readonly Watermarks[] | undefined> {
  const found = await look(admin, topic);
  if (found === undefined) return undefined;
  const [lost] = withoutLeader(topic, found);
  // Who sees less than there is would take orders for served, or never come to them.
  if (lost !== undefined) throw new KafkaFailure('wait', `Nobody leads ${topic}/${lost.partition}`);
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
    partitions: (topic) => calling(`Looking up ${topic}`, async () => (await look(admin, topic))?.length),
    leaderless: (topics) => calling(`Looking up ${topics.join(', ')}`, () => leaderless(admin, topics)),
    createTopic: (topic) => calling(`Creating topic ${topic.topic}`, () => createTopic(admin, topic)),
    committed: (group) => calling(`Reading the offsets of group ${group}`, () => committed(admin, group)),
    watermarks: (topic) => calling(`Reading the offsets of ${topic}`, () => watermarks(admin, topic)),
    // A connection that does not close well is gone all the same.
    close: () => admin.disconnect().catch(() => undefined),
  };
}
