/**
 * How the worker is, in Spring Boot's words.
 *
 * SCDF's probes ask `/actuator/health` whether to restart the container, and `/actuator/info` whether it is ready. So health stays UP while Kafka is away, because a
 * restart would not bring it back, and says so in a component; it is DOWN only when the pump shows no sign of life.
 */
import type { Assignment } from '../kafka/port.ts';
import type { PumpEvent } from '../pump/events.ts';
import type { Clock } from './clock.ts';

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

/** Knows the worker's state from its events. */
export class Vitals {
  private readonly clock: Clock;
  private readonly brokers: readonly string[];
  private lastBeat: number;
  private trouble: Trouble | undefined;
  private assignment: Assignment | undefined;
  private readonly holds = new Map<string, Hold>();

  constructor(clock: Clock, brokers: readonly string[]) {
    this.clock = clock;
    this.brokers = brokers;
    this.lastBeat = clock.monotonic();
    this.trouble = { since: clock.now(), why: 'Connecting' };
  }

  observe(event: PumpEvent): void {
    this.lastBeat = this.clock.monotonic();
    if (event.type === 'assigned') this.assignment = event.assignment;
    if (event.type === 'left') this.leave();
    this.observeKafka(event);
    this.observeHold(event);
  }

  private leave(): void {
    this.assignment = undefined;
    this.holds.clear();
  }

  private observeKafka(event: PumpEvent): void {
    if (event.type === 'connected') this.trouble = undefined;
    if (event.type !== 'waiting' && event.type !== 'restarting') return;
    this.trouble = { since: this.trouble?.since ?? this.clock.now(), why: event.why };
  }

  private observeHold(event: PumpEvent): void {
    if (event.type !== 'held' && event.type !== 'released') return;
    const partition = `${event.topic}/${event.partition}`;
    if (event.type === 'released') this.holds.delete(partition);
    else this.holds.set(partition, { partition, offset: event.offset, why: event.why });
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
    const status = joined ? 'UP' : 'OUT_OF_SERVICE';
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
    const assigned = this.assignment ?? {};
    const names = Object.entries(assigned).flatMap(([topic, list]) => list.map((each) => `${topic}/${each}`));
    const held = [...this.holds.values()].filter(({ partition }) => names.includes(partition));
    return { status: held.length === 0 ? 'UP' : 'OUT_OF_SERVICE', details: { assigned, held } };
  }
}
