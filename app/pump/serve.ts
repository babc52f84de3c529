/**
 * Serves one batch: carries it round by round, heartbeats meanwhile, has committed what was acknowledged, and decides about failures.
 *
 * The rule that nothing is lost by: an offset is resolved and committed only when everything before it was delivered. On any way out of here,
 * what is not resolved is fetched again.
 */
import { KafkaFailure } from '../kafka/port.ts';
import type { Batch } from '../kafka/port.ts';
import type { Clock } from '../ops/clock.ts';
import { badOrderMessage } from '../route/route.ts';
import { offsetBehind } from './courier.ts';
import type { Carried, Courier } from './courier.ts';
import type { Report } from './events.ts';
import { patiently, Unanswered } from './patience.ts';
import { fullRound } from './round.ts';
import type { BadOrder, Menu } from './round.ts';

export interface Kitchen {
  readonly clock: Clock;
  readonly courier: Courier;
  /** Asked for each round, since partitions are added to topics while we run. */
  readonly menu: () => Menu;
  readonly report: Report;
  /** Fires when the worker stops: no waiting any more. */
  readonly signal: AbortSignal;
}

const attempts = 5;
const firstDelayMs = 100;
/** How long a partition is left alone after attempts have failed: Kafka's trouble passes, a person's takes longer. */
const holdMs = { wait: 3_000, rebuild: 3_000, split: 30_000, tell: 30_000 } as const;
/** Ages of at most so many orders of a round go into the latency histogram: one each would cost more than routing it. */
const agesOfRound = 10;

type Delivered = Extract<Carried, { kind: 'delivered' }>;

/** Serves one batch once. */
class Serving {
  private readonly kitchen: Kitchen;
  private readonly batch: Batch;
  private at = 0;
  private limits = fullRound;
  private refused: string | undefined;
  private failures = 0;
  private finished = false;

  constructor(kitchen: Kitchen, batch: Batch) {
    this.kitchen = kitchen;
    this.batch = batch;
  }

  async run(): Promise<void> {
    const { batch, kitchen } = this;
    if (batch.damage !== undefined) this.holdDamaged(batch.damage);
    // Nothing in it is for us, but the group must get past it.
    if (batch.records.length === 0 && batch.endOffset !== batch.fetchedFrom) batch.commit(batch.endOffset);
    while (!this.finished && this.at < batch.records.length && batch.isRunning()) {
      await this.step();
      kitchen.report({ type: 'beat' });
      await batch.heartbeat();
    }
  }

  private async step(): Promise<void> {
    try {
      this.accept(...(await this.carry()));
    } catch (error) {
      if (!(error instanceof KafkaFailure) || error instanceof Unanswered) throw error;
      await this.fail(error);
    }
  }

  private async carry(): Promise<[Carried, number]> {
    const { batch, at, limits, refused, kitchen } = this;
    // A commit that is still under way would overwrite that of a transaction, which may overtake it.
    if (kitchen.courier.transactional) await this.wait('a commit', batch.settled());
    const started = kitchen.clock.monotonic();
    const searching = limits.records < fullRound.records;
    const again = this.failures > 0;
    const load = { batch, from: at, menu: kitchen.menu(), limits, refused, searching, again };
    const carried = await this.wait('a write', kitchen.courier.carry(load));
    return [carried, (kitchen.clock.monotonic() - started) / 1_000];
  }

  private wait<T>(what: string, work: Promise<T>): Promise<T> {
    return patiently({ clock: this.kitchen.clock, batch: this.batch, what }, work);
  }

  private accept(carried: Carried, seconds: number): void {
    if (carried.kind === 'elsewhere') {
      this.batch.seek(carried.offset);
      this.finished = true;
      return;
    }
    const { batch } = this;
    const last = carried.next > this.at ? batch.records[carried.next - 1] : undefined;
    if (last !== undefined) {
      batch.resolve(last.offset);
      this.tell(carried, seconds);
      if (carried.committed)
        this.kitchen.report({ type: 'committed', topic: batch.topic, partition: batch.partition, ok: true });
      else batch.commit(offsetBehind(batch, carried.next));
    }
    this.at = carried.next;
    this.failures = 0;
    this.limits = fullRound;
    if (carried.stop !== undefined) this.stopAt(carried.stop);
  }

  private tell({ tally, nullHeaders, next }: Delivered, seconds: number): void {
    const { batch, kitchen, at } = this;
    const now = kitchen.clock.now();
    const step = Math.max(1, Math.ceil((next - at) / agesOfRound));
    const ages: number[] = [];
    for (let index = at; index < next; index += step) {
      ages.push(Math.max(0, now - Number(batch.records[index]?.timestamp ?? now)) / 1_000);
    }
    kitchen.report({
      type: 'served',
      topic: batch.topic,
      partition: batch.partition,
      tally,
      policy: kitchen.menu().policy,
      nullHeaders,
      seconds,
      ages,
      lag: Number(BigInt(batch.highWatermark) - BigInt(batch.records[next - 1]?.offset ?? '0') - 1n),
    });
  }

  private async fail(failure: KafkaFailure): Promise<void> {
    const { topic, partition } = this.batch;
    const type = this.kitchen.courier.transactional ? 'aborted' : 'retried';
    this.kitchen.report({ type, topic, partition, error: failure.message });
    if (failure.advice === 'split') this.narrow(failure);
    else await this.retryOrHold(failure);
  }

  /** Halves the round until the refused order is alone in it; alone, it is a bad one, unless it was that already: then its dead letter is refused. */
  private narrow(failure: KafkaFailure): void {
    const offset = this.batch.records[this.at]?.offset;
    if (this.limits.records > 1) {
      const size = Math.min(this.limits.records, this.batch.records.length - this.at);
      this.limits = { ...this.limits, records: Math.max(1, Math.floor(size / 2)) };
    } else if (offset !== undefined && this.refused !== offset) {
      this.refused = offset;
    } else {
      this.hold(failure.message, holdMs.split);
    }
  }

  private async retryOrHold(failure: KafkaFailure): Promise<void> {
    this.failures += 1;
    if (this.failures >= attempts || failure.advice === 'tell') {
      this.hold(failure.message, holdMs[failure.advice]);
      return;
    }
    await this.kitchen.clock.sleep(firstDelayMs * 2 ** (this.failures - 1), this.kitchen.signal);
  }

  private stopAt({ reason }: BadOrder): void {
    this.hold(
      `${badOrderMessage[reason]} barista.bad-orders is Stop: set it to DeadLetter or Skip to go on.`,
    );
  }

  /** A person may mend it, by another replica or by moving the group past it; nobody else can. */
  private holdDamaged(damage: string): void {
    const { topic, partition, fetchedFrom } = this.batch;
    this.hold(
      `Orders from offset ${fetchedFrom} on cannot be read: ${damage}. Look at them with kafka-dump-log; to go on without them, stop the stream and move the group ` +
        `on with kafka-consumer-groups --reset-offsets --topic ${topic}:${partition}.`,
      holdMs.tell,
    );
  }

  /** Leaves the partition alone, so that the others of this consumer go on; for good without `forMs`. */
  private hold(why: string, forMs?: number): void {
    const { batch, kitchen } = this;
    const { topic, partition } = batch;
    this.finished = true;
    const resume = batch.pause();
    const offset = batch.records[this.at]?.offset ?? batch.fetchedFrom;
    kitchen.report({ type: 'held', topic, partition, offset, why, retry: forMs !== undefined });
    if (forMs === undefined) return;
    kitchen.clock.after(forMs, () => {
      resume();
      kitchen.report({ type: 'released', topic, partition });
    });
  }
}

/** Resolves when the batch was served as far as possible; rejects when the consumer has to do something about it. */
export function serve(kitchen: Kitchen, batch: Batch): Promise<void> {
  return new Serving(kitchen, batch).run();
}
