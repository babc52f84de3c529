/** A group member over kafkajs, with its traps closed: see the comments. */
import type {
  Consumer as KafkaJsConsumer,
  EachBatchPayload,
  Kafka as KafkaJs,
  OffsetsByTopicPartition,
} from 'kafkajs';
import type { Clock } from '../ops/clock.ts';
import { subscriptionAware } from './assigner.ts';
import { Committer } from './committer.ts';
import { toFailure } from './errors.ts';
import { KafkaFailure } from './port.ts';
import type { Assignment, Batch, Consumer, ConsumerOptions, TopicOffset } from './port.ts';
import type { BatchHandler, CommitOffsets } from './runner.ts';

const commitAttempts = 6;
/** Milliseconds between two looks whether a late commit has come through. */
const behindMs = 100;
/** Milliseconds after which no further attempt is made: one that is not answered takes a request's whole time. */
const commitPatienceMs = 10_000;

/** The errors of a commit that only joining the group again cures; kafkajs does that when it sees them as they are. */
const rejoining = [
  'REBALANCE_IN_PROGRESS',
  'NOT_COORDINATOR_FOR_GROUP',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
];

function mustRejoin(error: unknown): error is Error {
  return error instanceof Error && 'type' in error && rejoining.includes(String(error.type));
}

function groupOffsets(offsets: readonly TopicOffset[]): OffsetsByTopicPartition {
  return {
    topics: Array.from(
      Map.groupBy(offsets, ({ topic }) => topic),
      ([topic, of]) => ({ topic, partitions: of.map(({ partition, offset }) => ({ partition, offset })) }),
    ),
  };
}

/**
 * Commits with retries of our own. kafkajs's own are of `consumer.commitOffsets`, which does nothing once the consumer is stopping, and hides
 * from its own runner that the group is rebalancing.
 */
async function commitAll(
  commitOffsets: CommitOffsets,
  offsets: readonly TopicOffset[],
  clock: Clock,
): Promise<void> {
  const deadline = clock.monotonic() + commitPatienceMs;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await commitOffsets(groupOffsets(offsets));
      return;
    } catch (error) {
      if (mustRejoin(error)) throw error;
      if (attempt === commitAttempts || clock.monotonic() > deadline) {
        const which = offsets.map(({ topic, partition }) => `${topic}/${partition}`).join(', ');
        throw toFailure(error, `Committing ${which}`);
      }
      await clock.sleep(50 * 2 ** attempt);
    }
  }
}

/** This and the next: the batch knows it, kafkajs's types do not. */
function damageOf(batch: EachBatchPayload['batch']): string | undefined {
  return 'damage' in batch && typeof batch.damage === 'string' ? batch.damage : undefined;
}

function fetchedFrom(batch: EachBatchPayload['batch'], first: string): string {
  return 'fetchedOffset' in batch && typeof batch.fetchedOffset === 'string' ? batch.fetchedOffset : first;
}

function create(kafka: KafkaJs, { group, sessionTimeoutMs, fetchBytes }: ConsumerOptions): KafkaJsConsumer {
  return kafka.consumer({
    groupId: group,
    partitionAssigners: [subscriptionAware],
    sessionTimeout: sessionTimeoutMs,
    rebalanceTimeout: 30_000,
    heartbeatInterval: Math.min(3_000, Math.floor(sessionTimeoutMs / 4)),
    maxBytesPerPartition: fetchBytes,
    maxBytes: 4 * fetchBytes,
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
  /** The consumer is of no more use. */
  readonly fail: (error: Error) => void;
  /** Rejects when it crashed before. */
  readonly check: () => Promise<void>;
}

function follow(consumer: KafkaJsConsumer): Fate {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  // Whoever awaits it hears of a crash; if nobody does any more, it is of no interest.
  promise.catch(() => undefined);
  let failure: Error | undefined;
  const fail = (error: Error): void => {
    failure ??= error;
    reject(error);
  };
  consumer.on('consumer.crash', ({ payload }) => fail(toFailure(payload.error, 'Reading orders')));
  return {
    ended: promise,
    fail,
    check: () => (failure === undefined ? Promise.resolve() : Promise.reject(failure)),
    stop: async () => {
      await consumer.disconnect().catch(() => undefined);
      resolve(undefined);
    },
  };
}

/** What happens to a member of the group while it runs: assignments, batches, and the commits of these. */
class Membership {
  readonly fate: Fate;
  readonly #consumer: KafkaJsConsumer;
  readonly #options: ConsumerOptions;
  readonly #committer: Committer;
  readonly #clock: Clock;
  #commitOffsets: CommitOffsets = () =>
    Promise.reject(new KafkaFailure('rebuild', 'The group was not joined'));
  #generation = 0;
  /** What a commit has said of our membership, until the group is joined again. */
  #lost: Error | undefined;

  constructor(consumer: KafkaJsConsumer, options: ConsumerOptions, clock: Clock) {
    this.#consumer = consumer;
    this.#options = options;
    this.#clock = clock;
    this.fate = follow(consumer);
    this.#committer = new Committer({
      commit: (offsets) => commitAll((all) => this.#commitOffsets(all), offsets, clock),
      monotonic: clock.monotonic,
      after: clock.after,
      onCommitted: options.onCommitted,
      onFailure: (error) => this.#commitFailed(error),
    });
    consumer.on('consumer.group_join', ({ payload }) => this.#joined(payload.memberAssignment));
    consumer.on('consumer.fetch', () => options.onBeat());
    consumer.on('consumer.heartbeat', () => options.onBeat());
    // Batches without a single record for us (ends of transactions) do not reach the handler, but the group must get past them.
    consumer.on('consumer.end_batch_process', ({ payload: { topic, partition, batchSize, lastOffset } }) => {
      if (batchSize > 0) return;
      this.#committer.commit({ topic, partition, offset: String(BigInt(lastOffset) + 1n) });
    });
  }

  handler(): BatchHandler {
    return Object.assign((payload: EachBatchPayload) => this.#options.onBatch(this.#toBatch(payload)), {
      attach: (commitOffsets: CommitOffsets) => void (this.#commitOffsets = commitOffsets),
      settled: () => this.#committer.settled(),
      isPaused: this.#options.isPaused,
    });
  }

  #joined(assignment: Assignment): void {
    this.#generation += 1;
    this.#lost = undefined;
    this.#options.onAssigned(assignment);
  }

  #commitFailed(error: unknown): void {
    if (mustRejoin(error)) this.#lost = error;
    else this.fate.fail(toFailure(error, 'Committing offsets'));
  }

  /** Waits while commits are behind, and goes on beating. */
  async #heartbeat(payload: EachBatchPayload): Promise<void> {
    for (;;) {
      if (this.#lost !== undefined) throw this.#lost;
      await payload.heartbeat();
      if (!this.#committer.isBehind || !payload.isRunning()) return;
      await this.#clock.sleep(behindMs);
    }
  }

  #toBatch(payload: EachBatchPayload): Batch {
    const { topic, partition, highWatermark, messages } = payload.batch;
    return {
      topic,
      partition,
      highWatermark,
      records: messages,
      damage: damageOf(payload.batch),
      generation: this.#generation,
      fetchedFrom: fetchedFrom(payload.batch, messages[0]?.offset ?? '0'),
      endOffset: String(BigInt(payload.batch.lastOffset()) + 1n),
      // A seek makes the rest of the batch obsolete.
      isRunning: () => payload.isRunning() && !payload.isStale(),
      heartbeat: () => this.#heartbeat(payload),
      resolve: (offset) => payload.resolveOffset(offset),
      commit: (offset) => this.#committer.commit({ topic, partition, offset }),
      settled: () => this.#committer.settled(),
      pause: () => payload.pause(),
      seek: (offset) => this.#consumer.seek({ topic, partition, offset }),
    };
  }
}

/** Joins the group. Needs a kafkajs client of its own, because clients share their idea of committed offsets. */
export async function consume(kafka: KafkaJs, options: ConsumerOptions, clock: Clock): Promise<Consumer> {
  const consumer = create(kafka, options);
  const membership = new Membership(consumer, options, clock);
  const { fate } = membership;
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...options.topics], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      // True would resolve what a stopping handler has not done: lost orders.
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 8,
      eachBatch: membership.handler(),
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
