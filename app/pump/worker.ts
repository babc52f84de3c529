/**
 * The worker's life: reach Kafka, see to the topics, serve leftovers, serve orders, and begin again whenever that breaks.
 *
 * It waits for Kafka as long as it takes. It gives up only when its own client breaks again and again without Kafka being the reason.
 */
import type { WorkerConfig } from '../config/config.ts';
import { KafkaFailure } from '../kafka/port.ts';
import type { Admin, Batch, Consumer, Kafka } from '../kafka/port.ts';
import type { Clock } from '../ops/clock.ts';
import { atLeastOnce, ExactlyOnce } from './courier.ts';
import type { Courier } from './courier.ts';
import type { PumpEvent, Report } from './events.ts';
import { countOrders, look, looksAfterSeconds, marks, remaining, topicsOf } from './leftovers.ts';
import type { Leftover } from './leftovers.ts';
import { serve } from './serve.ts';
import { Catalog, ensureTopics } from './topics.ts';

export interface WorkerParts {
  readonly config: WorkerConfig;
  readonly kafka: Kafka;
  readonly clock: Clock;
  readonly report: Report;
}

const watchMs = 5_000;
const drainPollMs = 200;
/** Leftovers that do not become fewer for so long must not keep new orders waiting; they are looked at again later. */
const drainStallMs = 60_000;
const breaksToGiveUp = 5;
/** A session that lasted so long was a good one: what breaks after it is a new trouble. */
const goodSessionMs = 60_000;

function backoffMs(attempt: number, advice: KafkaFailure['advice']): number {
  return Math.min(500 * 2 ** Math.min(attempt, 10), advice === 'tell' ? 30_000 : 2_000);
}

function toFailure(error: unknown): KafkaFailure {
  if (error instanceof KafkaFailure) return error;
  return new KafkaFailure('rebuild', error instanceof Error ? error.message : String(error), error);
}

/** One connected time: from reaching Kafka to losing it. */
interface Session {
  readonly admin: Admin;
  readonly catalog: Catalog;
}

export class Worker {
  private readonly parts: WorkerParts;
  private readonly stopping = new AbortController();
  /** Looks at leftovers that were taken; those after the last of them are over. */
  private looks = 0;
  private leftOld = false;

  constructor(parts: WorkerParts) {
    this.parts = parts;
    this.leftOld = !parts.config.leftovers;
  }

  /** Lets the batch in flight finish; `run` resolves then. */
  stop(): void {
    this.stopping.abort();
  }

  /** Resolves with `stopped`, or with the failure that it gave up on. Never rejects. */
  async run(): Promise<'stopped' | KafkaFailure> {
    const { clock } = this.parts;
    let attempt = 0;
    let breaks = 0;
    while (!this.stopping.signal.aborted) {
      const began = clock.monotonic();
      const failure = await this.session();
      if (failure === undefined) break;
      const good = clock.monotonic() - began >= goodSessionMs;
      attempt = good ? 0 : attempt + 1;
      breaks = failure.advice === 'rebuild' ? (good ? 1 : breaks + 1) : 0;
      if (breaks >= breaksToGiveUp) return failure;
      this.announce(failure);
      this.parts.report({ type: 'beat' });
      await clock.sleep(backoffMs(attempt, failure.advice), this.stopping.signal);
    }
    return 'stopped';
  }

  private announce({ advice, message }: KafkaFailure): void {
    this.parts.report({ type: 'left' });
    const event: PumpEvent =
      advice === 'rebuild'
        ? { type: 'restarting', why: message }
        : { type: 'waiting', why: message, person: advice === 'tell' };
    this.parts.report(event);
  }

  /** Resolves with undefined when it was told to stop. */
  private async session(): Promise<KafkaFailure | undefined> {
    const { config, kafka, report } = this.parts;
    let admin: Admin | undefined;
    try {
      admin = await kafka.admin();
      await ensureTopics(admin, config, report);
      const catalog = new Catalog(config, report);
      await catalog.refresh(admin);
      report({ type: 'connected' });
      const session = { admin, catalog };
      while (!this.stopping.signal.aborted) {
        await this.serveLeftovers(session);
        await this.serveOrders(session);
      }
      return undefined;
    } catch (error) {
      return toFailure(error);
    } finally {
      await admin?.close();
    }
  }

  /** Before new orders, so that those of one customer keep their order over the change of topics. */
  private async serveLeftovers(session: Session): Promise<void> {
    if (this.leftOld || this.stopping.signal.aborted) return;
    const { config, report } = this.parts;
    const { unmarked, leftovers } = await look(session.admin, config.group, config.topics.orders);
    if (unmarked.length === 0) this.leftOld = true;
    if (leftovers.length === 0) return;
    const topics = topicsOf(leftovers);
    report({ type: 'leftovers', topics, orders: countOrders(leftovers) });
    const complete = await this.drain(session, leftovers);
    report({ type: 'leftovers-served', topics, complete });
  }

  /** True when the group has committed all of them, whichever of its members served them. */
  private async drain(session: Session, leftovers: readonly Leftover[]): Promise<boolean> {
    const { config, clock } = this.parts;
    const member = { topics: topicsOf(leftovers), cut: upTo(leftovers) };
    return this.consuming(session, member, async (_consumer, over) => {
      let left = leftovers;
      let progressed = clock.monotonic();
      while (!over.aborted && clock.monotonic() - progressed < drainStallMs) {
        const { leftovers: now } = await look(session.admin, config.group, config.topics.orders);
        const still = remaining(leftovers, now);
        if (still.length === 0) return true;
        if (countOrders(still) < countOrders(left)) progressed = clock.monotonic();
        left = still;
        await clock.sleep(drainPollMs, over);
      }
      return false;
    });
  }

  /** Returns to have leftovers served, or to stop. */
  private async serveOrders(session: Session): Promise<void> {
    if (this.stopping.signal.aborted) return;
    const member = { topics: [this.parts.config.topics.orders], cut: (batch: Batch) => batch };
    await this.consuming(session, member, async (consumer, over) => {
      let nextLook = this.nextLook();
      while (!over.aborted) {
        await this.watch(session);
        if (this.parts.clock.monotonic() >= nextLook) {
          if (await this.lookAgain(session, consumer)) return;
          nextLook = this.nextLook();
        }
        await this.parts.clock.sleep(watchMs, over);
      }
    });
  }

  /** On the monotonic clock; never, once the old topics are left. */
  private nextLook(): number {
    const seconds = this.leftOld ? Number.POSITIVE_INFINITY : (looksAfterSeconds[this.looks] ?? 0);
    return this.parts.clock.monotonic() + seconds * 1_000;
  }

  /** True when there are leftovers again. A look that fails is made up for by the next one. */
  private async lookAgain(session: Session, consumer: Consumer): Promise<boolean> {
    const { config, report } = this.parts;
    try {
      const { unmarked, leftovers } = await look(session.admin, config.group, config.topics.orders);
      this.looks += 1;
      // What the last look finds is served, and no other look follows: the topic may be in use for something else.
      const over = this.looks > looksAfterSeconds.length;
      if (!over && leftovers.length > 0) return true;
      if (this.looks < looksAfterSeconds.length) return false;
      await consumer.commit(marks(unmarked));
      this.leftOld = true;
      return false;
    } catch (error) {
      report({ type: 'unwatched', why: toFailure(error).message });
      return false;
    }
  }

  /** What changes without a batch coming in. Whether Kafka is really away, the consumer will say. */
  private async watch(session: Session): Promise<void> {
    try {
      await this.refresh(session);
      await this.tellLag(session);
    } catch (error) {
      this.parts.report({ type: 'unwatched', why: toFailure(error).message });
    }
  }

  /** Partitions may have been added to the drinks, or a topic deleted. */
  private async refresh({ admin, catalog }: Session): Promise<void> {
    const { config, report } = this.parts;
    try {
      await catalog.refresh(admin);
    } catch {
      await ensureTopics(admin, config, report);
      await catalog.refresh(admin);
    }
  }

  private async tellLag({ admin }: Session): Promise<void> {
    const { config, report } = this.parts;
    const { orders } = config.topics;
    const committed = await admin.committed(config.group);
    const watermarks = await admin.watermarks(orders);
    const lags = watermarks.map(({ partition, low, high }) => {
      const found = committed.find((offset) => offset.topic === orders && offset.partition === partition);
      return { topic: orders, partition, lag: Number(BigInt(high) - BigInt(found?.offset ?? low)) };
    });
    report({ type: 'lag', lags });
  }

  /** A member of the group while `during` runs. Rejects when the member is lost meanwhile, which `over` tells `during`. */
  private async consuming<T>(
    { catalog }: Session,
    { topics, cut }: { readonly topics: readonly string[]; readonly cut: (batch: Batch) => Batch },
    during: (consumer: Consumer, over: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { kafka, config, clock, report } = this.parts;
    const courier = await this.courier();
    const kitchen = { clock, courier, menu: () => catalog.menu(), report, signal: this.stopping.signal };
    const ended = new AbortController();
    let consumer: Consumer | undefined;
    try {
      const member = await kafka.consume({
        group: config.group,
        sessionTimeoutMs: config.sessionTimeoutMs,
        topics,
        onBatch: (batch) => serve(kitchen, cut(batch)),
        onAssigned: (assignment) => report({ type: 'assigned', assignment }),
        onBeat: () => report({ type: 'beat' }),
      });
      consumer = member;
      const lost = member.ended.then(() =>
        Promise.reject(new KafkaFailure('wait', 'The consumer was stopped')),
      );
      return await Promise.race([
        during(member, AbortSignal.any([ended.signal, this.stopping.signal])),
        lost,
      ]);
    } finally {
      ended.abort();
      await consumer?.stop();
      await courier.close();
    }
  }

  private courier(): Promise<Courier> {
    const { config, kafka } = this.parts;
    if (config.delivery === 'AtLeastOnce') return atLeastOnce(kafka);
    const committed = async (): Promise<Awaited<ReturnType<Admin['committed']>>> => {
      const admin = await kafka.admin();
      try {
        return await admin.committed(config.group);
      } finally {
        await admin.close();
      }
    };
    return Promise.resolve(new ExactlyOnce(kafka, config.group, committed));
  }
}

/** Only the orders up to where the old topics ended when we looked: what comes later may be meant for another pipeline. */
function upTo(leftovers: readonly Leftover[]): (batch: Batch) => Batch {
  return (batch) => {
    const found = leftovers.find(
      ({ topic, partition }) => topic === batch.topic && partition === batch.partition,
    );
    const end = found?.to ?? 0n;
    const records = batch.records.filter(({ offset }) => BigInt(offset) < end);
    if (records.length < batch.records.length) batch.pause();
    return { ...batch, records };
  };
}
