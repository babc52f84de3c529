/**
 * What the worker needs of Kafka, and no more. `client.ts` does it with kafkajs, `memory.ts` in memory;
 * `conformance.ts` holds both to the same behaviour.
 *
 * Offsets are decimal strings as on the wire in kafkajs, since they have 64 bits. An offset to commit is the *next* one to read.
 */
import type { Timestamp } from './codec/encode.ts';
import { WireHeaders, type HeaderFields, type Headers } from './codec/headers.ts';

export type { HeaderFields, Headers, Timestamp };

/** What headers say; mostly nobody looks, and they are passed on as they are. */
export function fieldsOf(headers: Headers | undefined): HeaderFields {
  return headers instanceof WireHeaders ? headers.fields() : (headers ?? {});
}

/** The same headers and more; of those with the same name the last counts, whoever keeps only one. */
export function headersWith(headers: Headers | undefined, more: HeaderFields): Headers {
  return headers instanceof WireHeaders ? headers.with(more) : { ...headers, ...more };
}

/** A record as it was read. */
export interface InRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: Headers | undefined;
  /** Milliseconds since 1970. */
  readonly timestamp: Timestamp;
  readonly offset: string;
}

/** A record to write. */
export interface OutRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | string | null;
  readonly headers?: Headers | undefined;
  /** Milliseconds since 1970; undefined: the time of writing. */
  readonly timestamp?: Timestamp | undefined;
  readonly partition: number;
}

export interface TopicRecords {
  readonly topic: string;
  readonly records: readonly OutRecord[];
}

/** What was acknowledged, as far as it is worth a number. */
export interface Receipt {
  /** Header values that were null and were written as empty: kafkajs's own encoder cannot write null ones. */
  readonly nullHeaders: number;
}

/** Writes and waits until all in-sync replicas have it. Rejects with a {@link KafkaFailure}; some of it may have been written then. */
export interface Producer {
  readonly send: (batch: readonly TopicRecords[]) => Promise<Receipt>;
  readonly close: () => Promise<void>;
}

/** After a failure of any of these, the producer must be closed and a new one taken. */
export interface Transaction {
  readonly send: (batch: readonly TopicRecords[]) => Promise<Receipt>;
  /** Makes the drinks and the group's offset visible together. */
  readonly commit: (offset: TopicOffset) => Promise<void>;
  readonly abort: () => Promise<void>;
}

export interface TransactionalProducer {
  /** The first one of a producer fences every other producer of the same id and ends what they left open. */
  readonly begin: () => Promise<Transaction>;
  readonly close: () => Promise<void>;
}

export interface TopicOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  /** Goes into the group's offset as its comment. */
  readonly metadata?: string;
}

/** Some consecutive records of one partition. */
export interface Batch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly InRecord[];
  /** Why what was fetched cannot be read: there are no records then. */
  readonly damage: string | undefined;
  /** The offset that was asked for; the first record's is larger where the log has gaps. */
  readonly fetchedFrom: string;
  /** Behind the last record and what follows it in the batch without being one (ends of transactions): to be committed when all records are done. */
  readonly endOffset: string;
  /** The offset that the partition's next record will get. */
  readonly highWatermark: string;
  /** Grows with every assignment: what was known about a partition before is out of date then. */
  readonly generation: number;
  /** False as soon as the consumer is being stopped: finish what is in flight, resolve and commit it, and return. */
  readonly isRunning: () => boolean;
  /** To be called often. Rejects when the group is being rebalanced: let that error through. */
  readonly heartbeat: () => Promise<void>;
  /** All records up to this offset are done: the next fetch goes on behind it. Not resolved is fetched again. */
  readonly resolve: (offset: string) => void;
  /**
   * Soon, and in any case before the partition is given away, if Kafka lets it. What becomes of it, `onCommitted` tells; of a failure nobody has to do anything: that
   * the partition is no longer ours, the next heartbeat tells, and that the consumer is of no more use, its end.
   */
  readonly commit: (nextOffset: string) => void;
  /** Resolves when nothing is left to commit of any partition: all of it was, or has failed. */
  readonly settled: () => Promise<void>;
  /** Fetches no more of this partition until the returned function is called. */
  readonly pause: () => () => void;
  /** The next fetch starts there. */
  readonly seek: (offset: string) => void;
}

export type Assignment = Readonly<Record<string, readonly number[]>>;

export interface ConsumerOptions {
  readonly group: string;
  /** How long the group waits for this member when it goes without a word; the broker has its own bounds, 6 s at least by default. */
  readonly sessionTimeoutMs: number;
  readonly topics: readonly string[];
  /** Of a partition, in one fetch, about; a single record may be larger. What is fetched is held in memory until it is served. */
  readonly fetchBytes: number;
  /** Asked again and again; while it is true, no batch is taken, and the member stays in its group. */
  readonly isPaused: () => boolean;
  readonly onBatch: (batch: Batch) => Promise<void>;
  readonly onAssigned: (assignment: Assignment) => void;
  /** What a batch wanted to be committed was, or could not be. */
  readonly onCommitted: (offsets: readonly TopicOffset[], ok: boolean) => void;
  /** A sign of life: a fetch returned, a heartbeat was answered. */
  readonly onBeat: () => void;
}

/** A member of a consumer group that starts at the earliest record where the group has committed nothing. */
export interface Consumer {
  /** Resolves after `stop`; rejects with a {@link KafkaFailure} when this consumer is of no more use. */
  readonly ended: Promise<void>;
  /** Commits for any partition as a member of the group. */
  readonly commit: (offsets: readonly TopicOffset[]) => Promise<void>;
  /** Lets the batches in flight finish, leaves the group. Never rejects. */
  readonly stop: () => Promise<void>;
}

export interface Watermarks {
  readonly partition: number;
  /** The first offset that is still there. */
  readonly low: string;
  /** The offset of the next record. */
  readonly high: string;
}

export interface PartitionId {
  readonly topic: string;
  readonly partition: number;
}

export interface NewTopic {
  readonly topic: string;
  readonly partitions: number | undefined;
  readonly replicationFactor: number | undefined;
}

/** To be used by one caller at a time: kafkajs's answers to two that ask at once may get mixed up. */
export interface Admin {
  /** How many partitions a topic has, or undefined when there is no such topic. */
  readonly partitions: (topic: string) => Promise<number | undefined>;
  /** Their partitions that no broker leads: nothing can be read from them or written to them. What is not there has none. */
  readonly leaderless: (topics: readonly string[]) => Promise<readonly PartitionId[]>;
  /** A topic that is there already is no error. */
  readonly createTopic: (topic: NewTopic) => Promise<void>;
  /** Everything that the group has committed, on whatever topic. */
  readonly committed: (group: string) => Promise<readonly TopicOffset[]>;
  /** Of each partition, or undefined when there is no such topic. Rejects while nobody leads one of them. */
  readonly watermarks: (topic: string) => Promise<readonly Watermarks[] | undefined>;
  readonly close: () => Promise<void>;
}

/** All of Kafka. Everything rejects with a {@link KafkaFailure}. */
export interface Kafka {
  readonly admin: () => Promise<Admin>;
  readonly producer: () => Promise<Producer>;
  readonly transactional: (transactionalId: string) => Promise<TransactionalProducer>;
  /** Resolves when the group was joined. */
  readonly consume: (options: ConsumerOptions) => Promise<Consumer>;
}

/**
 * What to do about a failure:
 * - `wait`: Kafka is away or busy; the same thing will work later.
 * - `split`: one of the records of this request is refused, or they are too many: send fewer, to find out which.
 * - `tell`: it fails until a person changes something (a permission, a topic); try again, slowly, and say so.
 * - `rebuild`: this client is in a state that nobody knows; make a new one.
 */
export type Advice = 'wait' | 'split' | 'tell' | 'rebuild';

export class KafkaFailure extends Error {
  override readonly name = 'KafkaFailure';
  readonly advice: Advice;
  /** Read by kafkajs: thrown out of a batch, a failure ends the consumer instead of being tried again there. */
  readonly retriable = false;

  constructor(advice: Advice, message: string, cause?: unknown) {
    super(message, { cause });
    this.advice = advice;
  }
}
