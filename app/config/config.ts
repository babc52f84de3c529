/** The worker's whole configuration: the only place that knows names of properties and their defaults. */
import { readProperties } from './properties.ts';
import type { Properties, Sources } from './properties.ts';
import { flag, integer, oneOf, type Reader } from './reader.ts';
import { security, type Security } from './security.ts';
import type { SettingName } from './settings.ts';

/** `AtLeastOnce`: an offset is committed after its drinks were acknowledged. `ExactlyOnce`: both in one transaction. */
export type Delivery = 'AtLeastOnce' | 'ExactlyOnce';

/** Where a group begins on a partition of which it has committed nothing. */
export type StartOffset = 'earliest' | 'latest';

/** What becomes of an order that the rule has no answer for: kept in a topic, counted and dropped, or waited at. */
export type BadOrderPolicy = 'DeadLetter' | 'Skip' | 'Stop';

/** Who writes and reads Kafka's records; `kafkajs` is the way back from a mistake in ours, and slower. */
export type Codec = 'barista' | 'kafkajs';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface WorkerConfig {
  /** Who we are in SCDF's words; empty when not started by it. */
  readonly identity: {
    readonly stream: string;
    readonly label: string;
    readonly instance: string;
    readonly revision: string;
  };
  /** `host:port`, at least one. */
  readonly brokers: readonly string[];
  readonly security: Security;
  /** The consumer group; outlives releases because it is named after the stream. */
  readonly group: string;
  /** How long the group waits for a worker that has gone without a word before others take its partitions. */
  readonly sessionTimeoutMs: number;
  readonly topics: {
    readonly orders: string;
    readonly hotDrinks: string;
    readonly coldDrinks: string;
    readonly deadLetters: string;
    /** Create what is missing. */
    readonly create: boolean;
    /** Of a topic that is created; undefined: the broker's default. */
    readonly partitions: number | undefined;
    readonly replicationFactor: number | undefined;
  };
  readonly startOffset: StartOffset;
  readonly delivery: Delivery;
  readonly badOrders: BadOrderPolicy;
  /** Serve what is left on the topics that this group read before. */
  readonly leftovers: boolean;
  readonly codec: Codec;
  /** Of the HTTP server; 0 takes any free one. */
  readonly port: number;
  /** Nothing can be changed over HTTP: neither paused nor the log's level. */
  readonly actuatorReadOnly: boolean;
  readonly log: { readonly level: LogLevel; readonly format: 'json' | 'text' };
}

/** Either a frozen configuration, or all that is wrong, one sentence each. */
export type ConfigResult =
  | { readonly ok: true; readonly config: WorkerConfig }
  | { readonly ok: false; readonly problems: readonly string[] };

const names = {
  orders: 'spring.cloud.stream.bindings.orders.destination',
  hotDrinks: 'spring.cloud.stream.bindings.hot.drink.destination',
  coldDrinks: 'spring.cloud.stream.bindings.cold.drink.destination',
  brokers: 'spring.cloud.stream.kafka.binder.brokers',
  startOffset: 'spring.cloud.stream.kafka.bindings.orders.consumer.start-offset',
  sessionTimeout: 'spring.cloud.stream.kafka.binder.consumer-properties.session.timeout.ms',
} as const;

function topic(reader: Reader, name: SettingName): string {
  const text = reader.get(name);
  if (text === undefined) {
    reader.problem(`No topic is given for ${name}: set it, for example --${name}=<topic>.`);
    return '';
  }
  checkTopic(reader, name, text);
  return text;
}

function isTopic(text: string): boolean {
  return /^[a-zA-Z0-9._-]{1,249}$/.test(text) && text !== '.' && text !== '..';
}

function checkTopic(reader: Reader, name: string, text: string): void {
  if (isTopic(text)) return;
  reader.problem(
    `${name} is "${text}", which is no topic name: use 1 to 249 letters, digits, dots, underscores and dashes.`,
  );
}

function brokers(reader: Reader): string[] {
  const text = reader.get(names.brokers) ?? '';
  const found = text.split(',').flatMap((part) => (part.trim() === '' ? [] : [withPort(part.trim())]));
  if (found.length === 0) {
    reader.problem(
      `No Kafka broker is given: set SPRING_CLOUD_STREAM_KAFKA_BINDER_BROKERS or --${names.brokers}=<host:port,…>.`,
    );
  }
  for (const broker of found) {
    if (!/^(\[[0-9a-fA-F:.%a-z]+\]|[^\s:/,[\]]+):\d{1,5}$/.test(broker)) {
      reader.problem(`${names.brokers} has "${broker}", which is no host:port.`);
    }
  }
  return found;
}

/** Spring's binder takes hosts without a port as well, and gives them Kafka's. */
function withPort(broker: string): string {
  return /:\d+$/.test(broker) ? broker : `${broker}:9092`;
}

const fallbackGroup = 'barista';

function group(reader: Reader): string {
  return (
    reader.get('spring.cloud.stream.bindings.orders.group') ??
    reader.get('spring.cloud.application.group') ??
    reader.get('spring.cloud.dataflow.stream.name') ??
    fallbackGroup
  );
}

function badOrderPolicy(reader: Reader): BadOrderPolicy {
  return oneOf<BadOrderPolicy>(reader, 'barista.bad-orders', ['DeadLetter', 'Skip', 'Stop'], 'DeadLetter');
}

function topics(reader: Reader, consumerGroup: string, badOrders: BadOrderPolicy): WorkerConfig['topics'] {
  const orders = topic(reader, names.orders);
  const deadLetters = reader.get('barista.dead-letter-topic') ?? `error.${orders}.${consumerGroup}`;
  const found = {
    orders,
    hotDrinks: topic(reader, names.hotDrinks),
    coldDrinks: topic(reader, names.coldDrinks),
    deadLetters,
  };
  const hasDeadLetters = badOrders === 'DeadLetter';
  // Made of an illegal name it is illegal too, which is no second mistake.
  if (hasDeadLetters && isTopic(orders)) checkTopic(reader, 'barista.dead-letter-topic', deadLetters);
  const drinks = [orders, found.hotDrinks, found.coldDrinks];
  distinct(reader, hasDeadLetters ? [...drinks, deadLetters] : drinks);
  return {
    ...found,
    create: flag(reader, 'barista.topics.create'),
    partitions: integer(reader, 'barista.topics.partitions', { least: 1, most: 100_000 }),
    replicationFactor: integer(reader, 'barista.topics.replication-factor', { least: 1, most: 100 }),
  };
}

/** One topic in two places would feed the worker its own drinks, or mix hot and cold. */
function distinct(reader: Reader, given: readonly string[]): void {
  const repeated = new Set(given.filter((name, at) => name !== '' && given.indexOf(name) !== at));
  for (const name of repeated) {
    reader.problem(
      `The topic "${name}" is used twice: orders, hot drinks, cold drinks and dead letters need a topic each.`,
    );
  }
}

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;

function logging(reader: Reader): WorkerConfig['log'] {
  const name = reader.get('barista.log.level') === undefined ? 'logging.level.root' : 'barista.log.level';
  const spring = oneOf(reader, name, [...levels, 'off', 'fatal'], 'info');
  const level = spring === 'off' ? 'silent' : spring === 'fatal' ? 'error' : spring;
  return { level, format: oneOf(reader, 'barista.log.format', ['json', 'text'], 'json') };
}

function assemble(reader: Reader): WorkerConfig {
  const consumerGroup = group(reader);
  const badOrders = badOrderPolicy(reader);
  return Object.freeze({
    identity: Object.freeze({
      stream: reader.get('spring.cloud.dataflow.stream.name') ?? '',
      label: reader.get('spring.cloud.dataflow.stream.app.label') ?? '',
      instance: reader.get('spring.cloud.application.guid') ?? '',
      revision: reader.get('barista.revision') ?? '',
    }),
    brokers: Object.freeze(brokers(reader)),
    security: security(reader),
    group: consumerGroup,
    sessionTimeoutMs: integer(reader, names.sessionTimeout, { least: 3_000, most: 300_000 }) ?? 10_000,
    topics: Object.freeze(topics(reader, consumerGroup, badOrders)),
    startOffset: oneOf<StartOffset>(reader, names.startOffset, ['earliest', 'latest'], 'earliest'),
    delivery: oneOf<Delivery>(reader, 'barista.delivery', ['AtLeastOnce', 'ExactlyOnce'], 'AtLeastOnce'),
    badOrders,
    // Nobody named the group, so other workers may have it too, and what it left elsewhere may be theirs.
    leftovers: flag(reader, 'barista.leftovers', consumerGroup !== fallbackGroup),
    codec: oneOf(reader, 'barista.codec', ['barista', 'kafkajs'], 'barista'),
    port: integer(reader, 'server.port', { least: 0, most: 65_535 }) ?? 8080,
    actuatorReadOnly: flag(reader, 'barista.actuator.read-only', false),
    log: Object.freeze(logging(reader)),
  });
}

/** Turns what the process was started with into a configuration. Pure; never throws. */
export function parseConfig(sources: Sources): ConfigResult {
  const properties: Properties = readProperties(sources);
  const problems = [...properties.problems];
  const config = assemble({ get: properties.get, problem: (sentence) => problems.push(sentence) });
  return problems.length === 0 ? { ok: true, config } : { ok: false, problems };
}
