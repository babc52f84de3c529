/** Topics read and written with kcat, which knows nothing of our code. */
import { run } from '../stack/command.ts';

export interface TopicRecord {
  readonly key: string;
  readonly value: string;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly partition: number;
}

/** The rule, written a second time and otherwise: the last digit of the order decides. */
export function isEven(order: string): boolean {
  const digits = order.match(/[0-9]/g) ?? [];
  return '02468'.includes(digits.at(-1) ?? 'x');
}

export class Topics {
  readonly #brokers: string;

  constructor(brokers: string) {
    this.#brokers = brokers;
  }

  /** Writes orders with their number as key and value. */
  async order(topic: string, numbers: readonly number[]): Promise<void> {
    const lines = numbers.map((number) => `${number}|${number}`).join('\n');
    await run('kcat', ['-P', '-b', this.#brokers, '-t', topic, '-K', '|', '-X', 'acks=all'], {
      input: `${lines}\n`,
    });
  }

  /** Writes values without keys. */
  async write(topic: string, values: readonly string[]): Promise<void> {
    await run('kcat', ['-P', '-b', this.#brokers, '-t', topic, '-X', 'acks=all'], {
      input: `${values.join('\n')}\n`,
    });
  }

  /** Everything that is in a topic now, also while more comes in; empty when there is no such topic. */
  async read(topic: string): Promise<TopicRecord[]> {
    const ends = await this.#ends(topic);
    const read = [...ends].map(([partition, end]) => this.#readPartition(topic, partition, end));
    return (await Promise.all(read)).flat();
  }

  /** The end offset of each partition that has had a record. */
  async #ends(topic: string): Promise<Map<number, number>> {
    const { topics } = JSON.parse(await this.#kcat('-L', '-J', '-t', topic)) as Metadata;
    const partitions = topics[0]?.partitions ?? [];
    if (partitions.length === 0) return new Map();
    const lines = await this.#kcat(
      '-Q',
      ...partitions.flatMap(({ partition }) => ['-t', `${topic}:${partition}:-1`]),
    );
    const found = [...lines.matchAll(/\[(\d+)\] offset (\d+)$/gm)];
    return new Map(
      found
        .map(([, partition, end]) => [Number(partition), Number(end)] as const)
        .filter(([, end]) => end > 0),
    );
  }

  /**
   * Both `-c` and `-e`: the count ends the reading of a partition to which somebody writes all the time, and its end that of one
   * which has fewer records than offsets, as one of transactions has.
   */
  async #readPartition(topic: string, partition: number, end: number): Promise<TopicRecord[]> {
    const from = ['-t', topic, '-p', String(partition), '-o', 'beginning', '-e', '-c', String(end)];
    const lines = await this.#kcat('-C', ...from, '-q', '-f', '%k\\t%T\\t%s\\n');
    return lines
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [key = '', timestamp = '', ...value] = line.split('\t');
        return { key, timestamp: Number(timestamp), partition, value: value.join('\t') };
      });
  }

  #kcat(mode: string, ...args: readonly string[]): Promise<string> {
    return run('kcat', [mode, '-b', this.#brokers, ...args], { timeout: 60_000 });
  }
}

interface Metadata {
  readonly topics: readonly { readonly partitions: readonly { readonly partition: number }[] }[];
}
