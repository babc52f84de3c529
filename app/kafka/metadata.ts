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
  readonly metadata: Metadata;
  readonly metadataMaxAge: number;
  /** Milliseconds since 1970. */
  metadataExpireAt: number;
}

/** @param load a `require` that finds kafkajs, of exactly the version that this was written for */
export function installMetadata(load: Load): void {
  mendAnswers(load);
  mendAge(load);
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
    if (isAnyWithout(this.metadata)) this.metadataExpireAt -= Math.max(0, this.metadataMaxAge - askAgainMs);
  };
}

function isAnyWithout({ topicMetadata }: Metadata): boolean {
  return topicMetadata.some(({ partitionMetadata }) =>
    partitionMetadata.some(({ leader }) => leader === nobody),
  );
}
