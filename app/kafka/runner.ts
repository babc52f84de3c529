/** kafkajs's runner of a consumer, with our way to fetch and to commit. */
import type { EachBatchPayload, OffsetsByTopicPartition } from 'kafkajs';
import { systemClock } from '../ops/clock.ts';
import { Fetching, partitionKey, type PartitionBatch } from './fetching.ts';
import { replaceModule, type Load } from './modules.ts';

/** Milliseconds: how long an answer without records may take when other partitions are being served. */
const impatientMs = 5;

interface TopicPartitions {
  readonly topic: string;
  readonly partitions: readonly number[];
}

/** Commits as a member of the group, once, at any time; rejects with kafkajs's error. */
export type CommitOffsets = (offsets: OffsetsByTopicPartition) => Promise<void>;

/** What is to be given to kafkajs as `eachBatch`, which it hands on as it is. */
export interface BatchHandler {
  (payload: EachBatchPayload): Promise<void>;
  /** Called once, before the group is joined. */
  readonly attach: (commit: CommitOffsets) => void;
  /** Awaited before the group is joined again or left, when nothing is served any more: what is to be committed has to be by then. */
  readonly settled: () => Promise<void>;
  /** kafkajs can pause, too, but forgets that all of a topic is paused as soon as one of its partitions is. */
  readonly isPaused: () => boolean;
}

/** What of kafkajs's ConsumerGroup is used. */
interface ConsumerGroup {
  readonly commitOffsets: CommitOffsets;
  joinAndSync: () => Promise<void>;
  leave: () => Promise<void>;
  /** Milliseconds that a broker may wait for records. */
  maxWaitTime: number;
  filterPartitionsByNode: (nodeId: number, of: readonly TopicPartitions[]) => readonly TopicPartitions[];
  recoverFromFetch: (error: unknown) => Promise<void>;
  readonly offsetManager: {
    /** What of the partition is to be fetched next. */
    readonly nextOffset: (topic: string, partition: number) => { readonly toString: () => string };
  };
  readonly getNodeIds: () => readonly number[];
  /** Without those that are paused. */
  readonly getActiveTopicPartitions: () => Readonly<Record<string, ReadonlySet<number>>>;
}

interface KafkaJsBatch {
  readonly topic: string;
  readonly partition: number;
  readonly fetchedOffset: string;
  readonly rawMessages: readonly unknown[];
}

class Fetched implements PartitionBatch {
  readonly batch: KafkaJsBatch;

  constructor(batch: KafkaJsBatch) {
    this.batch = batch;
  }

  get topic(): string {
    return this.batch.topic;
  }

  get partition(): number {
    return this.batch.partition;
  }

  get records(): number {
    return this.batch.rawMessages.length;
  }
}

interface Runner {
  fetchManager: { readonly start: () => Promise<void>; readonly stop: () => Promise<void> };
  readonly fetch: (nodeId: number) => Promise<readonly KafkaJsBatch[]>;
  readonly handleBatch: (batch: KafkaJsBatch) => Promise<void>;
}

interface RunnerOptions {
  readonly consumerGroup: ConsumerGroup;
  readonly eachBatch: BatchHandler;
  readonly concurrency: number;
}

type RunnerClass = new (options: RunnerOptions) => Runner;

/** @param load a `require` that finds kafkajs, of exactly the version that this was written for */
export function installFetching(load: Load): void {
  const { KafkaJSNoBrokerAvailableError: NoBroker } = load('kafkajs/src/errors') as {
    KafkaJSNoBrokerAvailableError: new () => Error;
  };
  replaceModule(
    load,
    'consumer/runner',
    (Original: RunnerClass) =>
      class extends Original {
        constructor(options: RunnerOptions) {
          super(options);
          settleBeforeParting(options);
          this.fetchManager = fetchingOf(this, options, NoBroker);
        }
      },
  );
}

/** A partition that moves to another broker may be asked for at both, and the later answer come when the first one is served. */
function isNext(
  { offsetManager }: ConsumerGroup,
  { topic, partition, fetchedOffset }: KafkaJsBatch,
): boolean {
  return String(offsetManager.nextOffset(topic, partition)) === fetchedOffset;
}

function settleBeforeParting({ consumerGroup: group, eachBatch }: RunnerOptions): void {
  eachBatch.attach((offsets) => group.commitOffsets(offsets));
  const join = group.joinAndSync.bind(group);
  group.joinAndSync = () => eachBatch.settled().then(join);
  const leave = group.leave.bind(group);
  group.leave = () => eachBatch.settled().then(leave);
}

function fetchingOf(
  runner: Runner,
  { consumerGroup: group, concurrency, eachBatch }: RunnerOptions,
  NoBroker: new () => Error,
): Fetching<Fetched> {
  const patientMs = group.maxWaitTime;
  const fetching = new Fetching<Fetched>({
    nodeIds: () => group.getNodeIds(),
    noBroker: () => new NoBroker(),
    isAnyLeft: (busy) =>
      Object.entries(group.getActiveTopicPartitions()).some(([topic, partitions]) =>
        [...partitions].some((partition) => !busy.has(partitionKey(topic, partition))),
      ),
    fetch: async (nodeId, patient) => {
      group.maxWaitTime = patient ? patientMs : impatientMs;
      const batches = await runner.fetch(nodeId);
      // What was under way when it was paused is fetched again.
      if (eachBatch.isPaused()) return [];
      return batches.filter((batch) => isNext(group, batch)).map((batch) => new Fetched(batch));
    },
    serve: ({ batch }) => runner.handleBatch(batch),
    atATime: concurrency,
    after: systemClock.after,
  });
  // It joins the group again.
  const recover = group.recoverFromFetch.bind(group);
  group.recoverFromFetch = (error) => fetching.alone(() => recover(error));
  const byNode = group.filterPartitionsByNode.bind(group);
  const isWanted = (topic: string, partition: number): boolean =>
    !eachBatch.isPaused() && !fetching.busy.has(partitionKey(topic, partition));
  // Of no partition at all, it asks for nothing and waits as long as for an answer.
  group.filterPartitionsByNode = (nodeId, of) =>
    byNode(nodeId, of).map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.filter((partition) => isWanted(topic, partition)),
    }));
  return fetching;
}
