/** Topics read and written with kcat, which knows nothing of our code. */
import { attempt, run } from '../stack/command.ts';

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

  /** Everything in a topic; empty when there is none. */
  async read(topic: string): Promise<TopicRecord[]> {
    const format = '%k\\t%T\\t%p\\t%s\\n';
    const args = ['-C', '-b', this.#brokers, '-t', topic, '-o', 'beginning', '-e', '-q', '-f', format];
    const { code, stdout, tail } = await attempt('kcat', args, { timeout: 60_000 });
    if (code !== 0) {
      if (/Unknown topic|UNKNOWN_TOPIC/i.test(tail)) return [];
      throw new Error(`kcat cannot read ${topic}: ${tail}`);
    }
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [key = '', timestamp = '', partition = '', ...value] = line.split('\t');
        return { key, timestamp: Number(timestamp), partition: Number(partition), value: value.join('\t') };
      });
  }
}
