/**
 * Kafka in memory, for tests: topics, groups that rebalance, transactions that fence, and faults to set. `conformance.ts` holds it to what the real one does.
 */
import { assign } from './assign.ts';
import { Member } from './memory-member.ts';
import type { HeaderFields, HeaderValue } from './codec/headers.ts';
import { fieldsOf, KafkaFailure } from './port.ts';
import type {
  Admin,
  InRecord,
  Kafka,
  PartitionId,
  Producer,
  Receipt,
  TopicOffset,
  TopicRecords,
  Transaction,
  TransactionalProducer,
} from './port.ts';

function asRead(headers: HeaderFields): HeaderFields {
  const read = (value: HeaderValue): HeaderValue =>
    typeof value === 'string' ? Buffer.from(value) : (value ?? null);
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? (value as HeaderValue[]).map(read) : read(value as HeaderValue),
    ]),
  );
}

export interface Faults {
  /** Asked before each write; a failure is thrown. */
  write: (batch: readonly TopicRecords[]) => KafkaFailure | undefined;
  /** Asked after each write that was done: the answer gets lost. */
  answer: (batch: readonly TopicRecords[]) => KafkaFailure | undefined;
  /** Asked before each look at a topic; a failure is thrown. */
  look: (topic: string) => KafkaFailure | undefined;
  /** Asked before each commit, inside a transaction or not. */
  commit: (offset: TopicOffset) => Error | undefined;
  /** While true, nothing can be reached. */
  away: boolean;
}

export interface Partition {
  /** Offset of the first record that is still there. */
  low: number;
  readonly records: InRecord[];
  /** False: no broker leads it. */
  led: boolean;
}

interface Group {
  readonly offsets: Map<string, TopicOffset>;
  readonly members: Set<Member>;
}

const away = (): KafkaFailure => new KafkaFailure('wait', 'Kafka is away');

function nobodyLeads({ topic, partition }: PartitionId): KafkaFailure {
  return new KafkaFailure('wait', `Nobody leads ${topic}/${partition}`);
}

/** The shared state, and the tests' handle on it. */
export class MemoryBroker {
  readonly faults: Faults = {
    write: () => undefined,
    answer: () => undefined,
    look: () => undefined,
    commit: () => undefined,
    away: false,
  };
  readonly topics = new Map<string, Partition[]>();
  readonly groups = new Map<string, Group>();
  readonly epochs = new Map<string, number>();
  /** Records in one batch at most, so that tests see several. */
  readonly batchRecords: number;
  private readonly waiting = new Set<() => void>();
  private memberNumber = 0;

  constructor(batchRecords = 100) {
    this.batchRecords = batchRecords;
  }

  reach(): void {
    if (this.faults.away) throw away();
  }

  createTopic(topic: string, partitions = 1): void {
    if (this.topics.has(topic)) return;
    this.topics.set(
      topic,
      Array.from({ length: partitions }, () => ({ low: 0, records: [], led: true })),
    );
    this.wake();
  }

  /** As an admin sees it. */
  look(topic: string): Partition[] | undefined {
    if (/[^\w.-]/.test(topic)) throw new KafkaFailure('tell', `${topic} is no topic name`);
    const hidden = this.faults.look(topic);
    if (hidden !== undefined) throw hidden;
    return this.topics.get(topic);
  }

  /** A partition's leader goes, or is there again. */
  lead(topic: string, partition: number, led: boolean): void {
    const found = this.partitionsOf(topic)[partition];
    if (found !== undefined) found.led = led;
    this.wake();
  }

  leaderless(topic: string): PartitionId[] {
    const partitions = this.look(topic) ?? [];
    return partitions.flatMap(({ led }, partition) => (led ? [] : [{ topic, partition }]));
  }

  partitionsOf(topic: string): Partition[] {
    const found = this.topics.get(topic);
    if (found === undefined) throw new KafkaFailure('wait', `There is no topic ${topic}`);
    return found;
  }

  append(batch: readonly TopicRecords[]): Receipt {
    for (const { topic, records } of batch) {
      const partitions = this.partitionsOf(topic);
      const lost = records.find(({ partition }) => partitions[partition]?.led === false);
      if (lost !== undefined) throw nobodyLeads({ topic, partition: lost.partition });
    }
    for (const { topic, records } of batch) {
      for (const { partition, key, value, headers, timestamp } of records) {
        const log = this.partitionsOf(topic)[partition];
        if (log === undefined) throw new KafkaFailure('wait', `${topic}/${partition} was not acknowledged`);
        log.records.push({
          key,
          value: typeof value === 'string' ? Buffer.from(value) : value,
          headers: asRead(fieldsOf(headers)),
          timestamp: timestamp ?? '0',
          offset: String(log.low + log.records.length),
        });
      }
    }
    this.wake();
    return { nullHeaders: 0 };
  }

  /** Retention: the first `count` records of a partition are gone. */
  expire(topic: string, partition: number, count: number): void {
    const log = this.partitionsOf(topic)[partition];
    if (log !== undefined) log.low += log.records.splice(0, count).length;
  }

  /** Everything in a topic, partition by partition. */
  read(topic: string): (InRecord & { readonly partition: number })[] {
    return this.partitionsOf(topic).flatMap(({ records }, partition) =>
      records.map((record) => ({ ...record, partition })),
    );
  }

  group(name: string): Group {
    const found = this.groups.get(name) ?? {
      offsets: new Map<string, TopicOffset>(),
      members: new Set<Member>(),
    };
    this.groups.set(name, found);
    return found;
  }

  setOffset(group: string, offset: TopicOffset): void {
    this.group(group).offsets.set(`${offset.topic}/${offset.partition}`, offset);
  }

  offset(group: string, topic: string, partition: number): TopicOffset | undefined {
    return this.group(group).offsets.get(`${topic}/${partition}`);
  }

  nextMemberId(): string {
    this.memberNumber += 1;
    return `member-${String(this.memberNumber).padStart(3, '0')}`;
  }

  /** Deals out all partitions anew. */
  rebalance(name: string): void {
    const { members } = this.group(name);
    const shares = assign(
      [...members].map(({ id, options }) => ({
        id,
        topics: new Map(options.topics.map((topic) => [topic, this.partitionsOf(topic).length])),
      })),
    );
    for (const member of members) member.take(shares.get(member.id) ?? {});
    this.wake();
  }

  changed(): Promise<void> {
    return new Promise((resolve) => this.waiting.add(resolve));
  }

  wake(): void {
    const all = [...this.waiting];
    this.waiting.clear();
    for (const each of all) each();
  }
}

function producer(broker: MemoryBroker): Producer {
  return {
    send: async (batch) => {
      await Promise.resolve();
      broker.reach();
      const refused = broker.faults.write(batch);
      if (refused !== undefined) throw refused;
      const receipt = broker.append(batch);
      const lost = broker.faults.answer(batch);
      if (lost !== undefined) throw lost;
      return receipt;
    },
    close: () => Promise.resolve(),
  };
}

function transactional(broker: MemoryBroker, id: string, group: string): TransactionalProducer {
  let epoch: number | undefined;
  const check = (): void => {
    broker.reach();
    if (epoch !== broker.epochs.get(id))
      throw new KafkaFailure('rebuild', `A newer producer has fenced ${id}`);
  };
  const open = (): Transaction => {
    const held: TopicRecords[] = [];
    return {
      send: async (batch) => {
        await Promise.resolve();
        check();
        const refused = broker.faults.write(batch);
        if (refused !== undefined) throw refused;
        held.push(...batch);
        return { nullHeaders: 0 };
      },
      commit: async (offset) => {
        await Promise.resolve();
        check();
        const fault = broker.faults.commit(offset);
        if (fault !== undefined) throw fault;
        broker.append(held);
        broker.setOffset(group, offset);
        const lost = broker.faults.answer(held);
        if (lost !== undefined) throw lost;
      },
      abort: () => Promise.resolve().then(check),
    };
  };
  return {
    begin: async () => {
      await Promise.resolve();
      broker.reach();
      if (epoch === undefined) {
        epoch = (broker.epochs.get(id) ?? 0) + 1;
        broker.epochs.set(id, epoch);
      }
      check();
      return open();
    },
    close: () => Promise.resolve(),
  };
}

function admin(broker: MemoryBroker): Admin {
  const reached = <T>(value: () => T): Promise<T> =>
    Promise.resolve().then(() => {
      broker.reach();
      return value();
    });
  return {
    partitions: (topic) => reached(() => broker.look(topic)?.length),
    createTopic: ({ topic, partitions }) => reached(() => broker.createTopic(topic, partitions)),
    committed: (group) => reached(() => [...broker.group(group).offsets.values()]),
    leaderless: (topics) => reached(() => topics.flatMap((topic) => broker.leaderless(topic))),
    watermarks: (topic) =>
      reached(() => {
        const [lost] = broker.leaderless(topic);
        if (lost !== undefined) throw nobodyLeads(lost);
        return broker.look(topic)?.map(({ low, records }, partition) => ({
          partition,
          low: String(low),
          high: String(low + records.length),
        }));
      }),
    close: () => Promise.resolve(),
  };
}

/** A client of `broker`, whose transactions commit offsets of `group`. */
export function memoryKafka(broker: MemoryBroker, group: string): Kafka {
  const reached = <T>(value: T): Promise<T> => Promise.resolve().then(() => (broker.reach(), value));
  return {
    admin: () => reached(admin(broker)),
    producer: () => reached(producer(broker)),
    transactional: (id) => reached(transactional(broker, id, group)),
    consume: async (options) => {
      await reached(undefined);
      for (const topic of options.topics) broker.partitionsOf(topic);
      const member = new Member(broker, options);
      member.join();
      return member.consumer();
    },
  };
}
