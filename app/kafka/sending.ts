/**
 * kafkajs's way to write to the brokers, written anew. That one sends again what is still under way: when one broker of several refuses its part of a write, as happens at the
 * beginning of most transactions, it starts over at once, and what another broker is just writing is written twice, in one transaction and with numbers of its own. Here a new
 * attempt waits for all answers of the one before, and takes what has none.
 */
import type { Encodable } from './codec/encode.ts';
import { nobody } from './metadata.ts';
import { replaceModule, type Load } from './modules.ts';

interface PartitionMetadata {
  readonly partitionId: number;
}

interface PartitionData {
  readonly partition: number;
  readonly messages: readonly Encodable[];
  firstSequence?: number;
}

interface TopicData {
  readonly topic: string;
  readonly partitions: readonly PartitionData[];
}

interface Answer {
  readonly topics: readonly {
    readonly topicName: string;
    readonly partitions: readonly { readonly partition: number }[];
  }[];
}

interface Broker {
  readonly nodeId: number | string;
  readonly produce: (request: object) => Promise<Answer>;
}

interface Cluster {
  readonly addMultipleTargetTopics: (topics: readonly string[]) => Promise<void>;
  readonly refreshMetadata: () => Promise<void>;
  readonly refreshMetadataIfNecessary: () => Promise<void>;
  readonly findTopicPartitionMetadata: (topic: string) => readonly PartitionMetadata[];
  /** By broker; a partition that nobody knows is left out. */
  readonly findLeaderForPartitions: (
    topic: string,
    partitions: readonly string[],
  ) => Readonly<Record<string, readonly number[]>>;
  readonly findBroker: (which: { readonly nodeId: string }) => Promise<Broker>;
  readonly removeBroker: (which: { readonly host: unknown; readonly port: unknown }) => void;
  readonly isConnected: () => boolean;
  readonly connect: () => Promise<void>;
}

/** Who numbers what is written, and knows of the transaction; of a producer that is neither idempotent nor transactional, all of it does nothing. */
interface EosManager {
  readonly isTransactional: () => boolean;
  readonly addPartitionsToTransaction: (topics: readonly TopicData[]) => Promise<void>;
  readonly acquireBrokerLock: (broker: Broker) => Promise<void>;
  readonly releaseBrokerLock: (broker: Broker) => Promise<void>;
  readonly getSequence: (topic: string, partition: number) => number;
  readonly updateSequence: (topic: string, partition: number, by: number) => void;
  readonly getTransactionalId: () => string;
  readonly getProducerId: () => unknown;
  readonly getProducerEpoch: () => number;
}

type Retrier = <T>(attempt: (bail: (error: unknown) => void) => Promise<T>) => Promise<T>;

export interface SendingParts {
  readonly cluster: Cluster;
  readonly partitioner: (asked: {
    readonly topic: string;
    readonly partitionMetadata: readonly PartitionMetadata[];
    readonly message: Encodable;
  }) => number;
  readonly eosManager: EosManager;
  readonly retrier: Retrier;
  /** kafkajs's error when nothing is known of a topic's partitions yet. */
  readonly NotLoaded: new (message: string) => Error;
}

export interface Write {
  readonly acks: number;
  readonly timeout: number;
  readonly compression?: number;
  readonly topicMessages: readonly { readonly topic: string; readonly messages: readonly Encodable[] }[];
}

/** What a partition's leader has answered. */
export interface Written {
  readonly topicName: string;
  readonly partition: number;
}

/** @param load a `require` that finds kafkajs, of exactly the version that this was written for */
export function installSending(load: Load): void {
  const { KafkaJSMetadataNotLoaded: NotLoaded } = load('kafkajs/src/errors') as {
    KafkaJSMetadataNotLoaded: new (message: string) => Error;
  };
  replaceModule(
    load,
    'producer/sendMessages',
    () => (parts: Omit<SendingParts, 'NotLoaded'>) => sender({ ...parts, NotLoaded }),
  );
}

export function sender(parts: SendingParts): (write: Write) => Promise<Written[]> {
  return (write) => new Sending(parts, write).run();
}

/** One write, until all of it is answered. */
class Sending {
  readonly #parts: SendingParts;
  readonly #write: Write;
  readonly #written: Written[] = [];

  constructor(parts: SendingParts, write: Write) {
    this.#parts = parts;
    this.#write = write;
  }

  run(): Promise<Written[]> {
    const { cluster, retrier } = this.#parts;
    return retrier(async (bail) => {
      await cluster.addMultipleTargetTopics(this.#write.topicMessages.map(({ topic }) => topic));
      try {
        await this.#attempt();
      } catch (error) {
        await this.#recover(error as Trouble, bail);
      }
      return this.#written;
    });
  }

  async #attempt(): Promise<void> {
    const { cluster, eosManager } = this.#parts;
    await cluster.refreshMetadataIfNecessary();
    const byLeader = this.#remaining();
    if (eosManager.isTransactional())
      await eosManager.addPartitionsToTransaction([...byLeader.values()].flat());
    const results = await Promise.allSettled(
      [...byLeader].map(([nodeId, topics]) => this.#produce(nodeId, topics)),
    );
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /** What has no answer yet, by the broker that leads it. */
  #remaining(): Map<string, TopicData[]> {
    const byLeader = new Map<string, TopicData[]>();
    for (const { topic, messages } of this.#write.topicMessages) {
      const grouped = this.#grouped(topic, messages);
      const left = Object.keys(grouped).filter((partition) => !this.#isWritten(topic, Number(partition)));
      const leaders = this.#parts.cluster.findLeaderForPartitions(topic, left);
      for (const [nodeId, partitions] of Object.entries(leaders)) {
        // Before anything is written, since a failed write is repeated as a whole, and a transaction cannot end in a partition that nobody leads.
        if (nodeId === String(nobody)) throw leaderless(topic, partitions);
        const data = partitions.map((partition) => ({ partition, messages: grouped[partition] ?? [] }));
        const topics = byLeader.get(nodeId) ?? [];
        byLeader.set(nodeId, [...topics, { topic, partitions: data }]);
      }
    }
    return byLeader;
  }

  #grouped(topic: string, messages: readonly Encodable[]): Record<number, Encodable[]> {
    const { cluster, partitioner, NotLoaded } = this.#parts;
    const partitionMetadata = cluster.findTopicPartitionMetadata(topic);
    if (partitionMetadata.length === 0)
      throw new NotLoaded(`Nothing is known of the partitions of ${topic} yet`);
    return groupByPartition(messages, (message) => partitioner({ topic, partitionMetadata, message }));
  }

  #isWritten(topic: string, partition: number): boolean {
    return this.#written.some((each) => each.topicName === topic && each.partition === partition);
  }

  async #produce(nodeId: string, topics: readonly TopicData[]): Promise<void> {
    const { cluster, eosManager } = this.#parts;
    const broker = await cluster.findBroker({ nodeId });
    await eosManager.acquireBrokerLock(broker);
    try {
      this.#number(topics);
      const answer = await broker.produce(this.#request(topics)).catch((error: unknown) => {
        // The same again has the same numbers, so that the broker knows what it has already.
        this.#advance(topics, -1);
        throw error;
      });
      for (const { topicName, partitions } of answer.topics)
        this.#written.push(...partitions.map((partition) => ({ topicName, ...partition })));
    } finally {
      await eosManager.releaseBrokerLock(broker);
    }
  }

  #number(topics: readonly TopicData[]): void {
    for (const { topic, partitions } of topics)
      for (const each of partitions)
        each.firstSequence = this.#parts.eosManager.getSequence(topic, each.partition);
    this.#advance(topics, 1);
  }

  #advance(topics: readonly TopicData[], sign: 1 | -1): void {
    for (const { topic, partitions } of topics)
      for (const { partition, messages } of partitions)
        this.#parts.eosManager.updateSequence(topic, partition, sign * messages.length);
  }

  #request(topicData: readonly TopicData[]): object {
    const { eosManager } = this.#parts;
    const { acks, timeout, compression } = this.#write;
    return {
      transactionalId: eosManager.isTransactional() ? eosManager.getTransactionalId() : undefined,
      producerId: eosManager.getProducerId(),
      producerEpoch: eosManager.getProducerEpoch(),
      acks,
      timeout,
      compression,
      topicData,
    };
  }

  /** Throws what is to be tried again. */
  async #recover(error: Trouble, bail: (error: unknown) => void): Promise<void> {
    const { cluster } = this.#parts;
    if (error.name === 'KafkaJSConnectionClosedError')
      cluster.removeBroker({ host: error.host, port: error.port });
    // The broker is still ending the transaction before; who leads what has not changed.
    if (error.type === 'CONCURRENT_TRANSACTIONS') throw error as unknown;
    if (!cluster.isConnected()) {
      await cluster.connect();
      await cluster.refreshMetadata();
      throw error as unknown;
    }
    if (isOfMetadata(error)) {
      await cluster.refreshMetadata();
      throw error as unknown;
    }
    if (error.retriable === true) throw error as unknown;
    bail(error);
  }
}

/** As kafkajs tells of a broker's error. */
function leaderless(topic: string, partitions: readonly number[]): Error {
  const error = new Error(`Nobody leads ${partitions.map((each) => `${topic}/${each}`).join(', ')}`);
  return Object.assign(error, {
    name: 'KafkaJSProtocolError',
    type: 'LEADER_NOT_AVAILABLE',
    retriable: true,
  });
}

/** In one go; kafkajs copies an array for each message, which takes quadratic time. */
function groupByPartition(
  messages: readonly Encodable[],
  partitionOf: (message: Encodable) => number,
): Record<number, Encodable[]> {
  const groups: Record<number, Encodable[]> = {};
  for (const message of messages) (groups[partitionOf(message)] ??= []).push(message);
  return groups;
}

/** The fields by which kafkajs tells its errors apart. */
interface Trouble {
  readonly name?: unknown;
  readonly type?: unknown;
  readonly retriable?: unknown;
  readonly host?: unknown;
  readonly port?: unknown;
}

const staleTypes: ReadonlySet<unknown> = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
]);
const staleNames: ReadonlySet<unknown> = new Set([
  'KafkaJSMetadataNotLoaded',
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
]);

/** Partitions may have moved, or have become more. */
function isOfMetadata({ name, type, retriable }: Trouble): boolean {
  return (
    staleTypes.has(type) || staleNames.has(name) || (name === 'KafkaJSProtocolError' && retriable === true)
  );
}
