/** Writing with kafkajs: all in-sync replicas, chosen partitions, nothing dropped in silence. */
import type {
  ICustomPartitioner,
  Kafka as KafkaJs,
  Message,
  Producer as KafkaJsProducer,
  RecordMetadata,
  TopicMessages,
} from 'kafkajs';
import { toFailure } from './errors.ts';
import { fieldsOf, KafkaFailure } from './port.ts';
import type { Codec } from '../config/config.ts';
import type { HeaderFields, HeaderValue } from './codec/headers.ts';
import type {
  OutRecord,
  Producer,
  Receipt,
  TopicOffset,
  TopicRecords,
  Transaction,
  TransactionalProducer,
} from './port.ts';

const allReplicas = -1;

interface Writable {
  readonly topicMessages: TopicMessages[];
  readonly nullHeaders: number;
}

function isNullish(value: HeaderValue): value is null | undefined {
  return value === null || value === undefined;
}

function isList(value: HeaderValue | readonly HeaderValue[]): value is readonly HeaderValue[] {
  return Array.isArray(value);
}

function countNulls(headers: HeaderFields): number {
  let count = 0;
  for (const name in headers) {
    const value = headers[name];
    if (isList(value)) count += value.filter(isNullish).length;
    else if (isNullish(value)) count += 1;
  }
  return count;
}

/** kafkajs reads null header values and throws a TypeError when it is to write one (its issue 1789). */
function withoutNulls(headers: HeaderFields): HeaderFields {
  const written = (value: HeaderValue): HeaderValue => (isNullish(value) ? Buffer.alloc(0) : value);
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      isList(value) ? value.map(written) : written(value),
    ]),
  );
}

/** kafkajs takes `undefined` like a missing field, and our codec more than the types of kafkajs say. */
function writable(batch: readonly TopicRecords[], codec: Codec): Writable {
  if (codec === 'barista')
    return {
      topicMessages: batch.map(({ topic, records }) => ({ topic, messages: records as Message[] })),
      nullHeaders: 0,
    };
  let nullHeaders = 0;
  const message = (record: OutRecord): Message => {
    const headers = fieldsOf(record.headers);
    const nulls = countNulls(headers);
    nullHeaders += nulls;
    const { timestamp } = record;
    return {
      ...record,
      headers: nulls === 0 ? headers : withoutNulls(headers),
      ...(timestamp === undefined ? {} : { timestamp: String(timestamp) }),
    } as Message;
  };
  const topicMessages = batch.map(({ topic, records }) => ({ topic, messages: records.map(message) }));
  return { topicMessages, nullHeaders };
}

/**
 * The partition that the record names. Partitions are added to topics, and kafkajs leaves out, without an error, what goes to one that its metadata does not have
 * yet: the rest of the request would be written, and all of it again. With this error it looks anew and tries again before it has written anything.
 */
const givenPartition: ICustomPartitioner =
  () =>
  ({ topic, partitionMetadata, message: { partition } }) => {
    if (partition !== undefined && partitionMetadata.some(({ partitionId }) => partitionId === partition))
      return partition;
    const unknown = new Error(`${topic} has no partition ${partition ?? ''}`);
    throw Object.assign(unknown, { type: 'UNKNOWN_TOPIC_OR_PARTITION', retriable: true });
  };

/**
 * kafkajs leaves out, without an error, what goes to a partition that its metadata does not have, and what moved to a broker that has answered
 * already. So an answer counts only when every partition of the request is in it.
 */
function requireAll(batch: readonly TopicRecords[], answers: readonly RecordMetadata[]): void {
  for (const { topic, records } of batch) {
    const mine = answers.filter(({ topicName }) => topicName === topic);
    const acknowledged = new Set(mine.map(({ partition }) => partition));
    const lost = records.find(({ partition }) => !acknowledged.has(partition));
    if (lost !== undefined) {
      throw new KafkaFailure('wait', `Writing: ${topic}/${lost.partition} was not acknowledged`);
    }
  }
}

type Send = (
  request: { acks: number; topicMessages: TopicMessages[] },
  check: (answers: readonly RecordMetadata[]) => void,
) => Promise<void>;

/** `send` writes and checks the answers, so that whoever holds the producer learns of both. */
async function write(send: Send, batch: readonly TopicRecords[], codec: Codec): Promise<Receipt> {
  const { topicMessages, nullHeaders } = writable(batch, codec);
  try {
    await send({ acks: allReplicas, topicMessages }, (answers) => requireAll(batch, answers));
    return { nullHeaders };
  } catch (error) {
    throw toFailure(error, `Writing to ${batch.map(({ topic }) => topic).join(', ')}`);
  }
}

async function disconnect(producer: KafkaJsProducer): Promise<void> {
  // What it has not delivered was not acknowledged either, so nobody counts on it.
  await producer.disconnect().catch(() => undefined);
}

/**
 * A kafkajs producer and who uses it. After a failure the next one takes a new producer, because kafkajs keeps topics that are gone in its metadata
 * requests, which then fail for all topics (its issue 1146); the old one is let go when its last request was answered.
 */
interface Lease {
  readonly producer: KafkaJsProducer;
  inFlight: number;
  retired: boolean;
}

async function openProducer(kafka: KafkaJs): Promise<KafkaJsProducer> {
  const producer = kafka.producer({
    createPartitioner: givenPartition,
    allowAutoTopicCreation: false,
    metadataMaxAge: 60_000,
    retry: { initialRetryTime: 50, maxRetryTime: 1_000, retries: 3 },
  });
  await producer.connect();
  return producer;
}

/**
 * Not idempotent on purpose: kafkajs keeps one request in flight per broker then, and after a failure it reuses sequence numbers for other
 * records, which the broker takes for repetitions and drops. The worker sends the next records of a partition only
 * after the ones before were acknowledged, so a retry repeats but does not reorder first occurrences.
 */
export async function connectProducer(kafka: KafkaJs, codec: Codec): Promise<Producer> {
  const open = async (): Promise<Lease> => ({
    producer: await openProducer(kafka),
    inFlight: 0,
    retired: false,
  });
  let lease: Promise<Lease> | undefined = open();
  await lease.catch((error: unknown) => {
    throw toFailure(error, 'Connecting to Kafka to write');
  });
  const retire = (leased: Promise<Lease>): void => {
    if (lease === leased) lease = undefined;
  };
  const send: Send = async (request, check) => {
    const leased = (lease ??= open());
    const held = await leased.catch((error: unknown) => {
      retire(leased);
      throw error;
    });
    held.inFlight += 1;
    try {
      check(await held.producer.sendBatch(request));
    } catch (error) {
      // A refused record is no fault of the producer; another request may have retired it meanwhile.
      held.retired ||= toFailure(error, '').advice !== 'split';
      if (held.retired) retire(leased);
      throw error;
    } finally {
      held.inFlight -= 1;
      if (held.retired && held.inFlight === 0) void disconnect(held.producer);
    }
  };
  return {
    send: (batch) => write(send, batch, codec),
    close: async () => {
      const held = await lease?.catch(() => undefined);
      if (held !== undefined) await disconnect(held.producer);
    },
  };
}

function offsets(
  group: string,
  { topic, partition, offset }: TopicOffset,
): {
  consumerGroupId: string;
  topics: { topic: string; partitions: { partition: number; offset: string }[] }[];
} {
  return { consumerGroupId: group, topics: [{ topic, partitions: [{ partition, offset }] }] };
}

async function begin(
  producer: KafkaJsProducer,
  { group, codec }: { readonly group: string; readonly codec: Codec },
): Promise<Transaction> {
  const transaction = await producer.transaction().catch((error: unknown) => {
    throw toFailure(error, 'Beginning a transaction');
  });
  return {
    send: (batch) =>
      write(async (request, check) => check(await transaction.sendBatch(request)), batch, codec),
    commit: async (offset) => {
      try {
        await transaction.sendOffsets(offsets(group, offset));
        await transaction.commit();
      } catch (error) {
        throw toFailure(error, 'Committing a transaction');
      }
    },
    abort: async () => {
      await transaction.abort().catch((error: unknown) => {
        throw toFailure(error, 'Aborting a transaction');
      });
    },
  };
}

/** A producer of transactions that commit offsets of `group`. */
export async function connectTransactional(
  kafka: KafkaJs,
  {
    transactionalId,
    group,
    codec,
  }: { readonly transactionalId: string; readonly group: string; readonly codec: Codec },
): Promise<TransactionalProducer> {
  const producer = kafka.producer({
    transactionalId,
    idempotent: true,
    createPartitioner: givenPartition,
    allowAutoTopicCreation: false,
    transactionTimeout: 60_000,
    metadataMaxAge: 60_000,
    // The broker is often still ending the last transaction when the next one begins; that takes a few milliseconds.
    retry: { initialRetryTime: 10, maxRetryTime: 1_000, retries: 8 },
  });
  await producer.connect().catch((error: unknown) => {
    throw toFailure(error, 'Connecting to Kafka to write in transactions');
  });
  return { begin: () => begin(producer, { group, codec }), close: () => disconnect(producer) };
}
