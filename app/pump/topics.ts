/** The topics that the worker needs: created when missing and allowed, and how many partitions each has. */
import type { WorkerConfig } from '../config/config.ts';
import { KafkaFailure } from '../kafka/port.ts';
import type { Admin } from '../kafka/port.ts';
import type { Report } from './events.ts';
import type { Menu, Output } from './round.ts';

function needed({ topics, badOrders }: WorkerConfig): string[] {
  const drinks = [topics.orders, topics.hotDrinks, topics.coldDrinks];
  return badOrders === 'DeadLetter' ? [...drinks, topics.deadLetters] : drinks;
}

async function create(admin: Admin, topic: string, { topics }: WorkerConfig): Promise<void> {
  if (!topics.create) {
    throw new KafkaFailure(
      'tell',
      `Topic ${topic} does not exist, and barista.topics.create is false: create it, or set that to true`,
    );
  }
  const { partitions, replicationFactor } = topics;
  await admin.createTopic({ topic, partitions, replicationFactor });
}

/**
 * Creates what is missing. That somebody else creates it at the same time is no error.
 *
 * @throws KafkaFailure when a topic is missing and cannot be created
 */
export async function ensureTopics(admin: Admin, config: WorkerConfig, report: Report): Promise<void> {
  for (const topic of needed(config)) {
    if ((await admin.partitions(topic)) !== undefined) continue;
    await create(admin, topic, config);
    report({ type: 'topic-created', topic });
  }
}

/** How many partitions each topic has, as last seen. */
export class Catalog {
  private readonly config: WorkerConfig;
  private readonly report: Report;
  private counts: ReadonlyMap<string, number> = new Map();
  private readonly told = new Set<string>();
  /** As last reported. */
  private leaderless = '';

  constructor(config: WorkerConfig, report: Report) {
    this.config = config;
    this.report = report;
  }

  /** Rejects when a topic is missing: it was deleted, or not every broker knows yet that it was created. */
  async refresh(admin: Admin): Promise<void> {
    const counts = new Map<string, number>();
    for (const topic of needed(this.config)) {
      const found = await admin.partitions(topic);
      if (found === undefined) throw new KafkaFailure('wait', `Topic ${topic} does not exist`);
      counts.set(topic, found);
    }
    this.counts = counts;
    const wanted = this.config.topics.partitions ?? 1;
    for (const [topic, has] of counts) {
      if (has >= wanted || this.told.has(topic)) continue;
      this.told.add(topic);
      this.report({ type: 'fewer-partitions', topic, has, wanted });
    }
  }

  /** Looks for partitions of our topics that nobody leads. */
  async lookForLeaders(admin: Admin): Promise<void> {
    const partitions = await admin.leaderless(needed(this.config));
    const text = partitions.map(({ topic, partition }) => `${topic}/${partition}`).join();
    if (text === this.leaderless) return;
    this.leaderless = text;
    this.report({ type: 'leaderless', partitions });
  }

  menu(): Menu {
    const { topics, badOrders } = this.config;
    const output = (topic: string): Output => ({
      topic,
      partitions: Math.max(1, this.counts.get(topic) ?? 1),
    });
    return {
      hot: output(topics.hotDrinks),
      cold: output(topics.coldDrinks),
      deadLetters: output(topics.deadLetters),
      policy: badOrders,
    };
  }
}
