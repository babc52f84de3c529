/**
 * The worker's life: reach Kafka, see to the topics, serve leftovers, serve orders, and begin again whenever that breaks.
 *
 * It waits for Kafka as long as it takes. It gives up only when its own client breaks again and again without Kafka being the reason.
 */
import type { WorkerConfig } from '../config/config.ts';
import { KafkaFailure } from '../kafka/port.ts';
import type { Admin, Batch, Consumer, Kafka } from '../kafka/port.ts';
import type { Clock } from '../ops/clock.ts';
import { Beginnings } from './beginnings.ts';
import { atLeastOnce, ExactlyOnce } from './courier.ts';
import type { Courier } from './courier.ts';
import type { PumpEvent, Report } from './events.ts';
import { FormerTopics } from './former-topics.ts';
import { countOrders, marks, remaining, topicsOf, upTo } from './leftovers.ts';
import type { Leftover, Look } from './leftovers.ts';
import { atMost, patiently, Unanswered } from './patience.ts';
import { serve } from './serve.ts';
import type { Kitchen } from './serve.ts';
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
/** How long parting may take, from the consumer, the courier and the admin each: kafkajs waits for requests in flight, and those may be why we part. */
const partingMs = 10_000;

/**
 * Of a partition in one fetch. About what is written at a time: with more, records wait so long that the collector takes them for lasting ones. A transaction takes
 * several requests whatever is in it, so it takes more at a time.
 */
const fetchBytes = { AtLeastOnce: 256 << 10, ExactlyOnce: 1 << 20 } as const;

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

/** True when the batch is to be served. What is served before it is written down where the group begins would be committed, and overwritten by that. */
async function begun(beginnings: Beginnings, { clock }: Kitchen, batch: Batch): Promise<boolean> {
  if (beginnings.pending !== undefined) {
    await patiently({ clock, batch, what: 'where the group begins' }, beginnings.pending);
    // Rejects when the partition was given to somebody else meanwhile.
    await batch.heartbeat();
  }
  const elsewhere = beginnings.elsewhere(batch);
  if (elsewhere !== undefined) batch.seek(elsewhere);
  return elsewhere === undefined;
}

interface Membership {
  readonly topics: readonly string[];
  readonly cut: (batch: Batch) => Batch;
  /** To be told that the member is of no more use before it tells so itself. */
  readonly broken: (why: Unanswered) => void;
}

export class Worker {
  private readonly parts: WorkerParts;
  private readonly stopping = new AbortController();
  private readonly former: FormerTopics;
  private paused = false;

  constructor(parts: WorkerParts) {
    this.parts = parts;
    this.former = new FormerTopics(parts.config);
  }

  get isPaused(): boolean {
    return this.paused;
  }

  /** Takes no more orders; those in flight are finished. */
  pause(): void {
    this.paused = true;
    this.parts.report({ type: 'paused' });
  }

  resume(): void {
    this.paused = false;
    this.parts.report({ type: 'resumed' });
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
    try {
      await this.asking((admin) => this.serveWith(admin));
      return undefined;
    } catch (error) {
      return toFailure(error);
    }
  }

  /** With an admin of its own. */
  private async asking<T>(ask: (admin: Admin) => Promise<T>): Promise<T> {
    const { kafka, clock } = this.parts;
    const admin = await kafka.admin();
    try {
      return await ask(admin);
    } finally {
      await atMost(clock, partingMs, admin.close());
    }
  }

  private async serveWith(admin: Admin): Promise<void> {
    const { config, report } = this.parts;
    await ensureTopics(admin, config, report);
    const catalog = new Catalog(config, report);
    await catalog.refresh(admin);
    report({ type: 'connected' });
    const session = { admin, catalog };
    while (!this.stopping.signal.aborted) {
      await this.serveLeftovers(session);
      await this.serveOrders(session);
    }
  }

  /**
   * Before new orders, so that those of one customer keep their order over the change of topics. With an admin of their own, because a topic that is deleted
   * stays in the requests of the one that has looked at it, which then fail for all topics.
   */
  private async serveLeftovers(session: Session): Promise<void> {
    if (this.former.areLeft || this.stopping.signal.aborted) return;
    await this.asking(async (admin) => {
      const found = await this.findLeftovers(admin);
      if (found === undefined) return;
      if (found.positions.length === 0) this.former.leave();
      if (found.leftovers.length > 0) await this.serveThese(session, found.leftovers, admin);
    });
  }

  /** Undefined when a person has to let us see a topic: that must not keep new orders waiting, it is looked at again later. */
  private async findLeftovers(admin: Admin): Promise<Look | undefined> {
    try {
      return await this.former.find(admin);
    } catch (error) {
      const { advice, message } = toFailure(error);
      if (advice !== 'tell') throw error;
      this.parts.report({ type: 'leftovers-stuck', why: message });
      return undefined;
    }
  }

  private async serveThese(session: Session, leftovers: readonly Leftover[], admin: Admin): Promise<void> {
    const { report } = this.parts;
    const topics = topicsOf(leftovers);
    report({ type: 'leftovers', topics, orders: countOrders(leftovers) });
    const left = await this.drain(session, leftovers, admin);
    report({ type: 'leftovers-served', topics, complete: left.length === 0 });
    if (left.length === 0 || !this.former.lastWasTaken || this.stopping.signal.aborted) return;
    const why = `${countOrders(left)} orders on ${topicsOf(left).join(', ')} do not become fewer`;
    report({ type: 'leftovers-stuck', why });
  }

  /** What of them is left at the end: nothing when the group has committed all, whichever of its members served them. */
  private async drain(
    session: Session,
    leftovers: readonly Leftover[],
    admin: Admin,
  ): Promise<readonly Leftover[]> {
    const { clock } = this.parts;
    const member = { topics: topicsOf(leftovers), cut: upTo(leftovers) };
    return this.consuming(session, member, async (_consumer, over) => {
      let left = leftovers;
      let progressed = clock.monotonic();
      while (!over.aborted && clock.monotonic() - progressed < drainStallMs) {
        const still = remaining(leftovers, (await this.former.find(admin)).leftovers);
        if (countOrders(still) < countOrders(left)) progressed = clock.monotonic();
        left = still;
        if (left.length === 0) break;
        await clock.sleep(drainPollMs, over);
      }
      return left;
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
          if (await this.lookAgain(consumer)) return;
          nextLook = this.nextLook();
        }
        await this.parts.clock.sleep(watchMs, over);
      }
    });
  }

  /** On the monotonic clock; never, once the former topics are left. */
  private nextLook(): number {
    return this.parts.clock.monotonic() + this.former.secondsToNextLook() * 1_000;
  }

  /** True when there are leftovers again. A look that fails is made up for by the next one. */
  private async lookAgain(consumer: Consumer): Promise<boolean> {
    const { report } = this.parts;
    try {
      const { positions, leftovers } = await this.asking((admin) => this.former.lookAgain(admin));
      if (leftovers.length > 0) return true;
      if (!this.former.lastWasTaken) return false;
      await consumer.commit(marks(positions));
      this.former.leave();
    } catch (error) {
      const { advice, message } = toFailure(error);
      report({ type: advice === 'tell' ? 'leftovers-stuck' : 'unwatched', why: message });
    }
    return false;
  }

  /** What changes without a batch coming in. Whether Kafka is really away, the consumer will say. */
  private async watch(session: Session): Promise<void> {
    try {
      await this.refresh(session);
      await session.catalog.lookForLeaders(session.admin);
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
    const lags = (watermarks ?? []).map(({ partition, low, high }) => {
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
    const { clock, report } = this.parts;
    const courier = await this.courier();
    const kitchen = { clock, courier, menu: () => catalog.menu(), report, signal: this.stopping.signal };
    const ended = new AbortController();
    const broken = Promise.withResolvers<never>();
    broken.promise.catch(() => undefined);
    let consumer: Consumer | undefined;
    try {
      const member = await this.join(kitchen, { topics, cut, broken: broken.reject });
      consumer = member;
      const lost = member.ended.then(() =>
        Promise.reject(new KafkaFailure('wait', 'The consumer was stopped')),
      );
      const over = AbortSignal.any([ended.signal, this.stopping.signal]);
      return await Promise.race([during(member, over), lost, broken.promise]);
    } finally {
      ended.abort();
      if (consumer !== undefined) await atMost(clock, partingMs, consumer.stop());
      await atMost(clock, partingMs, courier.close());
    }
  }

  private async join(kitchen: Kitchen, { topics, cut, broken }: Membership): Promise<Consumer> {
    const { kafka, config, report } = this.parts;
    const { group, sessionTimeoutMs, delivery } = config;
    const { courier } = kitchen;
    const member = Promise.withResolvers<Consumer>();
    const topic = config.topics.orders;
    const parts = { kafka, group, topic, start: config.startOffset, courier, report };
    const beginnings = new Beginnings({ ...parts, member: member.promise });
    const onBatch = async (batch: Batch): Promise<void> => {
      try {
        if (await begun(beginnings, kitchen, batch)) await serve(kitchen, cut(batch));
      } catch (error) {
        // kafkajs tells of it only after it has parted, which may take for ever then.
        if (error instanceof Unanswered) broken(error);
        throw error;
      }
    };
    const joined = await kafka.consume({
      group,
      sessionTimeoutMs,
      topics,
      fetchBytes: fetchBytes[delivery],
      isPaused: () => this.paused,
      onBatch,
      onAssigned: (assignment) => {
        report({ type: 'assigned', assignment });
        beginnings.assigned(assignment);
      },
      onCommitted: (offsets, ok) => {
        for (const { topic, partition } of offsets) report({ type: 'committed', topic, partition, ok });
      },
      onBeat: () => report({ type: 'beat' }),
    });
    member.resolve(joined);
    return joined;
  }

  private courier(): Promise<Courier> {
    const { config, kafka } = this.parts;
    if (config.delivery === 'AtLeastOnce') return atLeastOnce(kafka);
    return Promise.resolve(new ExactlyOnce(kafka, config.group));
  }
}
