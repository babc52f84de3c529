/** The two ways to deliver: acknowledged first and committed after, or both in one transaction. */
import type {
  Batch,
  Kafka,
  Producer,
  Receipt,
  TopicOffset,
  TopicRecords,
  Transaction,
  TransactionalProducer,
} from '../kafka/port.ts';
import { nextRound } from './round.ts';
import type { Limits, Menu, Round } from './round.ts';
import type { Tally } from './events.ts';

export interface Load {
  readonly batch: Batch;
  /** Index of the first order to deliver. */
  readonly from: number;
  readonly menu: Menu;
  readonly limits: Limits;
  readonly refused: string | undefined;
  /** Looking for the one order that is refused: one round at a time. */
  readonly searching: boolean;
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
  /** No partition is ours any more. */
  readonly close: () => Promise<void>;
}

export function offsetAfter(offset: string): string {
  return String(BigInt(offset) + 1n);
}

function roundOf({ batch, from, menu, limits, refused }: Load): Round {
  return nextRound({ source: batch, from, menu, limits, refused });
}

const nothingWritten: Receipt = { nullHeaders: 0 };

function sendAny(producer: Pick<Producer, 'send'>, batch: readonly TopicRecords[]): Promise<Receipt> {
  return batch.length === 0 ? Promise.resolve(nothingWritten) : producer.send(batch);
}

/** Dead letters have a producer of their own, so that their topic's trouble is not that of the drinks. */
export async function atLeastOnce(kafka: Kafka): Promise<Courier> {
  const drinks = await kafka.producer();
  const letters = await kafka.producer();
  return {
    transactional: false,
    carry: async (load) => {
      const round = roundOf(load);
      const receipts = await Promise.all([
        sendAny(drinks, round.drinks),
        sendAny(letters, round.deadLetters),
      ]);
      const nullHeaders = receipts.reduce((sum, receipt) => sum + receipt.nullHeaders, 0);
      return { ...round, kind: 'delivered', nullHeaders, committed: false };
    },
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
  private readonly committed: () => Promise<readonly TopicOffset[]>;
  private readonly lanes = new Map<string, Lane>();

  constructor(kafka: Kafka, group: string, committed: () => Promise<readonly TopicOffset[]>) {
    this.kafka = kafka;
    this.group = group;
    this.committed = committed;
  }

  async carry(load: Load): Promise<Carried> {
    const { batch } = load;
    const name = `${this.group}-${batch.topic}-${batch.partition}`;
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
    const found = (await this.committed()).find(
      ({ topic, partition }) => topic === batch.topic && partition === batch.partition,
    );
    const first = batch.records[from];
    if (found === undefined || first === undefined) return undefined;
    const before = from === 0 ? undefined : batch.records[from - 1];
    const earliest = before === undefined ? batch.fetchedFrom : offsetAfter(before.offset);
    const isNext = BigInt(found.offset) >= BigInt(earliest) && BigInt(found.offset) <= BigInt(first.offset);
    return isNext ? undefined : found.offset;
  }

  private async transact(load: Load, transaction: Transaction): Promise<Carried> {
    const { batch, searching } = load;
    let round = roundOf(load);
    let { tally } = round;
    let nullHeaders = 0;
    let written = 0;
    for (;;) {
      const output = [...round.drinks, ...round.deadLetters];
      written += output.length;
      nullHeaders += (await sendAny(transaction, output)).nullHeaders;
      const finished = round.stop !== undefined || round.next >= batch.records.length;
      if (finished || searching || !batch.isRunning()) break;
      round = roundOf({ ...load, from: round.next });
      tally = sum(tally, round.tally);
    }
    const { next, stop } = round;
    const last = next > load.from ? batch.records[next - 1] : undefined;
    const committed = last !== undefined && written > 0;
    if (committed) {
      const { topic, partition } = batch;
      await transaction.commit({ topic, partition, offset: offsetAfter(last.offset) });
    } else {
      await transaction.abort();
    }
    return { kind: 'delivered', next, stop, tally, nullHeaders, committed };
  }
}
