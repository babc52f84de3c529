/** A worker on Kafka in memory, with a clock of its own, for tests. */
import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import type { WorkerConfig } from '../config/config.ts';
import { plaintext } from '../config/security.ts';
import { MemoryBroker, memoryKafka } from '../kafka/memory.ts';
import type { InRecord, Kafka, KafkaFailure, OutRecord } from '../kafka/port.ts';
import { FakeClock } from '../ops/clock.fixtures.ts';
import type { PumpEvent } from './events.ts';
import { Worker } from './worker.ts';

type Overrides = Partial<Omit<WorkerConfig, 'topics'>> & {
  readonly topics?: Partial<WorkerConfig['topics']>;
};

export function aConfig({ topics, ...more }: Overrides = {}): WorkerConfig {
  return {
    identity: { stream: 'bar', label: 'barista-app', instance: '', revision: '' },
    brokers: ['memory:9092'],
    security: plaintext,
    group: 'bar',
    sessionTimeoutMs: 10_000,
    topics: {
      orders: 'orders',
      hotDrinks: 'hot',
      coldDrinks: 'cold',
      deadLetters: 'dead',
      create: true,
      partitions: 3,
      replicationFactor: 1,
      ...topics,
    },
    startOffset: 'earliest',
    delivery: 'AtLeastOnce',
    badOrders: 'DeadLetter',
    leftovers: true,
    codec: 'barista',
    port: 0,
    actuatorReadOnly: false,
    log: { level: 'silent', format: 'json' },
    ...more,
  };
}

export interface Running {
  readonly events: PumpEvent[];
  readonly of: <T extends PumpEvent['type']>(type: T) => Extract<PumpEvent, { type: T }>[];
  readonly worker: Worker;
  readonly stop: () => Promise<'stopped' | KafkaFailure>;
  /** Ends as a killed process does: what it has read and written stays, nothing is committed any more. */
  readonly kill: () => void;
  readonly done: Promise<'stopped' | KafkaFailure>;
}

/** A bar: a broker, a clock, and as many workers as a test starts. */
export class Bar {
  readonly broker: MemoryBroker;
  readonly clock = new FakeClock();

  constructor(batchRecords = 100) {
    this.broker = new MemoryBroker(batchRecords);
  }

  /** `wrap` may put something between the worker and the broker. */
  start(config: WorkerConfig = aConfig(), wrap: (kafka: Kafka) => Kafka = (kafka) => kafka): Running {
    const events: PumpEvent[] = [];
    const { clock, broker } = this;
    const report = (event: PumpEvent): void => void events.push(event);
    const kafka = wrap(memoryKafka(broker, config.group));
    const worker = new Worker({ config, kafka, clock, report });
    const done = worker.run();
    return {
      events,
      worker,
      done,
      of: (type) =>
        events.filter((event): event is Extract<PumpEvent, { type: typeof type }> => event.type === type),
      stop: () => {
        worker.stop();
        return done;
      },
      kill: () => {
        for (const member of broker.group(config.group).members) member.die();
      },
    };
  }

  order(topic: string, orders: readonly Partial<OutRecord>[]): void {
    this.broker.append([
      {
        topic,
        records: orders.map((order) => ({ key: null, value: '2', timestamp: '0', partition: 0, ...order })),
      },
    ]);
  }

  /** Orders `from`, `from + 1`, …, dealt to three partitions, each with its number as timestamp. */
  numbers(topic: string, count: number, from = 0): void {
    const numbers = Array.from({ length: count }, (_, at) => from + at);
    this.order(
      topic,
      numbers.map((number) => ({ value: String(number), timestamp: String(number), partition: number % 3 })),
    );
  }

  read(topic: string): readonly InRecord[] {
    return this.broker.topics.has(topic) ? this.broker.read(topic) : [];
  }

  /** The numbers of the orders that a topic's records came of, sorted. */
  served(topic: string): number[] {
    return this.read(topic)
      .map(({ timestamp }) => Number(timestamp))
      .sort((a, b) => a - b);
  }

  committed(topic: string, partition = 0): string | undefined {
    return this.broker.offset('bar', topic, partition)?.offset;
  }

  /** How many drinks there are. */
  drinks(): number {
    return this.read('hot').length + this.read('cold').length;
  }

  /** Lets time pass until the condition holds. */
  async until(what: string, condition: () => boolean): Promise<void> {
    for (let step = 0; !condition(); step += 1) {
      assert.ok(step < 20_000, `in vain waited for: ${what}`);
      this.clock.advance(50);
      await setImmediate();
    }
  }

  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 50) {
      this.clock.advance(50);
      await setImmediate();
    }
  }
}

export function evens(count: number, from = 0): number[] {
  return Array.from({ length: count }, (_, at) => from + at).filter((number) => number % 2 === 0);
}

export function odds(count: number, from = 0): number[] {
  return Array.from({ length: count }, (_, at) => from + at).filter((number) => number % 2 === 1);
}
