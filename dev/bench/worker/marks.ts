/** What the broker's own tools reach on this machine, each alone: nobody who does both can be faster. */
import { run } from '../../stack/command.ts';
import type { Bar } from './bar.ts';
import type { Peers } from './peers.ts';

const RECORDS = 2_000_000;

/** Records a second that Kafka's ProducerPerformance writes: 17 bytes, no headers, all replicas. */
export async function producing(bar: Bar, { tools }: Peers): Promise<number> {
  const topic = await bar.make('mark', 4);
  const [java = '', ...args] = tools;
  const stdout = await run(java, [
    ...args,
    'org.apache.kafka.tools.ProducerPerformance',
    ...['--topic', topic, '--num-records', String(RECORDS), '--record-size', '17', '--throughput', '-1'],
    ...['--producer-props', 'acks=all', `bootstrap.servers=${bar.brokers}`],
  ]);
  await bar.remove(topic);
  return Number(/([\d.]+) records\/sec/.exec(stdout.split('\n').findLast((line) => line !== '') ?? '')?.[1]);
}

/** Records a second that Kafka's ConsumerPerformance reads, joining the group not counted. */
export async function consuming(bar: Bar, { tools }: Peers, orders: string): Promise<number> {
  const [java = '', ...args] = tools;
  const stdout = await run(java, [
    ...args,
    'org.apache.kafka.tools.ConsumerPerformance',
    ...['--topic', orders, '--messages', String(RECORDS), '--bootstrap-server', bar.brokers],
  ]);
  const [names = '', values = ''] = stdout.split('\n').filter((line) => line.includes(', '));
  return Number(values.split(', ')[names.split(', ').indexOf('fetch.nMsg.sec')]);
}
