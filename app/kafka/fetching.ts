/**
 * The loop that fetches batches and has them served, in place of kafkajs's `fetchManager`. That one asks a broker, waits until the batches of all its partitions are served, and asks
 * again: nothing is served while a fetch is under way, and the slowest partition holds up all others of its broker (kafkajs issues 683 and 1732). Here a broker is asked
 * for all partitions but those that are just being served.
 */

export interface PartitionBatch {
  readonly topic: string;
  readonly partition: number;
  /** How many records were fetched, those among them that nobody is to see. */
  readonly records: number;
}

/** Some partitions, by {@link partitionKey}. */
export type Partitions = Pick<ReadonlyMap<string, unknown>, 'has' | 'size' | 'keys'>;

export interface FetchingParts<T extends PartitionBatch> {
  /** The brokers that lead our partitions. */
  readonly nodeIds: () => readonly number[];
  /** The failure when there are none. */
  readonly noBroker: () => Error;
  /** Whether a partition may be fetched that is not among these. */
  readonly isAnyLeft: (busy: Partitions) => boolean;
  /**
   * Asks a broker for what there is of its partitions, without those that are busy.
   * @param patient true: it may wait for records to come; false: only a moment, since others are being served and will want to be asked for
   */
  readonly fetch: (nodeId: number, patient: boolean) => Promise<readonly T[]>;
  /** Serves a batch; rejects when the consumer cannot go on as it is. */
  readonly serve: (batch: T) => Promise<void>;
  /** Batches that are served at a time: what is fetched is held in memory until then. */
  readonly atATime: number;
  /** Calls back after `ms` unless cancelled. */
  readonly after: (ms: number, callback: () => void) => () => void;
}

/** Milliseconds after which it is looked again whether a partition may be fetched that was paused before. */
const lookAgainMs = 200;

/**
 * Milliseconds from an answer of a few records to the next question, at least: `least`, and until these are served, but at most `most`. Without it, an order a millisecond is a request a
 * millisecond to read and to write, and it is requests that cost, the broker too: at 5,000 orders a second 2 ms instead of none take a quarter of the worker's CPU, and half of the longest
 * waits, which are those for the broker's collections of garbage.
 */
const gatherMs = { least: 2, most: 5 } as const;
/** With more records in an answer there is a backlog, and what is asked for meanwhile is served next. */
const few = 500;

export function partitionKey(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}

/** Started again after each end, by whoever has to join the group again in between. */
export class Fetching<T extends PartitionBatch> {
  readonly #parts: FetchingParts<T>;
  /** What is being served, by {@link partitionKey}. */
  readonly #busy = new Map<string, Promise<void>>();
  #running = false;
  /** How many want to be {@link alone}. */
  #alone = 0;
  #failure: { readonly error: unknown } | undefined;
  #ended: Promise<void> = Promise.resolve();
  /** Wakes the loops that wait for a partition to be served. */
  #wake = Promise.withResolvers<undefined>();

  constructor(parts: FetchingParts<T>) {
    this.#parts = parts;
  }

  /** Partitions whose batches are being served. */
  get busy(): Partitions {
    return this.#busy;
  }

  /** Until it is stopped; rejects with the first failure, when all that was begun has come to its end. */
  async start(): Promise<void> {
    this.#running = true;
    this.#failure = undefined;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#ended = promise;
    try {
      while (this.#goesOn) await this.#followBrokers();
    } catch (error) {
      this.#fail(error);
    } finally {
      await Promise.all(this.#busy.values());
      this.#running = false;
      resolve(undefined);
    }
    this.#throwFailure();
  }

  /** Resolves when nothing is fetched or served any more. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#wakeAll();
    await this.#ended;
  }

  /** Does something in which nothing may be served, as joining the group again: what is served meanwhile would be of the group's past. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    this.#alone += 1;
    try {
      await Promise.all(this.#busy.values());
      return await work();
    } finally {
      this.#alone -= 1;
      this.#wakeAll();
    }
  }

  get #goesOn(): boolean {
    return this.#running && this.#failure === undefined;
  }

  /** Until partitions move to other brokers. */
  async #followBrokers(): Promise<void> {
    const nodes = this.#parts.nodeIds();
    if (nodes.length === 0) throw this.#parts.noBroker();
    const isSame = (): boolean => {
      const now = this.#parts.nodeIds();
      return now.length === 0 || (now.length === nodes.length && nodes.every((id) => now.includes(id)));
    };
    await Promise.all(nodes.map((id) => this.#follow(id, isSame)));
  }

  async #follow(nodeId: number, isSame: () => boolean): Promise<void> {
    while (this.#goesOn && isSame()) {
      try {
        if (this.#hasEnough) await this.#untilServed();
        else await this.#ask(nodeId);
      } catch (error) {
        this.#fail(error);
      }
    }
  }

  get #hasEnough(): boolean {
    const { size } = this.#busy;
    const { atATime, isAnyLeft } = this.#parts;
    if (this.#alone > 0) return true;
    return size >= atATime || (size > 0 && !isAnyLeft(this.#busy));
  }

  async #untilServed(): Promise<void> {
    const cancel = this.#parts.after(lookAgainMs, () => this.#wakeAll());
    await this.#wake.promise;
    cancel();
  }

  async #ask(nodeId: number): Promise<void> {
    const batches = await this.#parts.fetch(nodeId, this.#busy.size === 0);
    await this.#take(batches);
    if (isLittle(batches)) await this.#gather();
  }

  /** Until nothing is being served, but not for long: one partition that is slow must not hold up the others. */
  async #gather(): Promise<void> {
    const least = this.#passing(gatherMs.least);
    const most = this.#passing(gatherMs.most);
    await Promise.race([most.over, Promise.all([least.over, ...this.#busy.values()])]);
    least.cancel();
    most.cancel();
  }

  #passing(ms: number): { readonly over: Promise<undefined>; readonly cancel: () => void } {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    return { over: promise, cancel: this.#parts.after(ms, () => resolve(undefined)) };
  }

  async #take(batches: readonly T[]): Promise<void> {
    if (!this.#running || this.#alone > 0) return;
    const { serve } = this.#parts;
    // A partition that is moving to another broker may have been asked for at both.
    const wanted = batches.filter(({ topic, partition }) => !this.#busy.has(partitionKey(topic, partition)));
    for (const batch of wanted) if (batch.records > 0) this.#begin(batch);
    // What is empty has nothing to wait for but a heartbeat, which is due now and then.
    for (const batch of wanted) if (batch.records === 0) await serve(batch);
  }

  #begin(batch: T): void {
    const key = partitionKey(batch.topic, batch.partition);
    const served = this.#parts.serve(batch).then(undefined, (error: unknown) => this.#fail(error));
    const over = served.then(() => {
      this.#busy.delete(key);
      this.#wakeAll();
    });
    this.#busy.set(key, over);
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wakeAll();
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #wakeAll(): void {
    this.#wake.resolve(undefined);
    this.#wake = Promise.withResolvers();
  }
}

function isLittle(batches: readonly PartitionBatch[]): boolean {
  return batches.reduce((sum, { records }) => sum + records, 0) < few;
}
