/** A group member over kafkajs, with its traps closed: see the comments. */
import type { Consumer as KafkaJsConsumer, EachBatchPayload, Kafka as KafkaJs } from 'kafkajs';
import type { Clock } from '../ops/clock.ts';
import { subscriptionAware } from './assigner.ts';
import { toFailure } from './errors.ts';
import type { Batch, Consumer, ConsumerOptions, TopicOffset } from './port.ts';

const commitAttempts = 6;

/** The two errors of a commit that only joining the group again cures; kafkajs does that when it sees them as they are. */
const rejoining = [
  'REBALANCE_IN_PROGRESS',
  'NOT_COORDINATOR_FOR_GROUP',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
];

function mustRejoin(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'type' in error && rejoining.includes(String(error.type))
  );
}

function groupOffsets({ topic, partition, offset }: TopicOffset): {
  topics: { topic: string; partitions: { partition: number; offset: string }[] }[];
} {
  return { topics: [{ topic, partitions: [{ partition, offset }] }] };
}

/**
 * Commits with retries of our own. kafkajs has two ways: `consumer.commitOffsets` retries, but does nothing once the consumer is stopping, and hides
 * from its own runner that the group is rebalancing; the one inside a batch does neither, and does not retry.
 */
async function commit(payload: EachBatchPayload, offset: TopicOffset, clock: Clock): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await payload.commitOffsetsIfNecessary(groupOffsets(offset));
      return;
    } catch (error) {
      if (mustRejoin(error)) throw error;
      if (attempt === commitAttempts)
        throw toFailure(error, `Committing ${offset.topic}/${offset.partition}`);
      await clock.sleep(50 * 2 ** attempt);
    }
  }
}

/** kafkajs's batch knows it, its types do not. */
function fetchedFrom(batch: EachBatchPayload['batch'], first: string): string {
  return 'fetchedOffset' in batch && typeof batch.fetchedOffset === 'string' ? batch.fetchedOffset : first;
}

function toBatch(
  payload: EachBatchPayload,
  consumer: KafkaJsConsumer,
  { generation, clock }: { generation: number; clock: Clock },
): Batch {
  const { topic, partition, highWatermark, messages } = payload.batch;
  return {
    topic,
    partition,
    highWatermark,
    records: messages,
    generation,
    fetchedFrom: fetchedFrom(payload.batch, messages[0]?.offset ?? '0'),
    endOffset: String(BigInt(payload.batch.lastOffset()) + 1n),
    // A seek makes the rest of the batch obsolete.
    isRunning: () => payload.isRunning() && !payload.isStale(),
    heartbeat: () => payload.heartbeat(),
    resolve: (offset) => payload.resolveOffset(offset),
    commit: (offset) => commit(payload, { topic, partition, offset }, clock),
    pause: () => payload.pause(),
    seek: (offset) => consumer.seek({ topic, partition, offset }),
  };
}

function create(kafka: KafkaJs, { group, sessionTimeoutMs }: ConsumerOptions): KafkaJsConsumer {
  return kafka.consumer({
    groupId: group,
    partitionAssigners: [subscriptionAware],
    sessionTimeout: sessionTimeoutMs,
    rebalanceTimeout: 30_000,
    heartbeatInterval: Math.min(3_000, Math.floor(sessionTimeoutMs / 4)),
    maxBytesPerPartition: 512 << 10,
    maxBytes: 2 << 20,
    minBytes: 1,
    // Also how long stopping takes, since kafkajs waits for the fetch in flight.
    maxWaitTimeInMs: 500,
    metadataMaxAge: 30_000,
    allowAutoTopicCreation: false,
    // It never restarts itself: a consumer that kafkajs runs a second time may read a partition twice (its issue 1593), so the caller makes a new one.
    retry: {
      initialRetryTime: 100,
      maxRetryTime: 2_000,
      retries: 5,
      restartOnFailure: () => Promise.resolve(false),
    },
  });
}

/** What happened to the consumer, as a promise. */
interface Fate {
  readonly ended: Promise<void>;
  readonly stop: () => Promise<void>;
  /** Rejects when it crashed before. */
  readonly check: () => Promise<void>;
}

function follow(consumer: KafkaJsConsumer): Fate {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  // Whoever awaits it hears of a crash; if nobody does any more, it is of no interest.
  promise.catch(() => undefined);
  let crash: Error | undefined;
  consumer.on('consumer.crash', ({ payload }) => {
    crash = toFailure(payload.error, 'Reading orders');
    reject(crash);
  });
  return {
    ended: promise,
    check: () => (crash === undefined ? Promise.resolve() : Promise.reject(crash)),
    stop: async () => {
      await consumer.disconnect().catch(() => undefined);
      resolve(undefined);
    },
  };
}

/** Batches without a single record for us (ends of transactions) do not reach the handler, but the group must get past them. */
function commitEmptyBatches(consumer: KafkaJsConsumer): void {
  consumer.on('consumer.end_batch_process', ({ payload: { topic, partition, batchSize, lastOffset } }) => {
    if (batchSize > 0) return;
    const offset = String(BigInt(lastOffset) + 1n);
    // If it fails, the next commit of the partition does it.
    void consumer.commitOffsets([{ topic, partition, offset }]).catch(() => undefined);
  });
}

/** Joins the group. Needs a kafkajs client of its own, because clients share their idea of committed offsets. */
export async function consume(kafka: KafkaJs, options: ConsumerOptions, clock: Clock): Promise<Consumer> {
  const consumer = create(kafka, options);
  const fate = follow(consumer);
  let generation = 0;
  consumer.on('consumer.group_join', ({ payload }) => {
    generation += 1;
    options.onAssigned(payload.memberAssignment);
  });
  consumer.on('consumer.fetch', () => options.onBeat());
  consumer.on('consumer.heartbeat', () => options.onBeat());
  commitEmptyBatches(consumer);
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...options.topics], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      // True would resolve what a stopping handler has not done: lost orders.
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 8,
      eachBatch: (payload) => options.onBatch(toBatch(payload, consumer, { generation, clock })),
    });
    // run() resolves although joining failed.
    await fate.check();
  } catch (error) {
    await fate.stop();
    throw toFailure(error, `Joining the group ${options.group}`);
  }
  return {
    ended: fate.ended,
    stop: fate.stop,
    commit: async (offsets) => {
      try {
        await consumer.commitOffsets(offsets.map((offset) => ({ ...offset })));
      } catch (error) {
        throw toFailure(error, 'Committing offsets');
      }
    },
  };
}
