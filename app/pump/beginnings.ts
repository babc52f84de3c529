/**
 * Writes down that the group reads the orders topic, before anything of it is served: by the group's offsets alone does a later worker, whose orders topic was
 * changed, know where orders may be left. A topic on which no order came while the worker ran would be forgotten otherwise.
 */
import type { StartOffset } from '../config/config.ts';
import { KafkaFailure } from '../kafka/port.ts';
import type { Assignment, Batch, Consumer, Kafka, TopicOffset, Watermarks } from '../kafka/port.ts';
import type { Courier } from './courier.ts';
import type { Report } from './events.ts';
import { leftMark } from './leftovers.ts';

/**
 * The offsets to commit of these partitions: where the group begins on those that it has none of, and the same again without the mark on those that were left.
 * Pure.
 */
export function beginnings(
  { topic, partitions }: { readonly topic: string; readonly partitions: readonly number[] },
  committed: readonly TopicOffset[],
  { watermarks, start }: { readonly watermarks: readonly Watermarks[]; readonly start: StartOffset },
): TopicOffset[] {
  return partitions.flatMap((partition) => {
    const found = committed.find((each) => each.topic === topic && each.partition === partition);
    if (found !== undefined && found.metadata !== leftMark) return [];
    const edges = watermarks.find((each) => each.partition === partition);
    const offset = found?.offset ?? (start === 'earliest' ? edges?.low : edges?.high);
    return offset === undefined ? [] : [{ topic, partition, offset }];
  });
}

export interface BeginningsParts {
  readonly kafka: Kafka;
  readonly group: string;
  /** The orders topic; others are not written down. */
  readonly topic: string;
  readonly start: StartOffset;
  readonly courier: Courier;
  readonly report: Report;
  /** Resolves when the group was joined for the first time. */
  readonly member: Promise<Consumer>;
}

/** Of one member of the group, over its assignments. */
export class Beginnings {
  private readonly parts: BeginningsParts;
  private turn = 0;
  private writing: Promise<void> | undefined;
  /** Of the last assignment, by partition: kafkajs begins to read at the earliest record meanwhile. */
  private begun = new Map<number, string>();
  private failure: unknown;

  constructor(parts: BeginningsParts) {
    this.parts = parts;
  }

  assigned(assignment: Assignment): void {
    this.turn += 1;
    this.begun.clear();
    this.failure = undefined;
    const partitions = assignment[this.parts.topic] ?? [];
    const writing = partitions.length === 0 ? undefined : this.write(partitions, this.turn);
    this.writing = writing;
    void writing?.then(() => {
      if (this.writing === writing) this.writing = undefined;
    });
  }

  /** Resolves when the last assignment was written down, or could not be; undefined when it is. Never rejects. */
  get pending(): Promise<void> | undefined {
    return this.writing;
  }

  /**
   * Where to read on instead of serving a batch: it is from before the group's beginning.
   * @throws KafkaFailure when it is not known where that is, and it is not the earliest record
   */
  elsewhere({ topic, partition, fetchedFrom }: Batch): string | undefined {
    if (this.parts.start === 'earliest' || topic !== this.parts.topic) return undefined;
    if (this.failure !== undefined)
      throw new KafkaFailure('wait', `Where the group begins could not be written down`, this.failure);
    const start = this.begun.get(partition);
    return start !== undefined && BigInt(fetchedFrom) < BigInt(start) ? start : undefined;
  }

  private async write(partitions: readonly number[], turn: number): Promise<void> {
    const { courier, report, member } = this.parts;
    try {
      const consumer = await member;
      const offsets = await this.missing(partitions);
      // The partitions may be somebody else's by now, who has committed more.
      if (offsets.length === 0 || turn !== this.turn) return;
      await courier.begin(offsets, (all) => consumer.commit(all));
      for (const { partition, offset } of offsets) this.begun.set(partition, offset);
    } catch (error) {
      this.failure = error;
      // The next assignment makes up for it, and so does the first order that is served.
      report({ type: 'unwatched', why: error instanceof Error ? error.message : String(error) });
    }
  }

  private async missing(partitions: readonly number[]): Promise<TopicOffset[]> {
    const { kafka, topic, group, start } = this.parts;
    const admin = await kafka.admin();
    try {
      const committed = await admin.committed(group);
      const isKnown = (partition: number): boolean =>
        committed.some((each) => each.topic === topic && each.partition === partition);
      // Where the group is everywhere already, a partition that nobody leads keeps nobody from reading the others.
      const watermarks = partitions.every(isKnown) ? [] : ((await admin.watermarks(topic)) ?? []);
      return beginnings({ topic, partitions }, committed, { watermarks, start });
    } finally {
      await admin.close();
    }
  }
}
