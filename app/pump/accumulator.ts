/**
 * Writes in one request what several partitions have ready at the same moment. A fetch brings orders of all partitions at once, so their rounds are ready at once, too; when they are
 * small, a request for each costs this process and the broker more than the records in them.
 */
import { KafkaFailure, type Producer, type Receipt, type TopicRecords } from '../kafka/port.ts';
import type { Limits } from './round.ts';

interface Waiting {
  readonly records: readonly TopicRecords[];
  readonly bytes: number;
  readonly count: number;
  readonly answered: PromiseWithResolvers<Receipt>;
}

export class Accumulator {
  readonly #producer: Pick<Producer, 'send'>;
  readonly #limits: Limits;
  readonly #later: (flush: () => void) => void;
  #waiting: Waiting[] = [];

  /**
   * @param limits of a request that is made of several; one by itself may exceed them
   * @param later calls back when all that is ready now has been sent
   */
  constructor(
    producer: Pick<Producer, 'send'>,
    limits: Limits,
    later: (flush: () => void) => void = (flush) => void setImmediate(flush),
  ) {
    this.#producer = producer;
    this.#limits = limits;
    this.#later = later;
  }

  /**
   * Rejects with the KafkaFailure of a write of them alone; some of them may have been written then.
   * @param bytes of the records, estimated from above
   */
  send(records: readonly TopicRecords[], bytes: number): Promise<Receipt> {
    const count = records.reduce((sum, each) => sum + each.records.length, 0);
    if (!this.#hasRoom(count, bytes)) this.#flush();
    const answered = Promise.withResolvers<Receipt>();
    this.#waiting.push({ records, bytes, count, answered });
    if (this.#waiting.length === 1) this.#later(() => this.#flush());
    return answered.promise;
  }

  #hasRoom(count: number, bytes: number): boolean {
    const total = (of: 'count' | 'bytes') => this.#waiting.reduce((sum, each) => sum + each[of], 0);
    return total('count') + count <= this.#limits.records && total('bytes') + bytes <= this.#limits.bytes;
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    if (waiting.length > 0) void this.#write(waiting);
  }

  async #write(waiting: readonly Waiting[]): Promise<void> {
    try {
      const receipt = await this.#producer.send(merged(waiting));
      // What is counted is counted once.
      for (const [index, { answered }] of waiting.entries())
        answered.resolve(index === 0 ? receipt : { nullHeaders: 0 });
    } catch (error) {
      // Whose trouble it is (a refused record, a partition without a leader) is not said, so each is tried by itself.
      if (waiting.length > 1 && error instanceof KafkaFailure)
        for (const each of waiting) void this.#write([each]);
      else for (const { answered } of waiting) answered.reject(error);
    }
  }
}

/** By topic, in the order in which they came. */
function merged(parcels: readonly Waiting[]): readonly TopicRecords[] {
  const [first] = parcels;
  if (first !== undefined && parcels.length === 1) return first.records;
  const all = Map.groupBy(
    parcels.flatMap(({ records }) => records),
    ({ topic }) => topic,
  );
  return Array.from(all, ([topic, parts]) => ({ topic, records: parts.flatMap(({ records }) => records) }));
}
