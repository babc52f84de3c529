/**
 * The rules of the resource's texts. The CRD states each again in CEL, with the same message and the same pattern: a
 * test holds the two together. They are checked here as well because a stored object may be older than the schema.
 */
import type { Rule, TextShape } from './field.ts';

/** Names in parts joined by single dots: what SCDF's stream language reads as one name. */
const DOTTED = '[a-zA-Z0-9_][a-zA-Z0-9_-]*([.][a-zA-Z0-9_][a-zA-Z0-9_-]*)*';
const HOST = String.raw`([a-zA-Z0-9._-]+|\[[0-9a-fA-F:.]+\]):[0-9]{1,5}`;
const REGISTRY =
  '[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?([.][a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*(:[0-9]{1,5})?';
const REPOSITORY = '[a-z0-9]+((__?|[.]|-+)[a-z0-9]+)*';
const IMAGE =
  `(${REGISTRY}/)?${REPOSITORY}(/${REPOSITORY})*` +
  '(:[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}|@sha256:[0-9a-f]{64})?';

/** RE2 and JavaScript read these alike. */
export const patterns = {
  topic: `^${DOTTED}$`,
  deadLetterTopic: '^[a-zA-Z0-9._-]+$',
  streamName: '^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$',
  pipelineName: '^[a-z][a-z0-9-]*$',
  serverName: '^[a-zA-Z0-9]([a-zA-Z0-9._-]*[a-zA-Z0-9])?$',
  bootstrapServers: `^${HOST}(,${HOST})*$`,
  secretName: '^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$',
  interval: '^[1-9][0-9]{0,5}(ms|s|m|h)$',
  appName: '^[a-zA-Z0-9_][a-zA-Z0-9_-]*$',
  appVersion: '^[a-zA-Z0-9_][a-zA-Z0-9_.-]*$',
  uriScheme: '^(docker|maven|https?):',
  dockerUri: `^docker:(//)?${IMAGE}$`,
  mavenUri: '^maven:(//)?[a-zA-Z0-9._-]+(:[a-zA-Z0-9._-]+){2,4}$',
  httpUri: '^https?://[^ @?#]+/[^/ ]+-[0-9][^/ ]*[.]jar$',
  tagAndDigest: ':[^/@]+@',
  uriTagAndDigest: '^docker:(//)?[^@]*[^:/@]:[^/@:]+@',
  image: `^${IMAGE}$`,
  quantity: '^([0-9]+|[0-9]+[.][0-9]+)(m|k|M|G|T|Ki|Mi|Gi|Ti)?$',
  propertyPrefix: '^(app|deployer|version)[.]',
  destination: '^spring[.]cloud[.]stream[.]bindings[.].+[.]destination$',
  baristaResources: '^kubernetes[.](limits|requests)[.](cpu|memory)$',
  valueCharacters: String.raw`[\x00-\x1f\x7f"]|\\$`,
  valueGreater: '[ ;*]',
} as const;

type PatternName = keyof typeof patterns;
const expressions = new Map(
  Object.entries(patterns).map(([name, pattern]) => [name as PatternName, new RegExp(pattern)]),
);

function matches(name: PatternName, text: string): boolean {
  return expressions.get(name)?.test(text) ?? false;
}

/** The sentence of each rule, in the CRD's words. */
export const messages = {
  topic:
    'a topic name has letters, digits, - and _, in parts joined by single dots; no part is empty or begins with - (Spring Cloud Data Flow could not write it down otherwise)',
  kafkaTopic: "topics whose names begin with __ are Kafka's own",
  topicsDiffer:
    'orders, hotDrinks and coldDrinks must be three different topics (Kafka takes . and _ for the same character here)',
  deadLetterTopic: 'a Kafka topic name has only letters, digits, ., _ and -, and is not . or ..',
  deadLetterLong:
    'the dead letter topic error.<orders topic>.<bar stream> would be longer than the 249 characters that Kafka takes: set spec.barista.deadLetterTopic',
  deadLetterDiffers:
    'the dead letter topic must differ from the orders, hotDrinks and coldDrinks topics: set spec.barista.deadLetterTopic to another name',
  streamName: 'a stream name has letters, digits and -, begins with a letter and does not end with -',
  streamsDiffer:
    'the four streams need different names, also when upper and lower case are taken for the same',
  pipelineName:
    'the names of the streams are made from metadata.name, which then may have only letters, digits and -, and must begin with a letter: choose another name, or set all four of spec.streamNames',
  serverName:
    "a name has letters, digits, -, _ and ., and begins and ends with a letter or digit; URLs belong to the operator's configuration",
  bootstrapServers: 'write host:port, or several joined by commas, without spaces and without a scheme',
  secretName:
    'not the name of a Secret: it has lower case letters, digits, - and ., and begins and ends with a letter or digit',
  interval: 'write a whole number from 1 to 999999 and a unit, ms, s, m or h, e.g. 500ms, 1s, 2m',
  appName: 'an app name has letters, digits, - and _, and does not begin with -',
  appVersion:
    'a version has letters, digits, ., _ and -, like the tag of an image, and begins with a letter, a digit or _',
  uriScheme: 'a uri begins with docker:, maven:, http: or https:',
  uriShape:
    'write docker:<image>:<tag>, maven://<group>:<artifact>:<version> or https://<host>/<artifact>-<version>.jar',
  tagAndDigest:
    'give a tag or a digest, not both: the version in Spring Cloud Data Flow is made from one of them',
  versionDisagrees:
    'version and uri disagree: the version is the tag, or the hexadecimal digits of the digest, that the uri carries; leave one of the two out',
  image:
    'not an image: write <repository>:<tag> or <repository>@sha256:<64 hexadecimal digits>, in front of it a registry if needed, without a scheme',
  quantity: 'write an amount such as 500m or 2 for cpu, 256Mi or 1Gi for memory',
  cpuRequest: 'requests.cpu is more than limits.cpu',
  memoryRequest: 'requests.memory is more than limits.memory',
  propertyKey: 'a property key has letters, digits, - and _, in parts joined by single dots',
  propertyPrefix:
    'write property keys without app.<label>. before them; deployer properties belong to deployerProperties, versions to app.version or image',
  revision: "barista.revision is the operator's own: leave it out",
  destination: 'topics are set in spec.topics: leave spring.cloud.stream.bindings.….destination out',
  brokers:
    'brokers are set in spec.kafka.bootstrapServers: leave spring.cloud.stream.kafka.binder.brokers out',
  inputGroup:
    'Spring Cloud Data Flow cannot read back a stream with spring.cloud.stream.bindings.input.group: leave it out, and choose the consumer group with spec.streamNames, as it is the name of the stream',
  fixedDelay: 'the time between orders is set in spec.customer.interval: leave …poller.fixed-delay out',
  baristaProperty:
    'set spec.barista.delivery, badOrders and deadLetterTopic and spec.topics instead of the properties barista.…',
  baristaResources:
    'cpu and memory are set in spec.barista.resources: leave kubernetes.limits.… and kubernetes.requests.… out',
  deployerPrefix:
    'a key of deployerProperties begins with kubernetes., e.g. kubernetes.terminationGracePeriodSeconds',
  emptyValue: 'a value may not be empty, because Spring Cloud Data Flow breaks on it: leave the key out',
  valueCharacters:
    'a value may have no line break or other control character, no double quote, and no \\ at its end: Spring Cloud Data Flow cannot carry them',
  valueGreater: 'Spring Cloud Data Flow cannot read back a value with > and no space: put a space beside it',
  valueQuote:
    'a value of an application property may have no single quote, because Spring Cloud Data Flow reads it back as another text or not at all: leave the quote out, or give the value to the app as an environment variable from a ConfigMap (deployerProperties, kubernetes.configMapRefs)',
  /** Only the API server can see that it changes. */
  serverStays:
    'the streams would stay on the server where they are and go on serving there: delete the pipeline and apply it anew, or name the other server in a new pipeline',
} as const;

/** The same sentence for each of the four names. */
export function nameTooLong(role: string): string {
  return `the name of the stream is too long: <stream>-<app>-v may have 58 characters, 9 of them kept for the app name to grow; choose a shorter metadata.name, or set spec.streamNames.${role}`;
}

function rule(name: PatternName & keyof typeof messages): Rule {
  return { holds: (text) => matches(name, text), message: messages[name] };
}

function refuse(name: PatternName & keyof typeof messages): Rule {
  return { holds: (text) => !matches(name, text), message: messages[name] };
}

function without(message: keyof typeof messages, ...keys: readonly string[]): Rule {
  return { holds: (text) => !keys.includes(text), message: messages[message] };
}

const notOfKafka: Rule = { holds: (text) => !text.startsWith('__'), message: messages.kafkaTopic };

const deadLetter: Rule = {
  holds: (text) => matches('deadLetterTopic', text) && text !== '.' && text !== '..',
  message: messages.deadLetterTopic,
};

/** Broken shapes that have a rule and a sentence of their own are let through: one mistake, one problem. */
const image: Rule = {
  holds: (text) => matches('image', text) || matches('tagAndDigest', text),
  message: messages.image,
};
const dockerTagAndDigest: Rule = {
  holds: (text) => !matches('uriTagAndDigest', text),
  message: messages.tagAndDigest,
};
const uriShape: Rule = {
  holds: (text) =>
    !matches('uriScheme', text) ||
    matches('uriTagAndDigest', text) ||
    (['dockerUri', 'mavenUri', 'httpUri'] as const).some((name) => matches(name, text)),
  message: messages.uriShape,
};

export const quantity: Rule = rule('quantity');

export const shapes = {
  topic: { maxLength: 249, rules: [rule('topic'), notOfKafka] },
  deadLetterTopic: { maxLength: 249, rules: [deadLetter, notOfKafka] },
  streamName: { maxLength: 58, rules: [rule('streamName')] },
  serverName: { maxLength: 63, rules: [rule('serverName')] },
  bootstrapServers: { maxLength: 1024, rules: [rule('bootstrapServers')] },
  secretName: { maxLength: 253, rules: [rule('secretName')] },
  interval: { maxLength: 8, rules: [rule('interval')] },
  appName: { maxLength: 40, rules: [rule('appName')] },
  appVersion: { maxLength: 128, rules: [rule('appVersion')] },
  uri: { maxLength: 512, rules: [rule('uriScheme'), dockerTagAndDigest, uriShape] },
  image: { maxLength: 450, rules: [refuse('tagAndDigest'), image] },
} as const satisfies Record<string, TextShape>;

const notEmptyValue: Rule = { holds: (text) => text !== '', message: messages.emptyValue };
const readable: Rule = {
  holds: (text) => !text.includes('>') || matches('valueGreater', text),
  message: messages.valueGreater,
};
/** SCDF puts a value with quotes in it into the text of a stream as it is, where they open or close a quoted text. */
const withoutQuote: Rule = { holds: (text) => !text.includes("'"), message: messages.valueQuote };

export const MAX_PROPERTIES = 64;
/** It never is in the text of a stream, so it may have single quotes: `environmentVariables` needs them. */
export const deployerValue: TextShape = {
  maxLength: 1024,
  rules: [notEmptyValue, refuse('valueCharacters')],
};
export const propertyValue: TextShape = {
  maxLength: 1024,
  rules: [...deployerValue.rules, readable, withoutQuote],
};

const legalKey: Rule = { holds: (text) => matches('topic', text), message: messages.propertyKey };
const kubernetesKey: Rule = {
  holds: (text) => text.startsWith('kubernetes.'),
  message: messages.deployerPrefix,
};

const anyApp = [
  legalKey,
  refuse('propertyPrefix'),
  without('revision', 'barista.revision'),
  refuse('destination'),
  without('brokers', 'spring.cloud.stream.kafka.binder.brokers'),
  without('inputGroup', 'spring.cloud.stream.bindings.input.group'),
];

/** Rules of the keys of `properties` and `deployerProperties`. */
export const keyRules = {
  log: anyApp,
  customer: [
    ...anyApp,
    without('fixedDelay', 'spring.cloud.stream.poller.fixed-delay', 'spring.integration.poller.fixed-delay'),
  ],
  barista: [
    ...anyApp,
    without(
      'baristaProperty',
      'barista.delivery',
      'barista.bad-orders',
      'barista.dead-letter-topic',
      'barista.topics.partitions',
      'barista.topics.replication-factor',
    ),
  ],
  deployer: [legalKey, kubernetesKey],
  baristaDeployer: [legalKey, kubernetesKey, refuse('baristaResources')],
} as const;

export function isDefaultableName(name: string): boolean {
  return matches('pipelineName', name);
}

/** How Kafka compares topic names: it refuses a topic that differs from another only in `.` and `_`. */
export function sameTopic(one: string, other: string): boolean {
  return one.replaceAll('.', '_') === other.replaceAll('.', '_');
}

const multipliers: Readonly<Record<string, number>> = {
  m: 0.001,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** The number that a legal amount stands for: `500m` is 0.5, `1Ki` is 1024. */
export function quantityOf(amount: string): number {
  const unit = /[a-zA-Z]+$/.exec(amount)?.[0] ?? '';
  return Number(amount.slice(0, amount.length - unit.length)) * (multipliers[unit] ?? 1);
}
