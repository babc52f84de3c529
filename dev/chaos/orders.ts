/** The orders of a run, each with an id of its own, and a producer that writes them whatever happens. */
import { KafkaFailure, type Kafka, type OutRecord, type Producer } from '../../app/kafka/port.ts';
import { longAgo } from '../../app/kafka/world.fixtures.ts';

const chunk = 25;
/** Milliseconds between two chunks: small ones and often, so that whatever happens, happens in the middle of serving; the whole takes some seconds. */
const pace = 15;
/** Keys of a partition. */
const keys = 5;

/** Some are null, and some have no digit. */
function valueOf(id: number): string | null {
  if (id % 83 === 0) return null;
  if (id % 71 === 0) return 'tea, please';
  return `{"order": ${id}, "note": "${'sugar '.repeat(id % 7)}"}`;
}

/** Key and partition belong together, so that the order of a key is that of its partition. */
export function orderOf(id: number, partitions: number): OutRecord {
  const partition = id % partitions;
  const table = Math.floor(id / partitions) % keys;
  return {
    key: table === 0 ? null : Buffer.from(`table ${table} of ${partition}`),
    value: valueOf(id),
    headers: { id: String(id), traceparent: `00-${id.toString(16).padStart(32, '0')}-00f067aa0ba902b7-01` },
    timestamp: String(longAgo + id),
    partition,
  };
}

export interface Written {
  readonly topic: string;
  readonly count: number;
  /** Of the topic, now. */
  readonly partitions: () => number;
}

/** Resolves when all of them are written, some of them twice. */
export async function writeOrders(kafka: Kafka, { topic, count, partitions }: Written): Promise<void> {
  const pen = new Pen(kafka, topic);
  for (let from = 0; from < count; from += chunk) {
    const ids = Array.from({ length: Math.min(chunk, count - from) }, (_, at) => from + at);
    const records = ids.map((id) => orderOf(id, partitions()));
    await Promise.all([pen.write(records), sleep(pace)]);
  }
  await pen.close();
}

/** A producer, and another one whenever it fails. */
class Pen {
  readonly #kafka: Kafka;
  readonly #topic: string;
  #producer: Producer | undefined;

  constructor(kafka: Kafka, topic: string) {
    this.#kafka = kafka;
    this.#topic = topic;
  }

  async write(records: readonly OutRecord[]): Promise<void> {
    for (;;) {
      try {
        this.#producer ??= await this.#kafka.producer();
        await this.#producer.send([{ topic: this.#topic, records }]);
        return;
      } catch (error) {
        if (!(error instanceof KafkaFailure)) throw error;
        await this.close();
        await sleep(300);
      }
    }
  }

  async close(): Promise<void> {
    await this.#producer?.close().catch(() => undefined);
    this.#producer = undefined;
  }
}

export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
