/** Apache Kafka in KRaft mode: one process that is broker and controller, from its Maven artifacts. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from './cache.ts';
import { attempt, run } from './command.ts';
import { generate } from './files.ts';
import { loopback, network, ports, versions } from './layout.ts';
import { fetchJars } from './maven.ts';
import type { Part } from './parts.ts';
import type { Paths } from './paths.ts';
import type { Progress } from './progress.ts';

export const kafkaForMachine = `${loopback}:${ports['Kafka for this machine']}`;
export const kafkaForPods = `${network.gateway}:${ports['Kafka for pods']}`;

/** What KRaft formats its log directory with; any constant does for a single node. */
const clusterId = 'YmFyaXN0YS1zdGFjay0wMQ';

/** The folder with Kafka's jars. */
export function kafkaJars(paths: Paths, progress: Progress): Promise<string> {
  const entry = join(paths.cache, `kafka-${versions.kafka}`);
  return cached(entry, (folder) =>
    progress.step(`fetching Kafka ${versions.kafka}`, () =>
      fetchJars(folder, [`org.apache.kafka:kafka_2.13:${versions.kafka}`, 'org.slf4j:slf4j-simple:1.7.36'], {
        log: join(paths.logs, 'build-kafka.log'),
      }),
    ),
  );
}

/** The broker. Its log directory is formatted at the first start and kept over later ones. */
export async function kafka(paths: Paths, jars: string): Promise<Part> {
  const file = join(paths.config, 'kafka.properties');
  const config = generate(file, properties(paths));
  const java = ['java', '-Xms256m', '-Xmx512m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];
  const logging = [
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
    '-Dorg.slf4j.simpleLogger.showDateTime=true',
  ];
  const command = [...java, ...logging, '-cp', `${jars}/lib/*`];
  if (!existsSync(join(dataOf(paths), 'meta.properties'))) {
    const format = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', file];
    await run('java', [...command.slice(1), ...format], { log: join(paths.logs, 'kafka-format.log') });
  }
  return {
    name: 'kafka',
    command: [...command, 'kafka.Kafka', file],
    config: [config],
    ready: async () => (await serves(kafkaForMachine)) && (await serves(kafkaForPods)),
    deadline: 60_000,
  };
}

const dataOf = (paths: Paths): string => join(paths.data, 'kafka');

/** Whether a broker answers there with its metadata. */
export async function serves(broker: string): Promise<boolean> {
  return (await attempt('kcat', ['-b', broker, '-L', '-m', '2'])).code === 0;
}

function properties(paths: Paths): string {
  const controller = `${loopback}:${ports['Kafka controller']}`;
  const values = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@${controller}`,
    listeners: `MACHINE://${kafkaForMachine},PODS://${kafkaForPods},CONTROLLER://${controller}`,
    'advertised.listeners': `MACHINE://${kafkaForMachine},PODS://${kafkaForPods}`,
    'listener.security.protocol.map': 'MACHINE:PLAINTEXT,PODS:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'MACHINE',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': dataOf(paths),
    ...settingsFor(1),
  };
  return propertiesText(values);
}

export type Settings = Readonly<Record<string, string | number | boolean>>;

export function propertiesText(values: Settings): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** What every Kafka of so many brokers is given, apart from its addresses: all is kept by all of them, and all but one have to be in sync. */
export function settingsFor(brokers: number): Settings {
  const inSync = Math.max(1, brokers - 1);
  return {
    'min.insync.replicas': inSync,
    'default.replication.factor': brokers,
    'offsets.topic.replication.factor': brokers,
    'transaction.state.log.replication.factor': brokers,
    'transaction.state.log.min.isr': inSync,
    'share.coordinator.state.topic.replication.factor': brokers,
    'share.coordinator.state.topic.min.isr': inSync,
    // Fewer internal partitions to create at the first group, and no wait for members that do not come.
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.num.partitions': 4,
    'group.initial.rebalance.delay.ms': 0,
    // A broker that was killed is let in again only when its former self has been silent this long; default 9 s.
    'broker.session.timeout.ms': 3000,
    'broker.heartbeat.interval.ms': 500,
    // A topic that appears because somebody asked for it has the wrong number of partitions: who needs one makes it.
    'auto.create.topics.enable': false,
  };
}
