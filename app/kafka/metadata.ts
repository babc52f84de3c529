/**
 * What kafkajs believes of an answer to "who leads what". It fails such an answer as a whole when one of the partitions in it has no leader, and so neither reads nor writes any other
 * partition meanwhile. Here only those are out of reach: their leader is {@link nobody}, nothing is fetched of them, a write to them fails before it has begun (`sending.ts`).
 */
import type { Load } from './modules.ts';

/** The id of the broker that leads a partition which nobody leads. */
export const nobody = -1;
const leaderNotAvailable = 5;
/** How soon it is asked again while somebody has no leader, in milliseconds; kafkajs asks each five minutes. */
const askAgainMs = 1_000;

interface PartitionMetadata {
  readonly partitionErrorCode: number;
  readonly leader: number;
}

interface Metadata {
  readonly topicMetadata: readonly { readonly partitionMetadata: readonly PartitionMetadata[] }[];
}

interface Protocol {
  readonly request: unknown;
  readonly response: { readonly parse: (data: Metadata) => Promise<Metadata> };
}

interface Definitions {
  protocol: (which: { version: number }) => (asked: { topics: readonly string[] }) => Protocol;
}

interface BrokerPool {
  /** Null once it is disconnected. */
  readonly metadata: Metadata | null;
  readonly metadataMaxAge: number;
  /** Milliseconds since 1970. */
  metadataExpireAt: number;
}

/** @param load a `require` that finds kafkajs, of exactly the version that this was written for */
export function installMetadata(load: Load): void {
  mendAnswers(load);
  mendAge(load);
  mendOffsets(load);
}

/** `parse` is what rejects an answer. */
function mendAnswers(load: Load): void {
  const definitions = load('kafkajs/src/protocol/requests/metadata') as Definitions;
  const original = definitions.protocol;
  if (typeof original !== 'function')
    throw new Error('kafkajs is not what its mends were written for: its metadata request has changed.');
  definitions.protocol = (which) => (asked) => {
    const found = original(which)(asked);
    const { parse } = found.response;
    // A client that has no topic in mind yet asks for all there are, to learn of the brokers: what ails them is not its concern.
    const believe = asked.topics.length === 0 ? accept : (data: Metadata) => parse(withoutLeaders(data));
    return { ...found, response: { ...found.response, parse: believe } };
  };
}

function accept(data: Metadata): Promise<Metadata> {
  return Promise.resolve(data);
}

/** The same without the complaint that nobody leads a partition. */
export function withoutLeaders(data: Metadata): Metadata {
  const forgiven = (it: PartitionMetadata): PartitionMetadata =>
    it.partitionErrorCode === leaderNotAvailable ? { ...it, partitionErrorCode: 0, leader: nobody } : it;
  const topicMetadata = data.topicMetadata.map((topic) => ({
    ...topic,
    partitionMetadata: topic.partitionMetadata.map(forgiven),
  }));
  return { ...data, topicMetadata };
}

function mendAge(load: Load): void {
  const { prototype } = load('kafkajs/src/cluster/brokerPool') as {
    prototype: { refreshMetadata: (topics: readonly string[]) => Promise<void> };
  };
  const original = prototype.refreshMetadata;
  if (typeof original !== 'function')
    throw new Error('kafkajs is not what its mends were written for: its pool of brokers has changed.');
  prototype.refreshMetadata = async function (this: BrokerPool, topics: readonly string[]): Promise<void> {
    await original.call(this, topics);
    if (this.metadata !== null && isAnyWithout(this.metadata))
      this.metadataExpireAt -= Math.max(0, this.metadataMaxAge - askAgainMs);
  };
}

interface OffsetsAsked {
  readonly topic: string;
  readonly partitions: readonly { readonly partition: number }[];
}

interface Cluster {
  readonly findTopicPartitionMetadata: (
    topic: string,
  ) => readonly { readonly partitionId: number; readonly leader: number }[];
}

/**
 * Where a group begins that has no offset on a partition: kafkajs asks for all such partitions before it fetches anything. One that nobody leads is left without, and
 * kafkajs does not fetch it until it has asked again, which it does at each fetch.
 */
function mendOffsets(load: Load): void {
  type Fetch = (this: Cluster, asked: readonly OffsetsAsked[]) => Promise<readonly OffsetsAsked[]>;
  const { prototype } = load('kafkajs/src/cluster') as { prototype: { fetchTopicsOffset: Fetch } };
  const original = prototype.fetchTopicsOffset;
  if (typeof original !== 'function')
    throw new Error('kafkajs is not what its mends were written for: its cluster has changed.');
  prototype.fetchTopicsOffset = async function (asked) {
    const led = asked.map((each) => ({
      ...each,
      partitions: each.partitions.filter(({ partition }) => !isLost(this, each.topic, partition)),
    }));
    const found = await original.call(this, led);
    const silent = led.filter(({ topic }) => !found.some((each) => each.topic === topic));
    // It reads the answer for each topic that it has asked for.
    return [...found, ...silent.map(({ topic }) => ({ topic, partitions: [] }))];
  };
}

function isLost(cluster: Cluster, topic: string, partition: number): boolean {
  const found = cluster
    .findTopicPartitionMetadata(topic)
    .find(({ partitionId }) => partitionId === partition);
  return found?.leader === nobody;
}

function isAnyWithout({ topicMetadata }: Metadata): boolean {
  return topicMetadata.some(({ partitionMetadata }) =>
    partitionMetadata.some(({ leader }) => leader === nobody),
  );
}
