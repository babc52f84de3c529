/** The topics of the benchmark on the real Kafka: one backlog of orders that every candidate reads from the beginning, and drinks of its own for each. */
import { readFileSync } from 'node:fs';
import type { Admin } from 'kafkajs';
import { plaintext } from '../../../app/config/security.ts';
import { kafkaJs } from '../../../app/kafka/client.ts';
import { kafkaJsWith, logLevel } from '../../../app/kafka/kafkajs.ts';
import type { Producer } from '../../../app/kafka/port.ts';
import { systemClock as clock } from '../../../app/ops/clock.ts';
import { waitFor } from '../../cluster/wait.ts';

/** As the recipe deploys it. */
export const ORDER_PARTITIONS = 4;
const DRINK_PARTITIONS = 2;
/** Records of one write when orders are filled in: for one partition, well below a megabyte. */
const CHUNK = 5_000;
const WRITES_AT_A_TIME = 4;

export interface Topics {
  readonly orders: string;
  readonly hot: string;
  readonly cold: string;
}

export class Bar {
  readonly brokers: string;
  readonly #admin: Admin;
  readonly #made = new Set<string>();

  private constructor(brokers: string, admin: Admin) {
    this.brokers = brokers;
    this.#admin = admin;
  }

  static async open(brokers: string): Promise<Bar> {
    const { Kafka } = kafkaJsWith('barista', clock.now);
    const client = new Kafka({ clientId: 'bench', brokers: brokers.split(','), logLevel: logLevel.NOTHING });
    const admin = client.admin();
    await admin.connect();
    return new Bar(brokers, admin);
  }

  async make(name: string, partitions: number): Promise<string> {
    const topic = `bench-${name}-${clock.now().toString(36)}`;
    await this.#admin.createTopics({ waitForLeaders: false, topics: [{ topic, numPartitions: partitions }] });
    this.#made.add(topic);
    // kafkajs's own wait gives up when a busy broker has not heard of the topic for a second.
    const lead = () =>
      this.#admin.fetchTopicMetadata({ topics: [topic] }).then(
        ({ topics: [found] }) => found?.partitions.every(({ leader }) => leader >= 0) ?? false,
        () => false,
      );
    await waitFor(`leaders of ${topic}`, lead, { within: 30_000 });
    return topic;
  }

  async drinks(name: string): Promise<Pick<Topics, 'hot' | 'cold'>> {
    const hot = await this.make(`${name}-hot`, DRINK_PARTITIONS);
    return { hot, cold: await this.make(`${name}-cold`, DRINK_PARTITIONS) };
  }

  async remove(...topics: readonly string[]): Promise<void> {
    await this.#admin.deleteTopics({ topics: [...topics] });
    for (const topic of topics) this.#made.delete(topic);
  }

  /** Records on these topics; ends of transactions count too. */
  async count(topics: readonly string[]): Promise<number> {
    const offsets = await Promise.all(topics.map((topic) => this.#admin.fetchTopicOffsets(topic)));
    return offsets.flat().reduce((sum, { high }) => sum + Number(high), 0);
  }

  /** How many orders a group has committed. */
  async committed(group: string, topic: string): Promise<number> {
    const found = await this.#admin.fetchOffsets({ groupId: group, topics: [topic] });
    const offsets = found.flatMap(({ partitions }) => partitions.map(({ offset }) => Number(offset)));
    return offsets.reduce((sum, offset) => sum + Math.max(0, offset), 0);
  }

  /** A producer of records with headers, over the port of the worker. */
  producer(): Promise<Producer> {
    const brokers = this.brokers.split(',');
    const client = kafkaJs({
      brokers,
      security: plaintext,
      readFile: readFileSync,
      group: 'bench',
      clock,
      codec: 'barista',
      log: () => undefined,
    });
    return client.producer();
  }

  /** So many orders more: 17 bytes, no key, two headers. */
  async fill(topic: string, count: number): Promise<void> {
    const producer = await this.producer();
    const chunks = Array.from({ length: Math.ceil(count / CHUNK) }, (_, index) => index).values();
    const writer = async (): Promise<void> => {
      for (const chunk of chunks) {
        const from = chunk * CHUNK;
        const records = Array.from({ length: Math.min(CHUNK, count - from) }, (_, index) =>
          orderOf(from + index, chunk % ORDER_PARTITIONS),
        );
        await producer.send([{ topic, records }]);
      }
    };
    await Promise.all(Array.from({ length: WRITES_AT_A_TIME }, writer));
    await producer.close();
  }

  /** Takes away what was made, and waits until nothing of it is on the disk's way any more. */
  async close(): Promise<void> {
    const topics = [...this.#made];
    if (topics.length > 0) await this.remove(...topics);
    await waitFor(
      'the topics of the benchmark to go',
      async () => !(await this.#admin.listTopics()).some((topic) => topics.includes(topic)),
      { within: 60_000 },
    );
    await this.#admin.disconnect();
  }
}

const headers = { contentType: 'application/json', source: 'bench' };

function orderOf(number: number, partition: number) {
  const value = `11/23/26 20:${String(number % 100_000).padStart(5, '0')}`;
  return { key: null, value, headers, partition };
}
