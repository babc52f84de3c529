/**
 * How the worker is, in Spring Boot's words.
 *
 * SCDF's probes ask `/actuator/health` whether to restart the container, and `/actuator/info` whether it is ready. So health stays UP while Kafka is away, because a
 * restart would not bring it back, and says so in a component; it is DOWN only when the pump shows no sign of life. It is not ready while an assigned partition
 * is stuck or has no leader, because its orders are not served then.
 */
import type { Assignment } from '../kafka/port.ts';
import type { PartitionId, PumpEvent } from '../pump/events.ts';
import type { Clock } from './clock.ts';

/** What is seen, or goes on, also while the pump hangs. */
const noSignsOfLife: ReadonlySet<PumpEvent['type']> = new Set([
  'lag',
  'unwatched',
  'leaderless',
  'topic-created',
  'fewer-partitions',
  'leftovers-stuck',
  'released',
  'paused',
  'resumed',
]);

/** The longest a sound pump is silent is a join of the group, 30 s; Kubernetes asks every 60 s by default. */
const hungAfterMs = 45_000;

export type Status = 'UP' | 'DOWN' | 'OUT_OF_SERVICE';

export interface Component {
  readonly status: Status;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface Health {
  readonly status: Status;
  readonly components: Readonly<Record<string, Component>>;
}

interface Trouble {
  readonly since: number;
  readonly why: string;
}

interface Hold {
  readonly partition: string;
  readonly offset: string;
  readonly why: string;
}

function idOf({ topic, partition }: PartitionId): string {
  return `${topic}/${partition}`;
}

function idsOf(assignment: Assignment): Set<string> {
  const ids = Object.entries(assignment).flatMap(([topic, list]) =>
    list.map((partition) => idOf({ topic, partition })),
  );
  return new Set(ids);
}

/** Knows the worker's state from its events. */
export class Vitals {
  private readonly clock: Clock;
  private readonly brokers: readonly string[];
  private lastBeat: number;
  private trouble: Trouble | undefined;
  private assignment: Assignment | undefined;
  private readonly holds = new Map<string, Hold>();
  /** Partitions of which nothing was served since they were held; true when they are stuck: held for good, or more than once. A single hold may be a short one. */
  private readonly stuck = new Map<string, boolean>();
  /** Partitions of our topics, drinks too, that no broker leads. */
  private leaderless: readonly string[] = [];

  constructor(clock: Clock, brokers: readonly string[]) {
    this.clock = clock;
    this.brokers = brokers;
    this.lastBeat = clock.monotonic();
    this.trouble = { since: clock.now(), why: 'Connecting' };
  }

  observe(event: PumpEvent): void {
    if (!noSignsOfLife.has(event.type)) this.lastBeat = this.clock.monotonic();
    if (event.type === 'assigned') this.assign(event.assignment);
    if (event.type === 'left') this.leave();
    if (event.type === 'leaderless') this.leaderless = event.partitions.map(idOf);
    this.observeKafka(event);
    this.observeHold(event);
  }

  private assign(assignment: Assignment): void {
    this.assignment = assignment;
    const mine = idsOf(assignment);
    for (const known of [this.holds, this.stuck]) {
      for (const id of [...known.keys()].filter((each) => !mine.has(each))) known.delete(id);
    }
  }

  private leave(): void {
    this.assignment = undefined;
    this.holds.clear();
    this.stuck.clear();
    this.leaderless = [];
  }

  private observeKafka(event: PumpEvent): void {
    if (event.type === 'connected') this.trouble = undefined;
    if (event.type !== 'waiting' && event.type !== 'restarting') return;
    this.trouble = { since: this.trouble?.since ?? this.clock.now(), why: event.why };
  }

  private observeHold(event: PumpEvent): void {
    if (event.type === 'served') this.stuck.delete(idOf(event));
    if (event.type === 'released') this.holds.delete(idOf(event));
    if (event.type !== 'held') return;
    const { offset, why, retry } = event;
    const partition = idOf(event);
    this.holds.set(partition, { partition, offset, why });
    this.stuck.set(partition, !retry || this.stuck.has(partition));
  }

  liveness(): Health {
    const silentMs = this.clock.monotonic() - this.lastBeat;
    const status = silentMs > hungAfterMs ? 'DOWN' : 'UP';
    const details = { lastSignOfLifeSeconds: Math.round(silentMs / 1_000) };
    return { status, components: { pump: { status, details } } };
  }

  /** UP as a member of the group, also as one without partitions: there may be more workers than those. */
  readiness(): Health {
    const joined = this.assignment !== undefined && this.trouble === undefined;
    const serves = this.stuckOnes().length === 0 && !this.waitsForLeader();
    const status = joined && serves ? 'UP' : 'OUT_OF_SERVICE';
    return { status, components: { kafka: this.kafka(), partitions: this.partitions() } };
  }

  health(): Health {
    const { status, components } = this.liveness();
    return { status, components: { ...components, kafka: this.kafka(), partitions: this.partitions() } };
  }

  private kafka(): Component {
    const brokers = this.brokers.join(',');
    if (this.trouble === undefined) return { status: 'UP', details: { brokers } };
    const seconds = Math.round((this.clock.now() - this.trouble.since) / 1_000);
    return {
      status: 'DOWN',
      details: {
        brokers,
        error: this.trouble.why,
        waiting: `waiting for Kafka at ${brokers}, since ${seconds} s`,
      },
    };
  }

  private partitions(): Component {
    const held = [...this.holds.values()];
    const stuck = this.stuckOnes();
    const { leaderless } = this;
    const isWell = held.length === 0 && stuck.length === 0 && leaderless.length === 0;
    const details = { assigned: this.assignment ?? {}, held, stuck, leaderless };
    return { status: isWell ? 'UP' : 'OUT_OF_SERVICE', details };
  }

  /** Of the orders that are this worker's; a drinks topic without one shows itself in what is stuck. */
  private waitsForLeader(): boolean {
    const mine = idsOf(this.assignment ?? {});
    return this.leaderless.some((each) => mine.has(each));
  }

  private stuckOnes(): string[] {
    return [...this.stuck].flatMap(([partition, stuck]) => (stuck ? [partition] : []));
  }
}
