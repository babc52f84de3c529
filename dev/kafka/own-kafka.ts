/**
 * A Kafka of a test's own, for what the stack's one cannot be: secured, several brokers, or killed. On loopback, but for listeners that pods are to reach; in a folder that goes
 * with it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../cluster/free-ports.ts';
import { waitFor } from '../cluster/wait.ts';
import { endingWithUs, run } from '../stack/command.ts';
import { kafkaJars, propertiesText, serves, settingsFor, type Settings } from '../stack/kafka.ts';
import { loopback } from '../stack/layout.ts';
import { pathsFor } from '../stack/paths.ts';
import { progressTo } from '../stack/progress.ts';

/** What KRaft formats its log directories with; any constant does. */
const clusterId = 'YmFyaXN0YS1vd24ta2Fma2E';
const root = new URL('../..', import.meta.url).pathname;

export interface Listener {
  readonly name: string;
  /** As in `security.protocol`. */
  readonly protocol: 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';
  /** Where it listens; default loopback. */
  readonly host?: string;
}

export interface OwnKafkaOptions {
  readonly brokers: number;
  /** Besides `PLAIN`, on which brokers talk to each other, and whoever needs no rights. */
  readonly listeners?: readonly Listener[];
  readonly properties?: Settings;
  /** `SCRAM-SHA-256=[name=…,password=…]` */
  readonly scram?: readonly string[];
  /** Flags of its Java: `small`, or `inEarnest` for what is measured. Default `small`. */
  readonly java?: readonly string[];
}

/** Up within seconds, and little of it; its code is never optimized. */
const small = ['-Xms128m', '-Xmx384m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];

/** What Kafka's own kafka-server-start.sh and kafka-run-class.sh (4.1) give a broker. */
export const inEarnest = [
  ...['-Xms1g', '-Xmx1g', '-server', '-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20'],
  ...['-XX:InitiatingHeapOccupancyPercent=35', '-XX:+ExplicitGCInvokesConcurrent'],
];

interface Broker {
  readonly file: string;
  /** `host:port` by the listener's name. */
  readonly addresses: ReadonlyMap<string, string>;
  process: ChildProcess | undefined;
}

export class OwnKafka {
  readonly #folder: string;
  /** Of Java: memory, logging, and where its classes are. */
  readonly #flags: readonly string[];
  readonly #brokers: readonly Broker[];

  private constructor(folder: string, flags: readonly string[], brokers: readonly Broker[]) {
    this.#folder = folder;
    this.#flags = flags;
    this.#brokers = brokers;
  }

  /** Resolves when all brokers serve. */
  static async start(options: OwnKafkaOptions): Promise<OwnKafka> {
    const paths = pathsFor(root, process.env['XDG_CACHE_HOME']);
    const jars = await kafkaJars(paths, progressTo(console.log, Date.now));
    const folder = mkdtempSync(join(tmpdir(), 'barista-kafka-'));
    const flags = [
      ...(options.java ?? small),
      ...['-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-cp', `${jars}/lib/*`],
    ];
    const kafka = new OwnKafka(folder, flags, await configure(folder, options));
    try {
      for (const { file } of kafka.#brokers) await kafka.#format(file, options.scram ?? []);
      for (const index of kafka.#brokers.keys()) kafka.startBroker(index);
      await kafka.serving();
    } catch (error) {
      await kafka.stop();
      throw error;
    }
    return kafka;
  }

  /** `host:port` of each broker's listener. */
  addresses(listener = 'PLAIN'): string[] {
    return this.#brokers.map(({ addresses }) => addresses.get(listener) ?? '');
  }

  startBroker(index: number): void {
    const broker = this.#broker(index);
    if (broker.process !== undefined) return;
    const log = openSync(this.#logOf(broker), 'a');
    const [program, ...args] = endingWithUs(['java', ...this.#flags, 'kafka.Kafka', broker.file]);
    broker.process = spawn(program, args, { stdio: ['ignore', log, log] });
    closeSync(log);
  }

  /** Resolves when it has gone. */
  async stopBroker(index: number, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const broker = this.#broker(index);
    const child = broker.process;
    if (child === undefined) return;
    broker.process = undefined;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  /** Resolves when every broker that runs answers. */
  async serving(): Promise<void> {
    const addresses = this.addresses();
    for (const [index, broker] of this.#brokers.entries()) {
      const answers = async (): Promise<boolean> => {
        if (broker.process === undefined) return true;
        if (broker.process.exitCode !== null) throw new Error(`broker ${index} ended:\n${this.log(index)}`);
        return serves(addresses[index] ?? '');
      };
      const seen = () => Promise.resolve(this.log(index));
      await waitFor(`broker ${index} to serve`, answers, { within: 90_000, every: 300, seen });
    }
  }

  /** The end of what a broker has said. */
  log(index: number): string {
    return readFileSync(this.#logOf(this.#broker(index)), 'utf8').slice(-4_000);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#brokers.keys()].map((index) => this.stopBroker(index, 'SIGKILL')));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #format(file: string, scram: readonly string[]): Promise<void> {
    const users = scram.flatMap((user) => ['--add-scram', user]);
    const format = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', file, ...users];
    await run('java', [...this.#flags, ...format]);
  }

  #logOf({ file }: Broker): string {
    return `${file}.log`;
  }

  #broker(index: number): Broker {
    const broker = this.#brokers[index];
    if (broker === undefined) throw new Error(`there is no broker ${index}`);
    return broker;
  }
}

async function configure(folder: string, options: OwnKafkaOptions): Promise<Broker[]> {
  const { brokers: count, listeners = [], properties = {} } = options;
  const all: readonly Listener[] = [
    { name: 'PLAIN', protocol: 'PLAINTEXT' },
    ...listeners,
    { name: 'CONTROLLER', protocol: 'PLAINTEXT' },
  ];
  const free = await freePorts(count * all.length);
  const portOf = (index: number, at: number): number => free[index * all.length + at] ?? 0;
  const voters = Array.from(
    { length: count },
    (_, index) => `${index + 1}@${loopback}:${portOf(index, all.length - 1)}`,
  );
  return Array.from({ length: count }, (_, index) => {
    const addresses = new Map(
      all.map(({ name, host = loopback }, at) => [name, `${host}:${portOf(index, at)}`]),
    );
    const urls = Array.from(addresses, ([name, address]) => `${name}://${address}`);
    const file = join(folder, `broker-${index}.properties`);
    const values = {
      'process.roles': 'broker,controller',
      'inter.broker.listener.name': 'PLAIN',
      'controller.listener.names': 'CONTROLLER',
      ...settingsFor(count),
      'node.id': index + 1,
      'controller.quorum.voters': voters.join(),
      listeners: urls.join(),
      'advertised.listeners': urls.slice(0, -1).join(),
      'listener.security.protocol.map': all.map(({ name, protocol }) => `${name}:${protocol}`).join(),
      'log.dirs': join(folder, `data-${index}`),
      ...properties,
    };
    writeFileSync(file, propertiesText(values));
    return { file, addresses, process: undefined };
  });
}
