/** The consumer of Kafka in memory. */
import { setImmediate } from 'node:timers/promises';
import type { MemoryBroker, Partition } from './memory.ts';
import { KafkaFailure } from './port.ts';
import type { Batch, Consumer, ConsumerOptions, InRecord, TopicOffset } from './port.ts';

/** What a batch's heartbeat rejects with when its partition may be somebody else's. Not a KafkaFailure, as with kafkajs. */
export class Rebalancing extends Error {
  override readonly name = 'Rebalancing';
}

interface Position {
  readonly topic: string;
  readonly partition: number;
  next: number;
  paused: boolean;
}

/** A consumer of {@link MemoryBroker}: it polls as long as it runs. */
export class Member {
  readonly id: string;
  readonly options: ConsumerOptions;
  private readonly broker: MemoryBroker;
  private readonly end = Promise.withResolvers<undefined>();
  private positions: Position[] = [];
  private generation = 0;
  private running = true;
  private loop: Promise<void> = Promise.resolve();
  /** What a commit has said of our membership. */
  private lost: unknown;

  constructor(broker: MemoryBroker, options: ConsumerOptions) {
    this.broker = broker;
    this.options = options;
    this.id = broker.nextMemberId();
    this.end.promise.catch(() => undefined);
  }

  join(): void {
    this.broker.group(this.options.group).members.add(this);
    this.broker.rebalance(this.options.group);
    this.loop = this.poll();
  }

  take(share: Readonly<Record<string, readonly number[]>>): void {
    this.generation += 1;
    this.lost = undefined;
    this.positions = Object.entries(share).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({
        topic,
        partition,
        next: this.startOf(topic, partition),
        paused: false,
      })),
    );
    this.options.onAssigned(share);
  }

  /** The earliest where nothing was committed, or where that has expired. */
  private startOf(topic: string, partition: number): number {
    const low = this.broker.partitionsOf(topic)[partition]?.low ?? 0;
    const committed = this.broker.offset(this.options.group, topic, partition);
    return Math.max(low, Number(committed?.offset ?? low));
  }

  private async poll(): Promise<void> {
    while (this.running) {
      this.options.onBeat();
      if (this.broker.faults.away) {
        this.crash(new KafkaFailure('wait', 'Kafka is away'));
        return;
      }
      const changed = this.broker.changed();
      const batches = this.positions.flatMap((position) => this.fetch(position));
      const results = await Promise.allSettled(batches.map((batch) => this.options.onBatch(batch)));
      const failed = results.find((result) => result.status === 'rejected');
      if (failed !== undefined && !(failed.reason instanceof Rebalancing)) {
        this.crash(failed.reason);
        return;
      }
      // Also with batches at hand: a handler that resolves nothing must not keep timers from firing. Of being resumed nobody tells.
      await (batches.length === 0 && !this.options.isPaused() ? changed : setImmediate());
    }
  }

  private crash(reason: unknown): void {
    this.leave();
    this.end.reject(
      reason instanceof KafkaFailure ? reason : new KafkaFailure('rebuild', String(reason), reason),
    );
  }

  private fetch(position: Position): Batch[] {
    if (position.paused || this.options.isPaused()) return [];
    const { topic, partition, next } = position;
    const log = this.broker.topics.get(topic)?.[partition];
    if (log === undefined || !log.led) return [];
    const from = Math.max(0, next - log.low);
    const records = log.records.slice(from, from + this.broker.batchRecords);
    return records.length === 0 ? [] : [this.batch(position, records, log)];
  }

  private batch(position: Position, records: readonly InRecord[], log: Partition): Batch {
    const { topic, partition, next } = position;
    const { generation } = this;
    let stale = false;
    return {
      topic,
      partition,
      records,
      damage: undefined,
      generation,
      fetchedFrom: String(next),
      endOffset: String(Number(records.at(-1)?.offset ?? next - 1) + 1),
      highWatermark: String(log.low + log.records.length),
      isRunning: () => this.running && !stale,
      heartbeat: async () => {
        await Promise.resolve();
        this.check(generation);
      },
      resolve: (offset) => (position.next = Number(offset) + 1),
      commit: (offset) => this.tryToCommit({ topic, partition, offset }, generation),
      settled: () => Promise.resolve(),
      pause: () => {
        position.paused = true;
        return () => {
          position.paused = false;
          this.broker.wake();
        };
      },
      seek: (offset) => {
        stale = true;
        position.next = Number(offset);
      },
    };
  }

  private check(generation: number): void {
    if (generation !== this.generation) throw new Rebalancing('The group is rebalancing');
    if (this.lost !== undefined) throw this.lost as Error;
  }

  private tryToCommit(offset: TopicOffset, generation: number): void {
    try {
      this.check(generation);
      this.commitOne(offset);
      this.options.onCommitted([offset], true);
    } catch (error) {
      this.options.onCommitted([offset], false);
      if (error instanceof Rebalancing) this.lost = error;
      else this.crash(error);
    }
  }

  private commitOne(offset: TopicOffset): void {
    this.broker.reach();
    const fault = this.broker.faults.commit(offset);
    if (fault !== undefined) throw fault;
    this.broker.setOffset(this.options.group, offset);
  }

  /** Ends as a killed process does: nothing of it is committed any more, and the group deals out its partitions. */
  die(): void {
    this.generation += 1;
    this.leave();
  }

  private leave(): void {
    this.running = false;
    this.broker.group(this.options.group).members.delete(this);
    this.broker.rebalance(this.options.group);
  }

  consumer(): Consumer {
    return {
      ended: this.end.promise,
      commit: async (offsets) => {
        await Promise.resolve();
        for (const offset of offsets) this.commitOne(offset);
      },
      stop: async () => {
        this.running = false;
        this.broker.wake();
        await this.loop;
        this.leave();
        this.end.resolve(undefined);
      },
    };
  }
}
