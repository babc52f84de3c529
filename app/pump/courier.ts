/** The two ways to deliver: acknowledged first and committed after, or both in one transaction. */
import { KafkaFailure } from '../kafka/port.ts';
import type {
  Admin,
  Batch,
  Kafka,
  Receipt,
  TopicOffset,
  TopicRecords,
  Transaction,
  TransactionalProducer,
} from '../kafka/port.ts';
import { Accumulator } from './accumulator.ts';
import { fullRound, nextRound } from './round.ts';
import type { Limits, Menu, Round } from './round.ts';
import type { PartitionId, Tally } from './events.ts';
import { leftMark } from './leftovers.ts';

export interface Load {
  readonly batch: Batch;
  /** Index of the first order to deliver. */
  readonly from: number;
  readonly menu: Menu;
  readonly limits: Limits;
  readonly refused: string | undefined;
  /** Looking for the one order that is refused: one round at a time. */
  readonly searching: boolean;
  /** It has failed before. */
  readonly again: boolean;
}

export type Carried =
  | {
      readonly kind: 'delivered';
      readonly next: number;
      readonly stop: Round['stop'];
      readonly tally: Tally;
      readonly nullHeaders: number;
      /** The group's offset went along. */
      readonly committed: boolean;
    }
  /** The batch is not what comes next for the group: read on from here. */
  | { readonly kind: 'elsewhere'; readonly offset: string };

/** Rejects with a KafkaFailure when a load is not delivered; in `AtLeastOnce` some of it may have been then. */
export interface Courier {
  /** A failed load leaves nothing behind. */
  readonly transactional: boolean;
  readonly carry: (load: Load) => Promise<Carried>;
  /** Commits where the group begins on partitions of which nothing was served yet; `commit` does that as a member of the group. */
  readonly begin: (
    offsets: readonly TopicOffset[],
    commit: (offsets: readonly TopicOffset[]) => Promise<void>,
  ) => Promise<void>;
  /** No partition is ours any more. */
  readonly close: () => Promise<void>;
}

function offsetAfter(offset: string): string {
  return String(BigInt(offset) + 1n);
}

/** Where to go on when the orders of a batch before index `next`, at least one, are done. */
export function offsetBehind({ records, endOffset }: Batch, next: number): string {
  const last = records[next - 1];
  return last === undefined || next >= records.length ? endOffset : offsetAfter(last.offset);
}

/**
 * Where the group is on a partition; undefined: nowhere yet. Of an offset before `earliest` the records may have expired: then it is at the first one that is
 * there, since nobody can read the others.
 */
async function positionOf(
  admin: Admin,
  group: string,
  { topic, partition, earliest }: PartitionId & { readonly earliest: string },
): Promise<string | undefined> {
  const isIt = (each: PartitionId): boolean => each.topic === topic && each.partition === partition;
  const found = (await admin.committed(group)).find(isIt);
  if (found === undefined || BigInt(found.offset) >= BigInt(earliest)) return found?.offset;
  const low = (await admin.watermarks(topic))?.find((each) => each.partition === partition)?.low;
  return low !== undefined && BigInt(low) > BigInt(found.offset) ? low : found.offset;
}

function roundOf({ batch, from, menu, limits, refused }: Load): Round {
  return nextRound({ source: batch, from, menu, limits, refused });
}

const nothingWritten: Receipt = { nullHeaders: 0 };

interface Sender {
  /** @param bytes of the batch, estimated from above */
  readonly send: (batch: readonly TopicRecords[], bytes: number) => Promise<Receipt>;
}

function sendAny(to: Sender, batch: readonly TopicRecords[], bytes: number): Promise<Receipt> {
  return batch.length === 0 ? Promise.resolve(nothingWritten) : to.send(batch, bytes);
}

/** Dead letters have a producer of their own, so that their topic's trouble is not that of the drinks. */
export async function atLeastOnce(kafka: Kafka): Promise<Courier> {
  const drinks = await kafka.producer();
  const letters = await kafka.producer();
  const rounds = new Accumulator(drinks, fullRound);
  return {
    transactional: false,
    carry: async (load) => {
      const round = roundOf(load);
      // What may fail is nobody else's trouble.
      const pour = load.searching || load.again ? drinks : rounds;
      const receipts = await Promise.all([
        sendAny(pour, round.drinks, round.bytes),
        sendAny(letters, round.deadLetters, round.bytes),
      ]);
      const nullHeaders = receipts.reduce((sum, receipt) => sum + receipt.nullHeaders, 0);
      return { ...round, kind: 'delivered', nullHeaders, committed: false };
    },
    begin: (offsets, commit) => commit(offsets),
    close: async () => {
      await Promise.all([drinks.close(), letters.close()]);
    },
  };
}

function sum(a: Tally, b: Tally): Tally {
  return {
    received: a.received + b.received,
    hot: a.hot + b.hot,
    cold: a.cold + b.cold,
    tombstones: a.tombstones + b.tombstones,
    bad: { 'no-digit': a.bad['no-digit'] + b.bad['no-digit'], refused: a.bad.refused + b.bad.refused },
  };
}

/** Aborts as far as it can. A broker that answers with a refusal answers this, too; one that does not may hold an abort up for long, and the next producer's first transaction ends what is open. */
async function giveUp(transaction: Transaction, error: unknown): Promise<void> {
  const answers = error instanceof KafkaFailure && (error.advice === 'split' || error.advice === 'tell');
  if (answers) await transaction.abort().catch(() => undefined);
}

/** What a transaction has taken in. */
interface Poured {
  readonly next: number;
  readonly stop: Round['stop'];
  readonly tally: Tally;
  readonly nullHeaders: number;
  readonly written: number;
}

async function pour(load: Load, transaction: Transaction): Promise<Poured> {
  const { batch, searching } = load;
  let round = roundOf(load);
  let { tally } = round;
  let nullHeaders = 0;
  let written = 0;
  for (;;) {
    const output = [...round.drinks, ...round.deadLetters];
    written += output.length;
    nullHeaders += (await sendAny(transaction, output, round.bytes)).nullHeaders;
    const finished = round.stop !== undefined || round.next >= batch.records.length;
    if (finished || searching || !batch.isRunning()) break;
    round = roundOf({ ...load, from: round.next });
    tally = sum(tally, round.tally);
  }
  return { next: round.next, stop: round.stop, tally, nullHeaders, written };
}

/** A partition's transactional producer, for as long as the partition is ours. */
interface Lane {
  readonly generation: number;
  readonly producer: TransactionalProducer;
}

/**
 * One transactional id for each input partition. kafkajs cannot tell the broker which member of the group commits (KIP-447), so it is the id that
 * keeps out a worker that has lost the partition and does not know it: the first transaction under an id fences all others. Only after it is the group's offset final,
 * so it is read then and compared with the batch, which may have been fetched from an older one.
 */
export class ExactlyOnce implements Courier {
  readonly transactional = true;
  private readonly kafka: Kafka;
  private readonly group: string;
  private readonly lanes = new Map<string, Lane>();

  constructor(kafka: Kafka, group: string) {
    this.kafka = kafka;
    this.group = group;
  }

  async carry(load: Load): Promise<Carried> {
    const { batch } = load;
    const name = this.laneOf(batch);
    const lane = this.lanes.get(name);
    try {
      if (lane?.generation === batch.generation)
        return await this.transact(load, await lane.producer.begin());
      return await this.enter(load, name);
    } catch (error) {
      // Whether it was committed may be unknown; kafkajs has no way back from a failed commit or abort either. A new producer settles it.
      await this.discard(name);
      throw error;
    }
  }

  /** In transactions: what a former owner of the partition has open is over then, and cannot be overwritten. */
  async begin(offsets: readonly TopicOffset[]): Promise<void> {
    for (const offset of offsets) await this.beginOne(offset);
  }

  private async beginOne(offset: TopicOffset): Promise<void> {
    const producer = await this.kafka.transactional(`barista-${this.laneOf(offset)}`);
    try {
      const transaction = await producer.begin();
      const found = await this.asking((admin) => admin.committed(this.group));
      const isKnown = found.some(
        ({ topic, partition, metadata }) =>
          topic === offset.topic && partition === offset.partition && metadata !== leftMark,
      );
      await (isKnown ? transaction.abort() : transaction.commit(offset));
    } finally {
      await producer.close();
    }
  }

  private laneOf({ topic, partition }: PartitionId): string {
    return `${this.group}-${topic}-${partition}`;
  }

  private async asking<T>(ask: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = await this.kafka.admin();
    try {
      return await ask(admin);
    } finally {
      await admin.close();
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.lanes.keys()].map((name) => this.discard(name)));
  }

  private async discard(name: string): Promise<void> {
    const lane = this.lanes.get(name);
    this.lanes.delete(name);
    await lane?.producer.close();
  }

  private async enter(load: Load, name: string): Promise<Carried> {
    await this.discard(name);
    const producer = await this.kafka.transactional(`barista-${name}`);
    this.lanes.set(name, { generation: load.batch.generation, producer });
    const transaction = await producer.begin();
    const offset = await this.elsewhere(load);
    if (offset === undefined) return this.transact(load, transaction);
    await transaction.abort();
    return { kind: 'elsewhere', offset };
  }

  /** Where to read on, when the group is not between where the batch was fetched and the first order of the load. */
  private async elsewhere({ batch, from }: Load): Promise<string | undefined> {
    const { topic, partition } = batch;
    const first = batch.records[from];
    const before = from === 0 ? undefined : batch.records[from - 1];
    const earliest = before === undefined ? batch.fetchedFrom : offsetAfter(before.offset);
    const where = { topic, partition, earliest };
    const position = await this.asking((admin) => positionOf(admin, this.group, where));
    if (position === undefined || first === undefined) return undefined;
    const isNext = BigInt(position) >= BigInt(earliest) && BigInt(position) <= BigInt(first.offset);
    return isNext ? undefined : position;
  }

  private async transact(load: Load, transaction: Transaction): Promise<Carried> {
    const { written, ...poured } = await pour(load, transaction).catch(async (error: unknown) => {
      await giveUp(transaction, error);
      throw error;
    });
    const { topic, partition } = load.batch;
    const committed = poured.next > load.from && written > 0;
    if (committed) {
      await transaction.commit({ topic, partition, offset: offsetBehind(load.batch, poured.next) });
    } else {
      await transaction.abort();
    }
    return { ...poured, kind: 'delivered', committed };
  }
}
