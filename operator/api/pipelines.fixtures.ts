/** Specs that are accepted and specs that are refused: the same for `parsePipeline` and for the API server. */
import type { KubeObject } from '../kube/port.ts';
import { GROUP, KIND, VERSION } from './types.ts';
import { messages, nameTooLong } from './rules.ts';

export interface Accepted {
  readonly title: string;
  readonly name?: string;
  readonly spec: unknown;
}

export interface Refused extends Accepted {
  readonly path: string;
  readonly message: string;
  /** What the API server says where the schema, and not a rule of ours, refuses. */
  readonly serverMessage?: string;
  readonly serverPath?: string;
}

export const topics = { orders: 'orders', hotDrinks: 'hotDrinks', coldDrinks: 'coldDrinks' };
export const minimal = { topics };

/** The object as the API server would give it. */
export function pipelineObject(
  fixture: Accepted,
  metadata: Partial<KubeObject['metadata']> = {},
): KubeObject {
  return {
    apiVersion: `${GROUP}/${VERSION}`,
    kind: KIND,
    metadata: {
      name: fixture.name ?? 'downtown',
      namespace: 'default',
      uid: '9a9b4ba4-6dd1-4f55-8ef5-3c5b2f1f5a30',
      resourceVersion: '12',
      generation: 3,
      creationTimestamp: '2026-11-23T20:00:00Z',
      ...metadata,
    },
    spec: fixture.spec,
  };
}

const repeat = (text: string, times: number) => text.repeat(times);
const digest = repeat('0123456789abcdef', 4);
const customer = (fields: object) => ({ topics, customer: fields });
const barista = (fields: object) => ({ topics, barista: fields });
const streams = (fields: object) => ({ topics, streamNames: fields });
const four = { orders: 'a-orders', hotDrink: 'a-hot', coldDrink: 'a-cold', bar: 'a-bar' };

export const accepted: readonly Accepted[] = [
  { title: 'topics only', spec: minimal },
  { title: 'absent parts written as null', spec: { topics, customer: null, barista: { image: null } } },
  {
    title: 'topics with dots, dashes and underscores',
    spec: { topics: { orders: '_a.b-c', hotDrinks: '1', coldDrinks: 'x_' } },
  },
  { title: 'no customer', spec: customer({ enabled: false }) },
  {
    title: 'no customer, whose stream name would be too long',
    name: repeat('a', 30),
    spec: customer({ enabled: false, app: { name: repeat('t', 40) } }),
  },
  { title: 'a name that is just short enough', name: repeat('a', 30), spec: minimal },
  { title: 'a name with a dot and all four stream names', name: 'down.town', spec: streams(four) },
  {
    title: 'stream names that are just short enough',
    spec: streams({
      orders: repeat('o', 42),
      hotDrink: repeat('h', 42),
      coldDrink: repeat('c', 41),
      bar: repeat('b', 35),
    }),
  },
  {
    title: 'a registered app under another name',
    spec: customer({ app: { name: 'my_time', version: '1.0' } }),
  },
  { title: 'another tag of the default app', spec: customer({ app: { version: '5.1.0' } }) },
  {
    title: 'a uri and its own version',
    spec: customer({ app: { name: 'x', uri: 'docker:localhost:5000/a/x:1.0', version: '1.0' } }),
  },
  {
    title: 'a docker uri without a tag, in version latest',
    spec: customer({ app: { uri: 'docker://acme/x', version: 'latest' } }),
  },
  {
    title: 'a docker uri with a digest',
    spec: customer({ app: { uri: `docker:acme/x@sha256:${digest}`, version: digest } }),
  },
  { title: 'a maven uri', spec: customer({ app: { uri: 'maven://io.acme:x:jar:1.2.3', version: '1.2.3' } }) },
  {
    title: 'a jar',
    spec: customer({ app: { uri: 'https://acme.example/x-app-1.2.3.jar', version: '1.2.3' } }),
  },
  { title: 'half a second between orders', spec: customer({ interval: '500ms' }) },
  {
    title: 'an image with registry, port and tag',
    spec: barista({ image: 'registry.example:5000/coffee/worker:1.0.0-rc.1' }),
  },
  { title: 'an image with a digest', spec: barista({ image: `worker@sha256:${digest}` }) },
  { title: 'an image without a tag', spec: barista({ image: 'localhost:5000/worker' }) },
  { title: 'no worker', spec: barista({ replicas: 0 }) },
  {
    title: 'amounts as numbers and as texts',
    spec: barista({
      resources: { limits: { cpu: 1, memory: '1Gi' }, requests: { cpu: '500m', memory: '1024Mi' } },
    }),
  },
  {
    title: 'properties',
    spec: barista({
      properties: { 'barista.batch-size': '10', 'a.b': 'x > y', q: "it's $\\{x}; a|b" },
      deployerProperties: { 'kubernetes.podAnnotations': 'a:b,c:d' },
    }),
  },
  {
    title: 'own brokers and a secret',
    spec: {
      topics,
      kafka: {
        bootstrapServers: 'kafka-0.kafka:9092,[fd00::1]:9092',
        secretRef: { name: 'kafka.credentials' },
      },
    },
  },
  { title: 'a platform', spec: { topics, dataflow: { server: 'eu-1', platform: 'minikube' } } },
  {
    title: 'a topic named as the dead letters would be, when there are none',
    spec: { topics: { ...topics, hotDrinks: 'error.orders.downtown-bar' }, barista: { badOrders: 'Skip' } },
  },
];

const same = (
  title: string,
  message: string,
  path: string,
  specs: Readonly<Record<string, unknown>>,
): Refused[] =>
  Object.entries(specs).map(([what, spec]) => ({ title: `${title}: ${what}`, spec, path, message }));

const named = (fields: object) => ({ topics: { ...topics, ...fields } });

export const refused: readonly Refused[] = [
  {
    title: 'no spec',
    spec: undefined,
    path: 'spec',
    message: 'is required',
    serverMessage: 'Required value',
  },
  {
    title: 'no topics',
    spec: {},
    path: 'spec.topics',
    message: 'is required',
    serverMessage: 'Required value',
  },
  {
    title: 'a missing topic',
    spec: { topics: { orders: 'a', hotDrinks: 'b' } },
    path: 'spec.topics.coldDrinks',
    message: 'is required',
    serverMessage: 'Required value',
  },
  {
    title: 'a topic that is a number',
    spec: named({ orders: 7 }),
    path: 'spec.topics.orders',
    message: 'must be a text: put it in quotes',
    serverMessage: 'must be of type string',
  },
  {
    title: 'an empty topic',
    spec: named({ orders: '' }),
    path: 'spec.topics.orders',
    message: messages.topic,
  },
  ...same('a topic that is illegal', messages.topic, 'spec.topics.hotDrinks', {
    'a space': named({ hotDrinks: 'hot drinks' }),
    'a slash': named({ hotDrinks: 'hot/drinks' }),
    'an umlaut': named({ hotDrinks: 'heiß' }),
    'a dot': named({ hotDrinks: '.' }),
    'two dots in a row': named({ hotDrinks: 'a..b' }),
    'a dash first': named({ hotDrinks: '-hot' }),
    'a line break': named({ hotDrinks: 'hot\n' }),
  }),
  {
    title: 'a topic that is too long',
    spec: named({ coldDrinks: repeat('x', 250) }),
    path: 'spec.topics.coldDrinks',
    message: 'may have at most 249 characters',
    serverMessage: 'Too long: may not be more than 249',
  },
  {
    title: "one of Kafka's own topics",
    spec: named({ orders: '__consumer_offsets' }),
    path: 'spec.topics.orders',
    message: messages.kafkaTopic,
  },
  ...same('topics that are the same', messages.topicsDiffer, 'spec.topics', {
    'orders and hot': named({ hotDrinks: 'orders' }),
    'hot and cold': named({ coldDrinks: 'hotDrinks' }),
    'but for a dot': named({ orders: 'a.b', coldDrinks: 'a_b' }),
  }),
  ...same('dead letters to a topic of the bar', messages.deadLetterDiffers, 'spec.barista.deadLetterTopic', {
    given: barista({ deadLetterTopic: 'orders' }),
    'by default': named({ coldDrinks: 'error.orders.downtown-bar' }),
    'by default, but for a dot': named({ coldDrinks: 'error_orders.downtown-bar' }),
  }),
  {
    title: 'a dead letter topic that is illegal',
    spec: barista({ deadLetterTopic: 'bad orders' }),
    path: 'spec.barista.deadLetterTopic',
    message: messages.deadLetterTopic,
  },
  {
    title: 'a default dead letter topic that is too long',
    spec: named({ orders: repeat('o', 240) }),
    path: 'spec.barista.deadLetterTopic',
    message: messages.deadLetterLong,
  },
  {
    title: 'no partitions',
    spec: named({ partitions: 0 }),
    path: 'spec.topics.partitions',
    message: 'must be a whole number from 1 to 1000',
    serverMessage: 'should be greater than or equal to 1',
  },
  {
    title: 'too many replicas of a topic',
    spec: named({ replicationFactor: 11 }),
    path: 'spec.topics.replicationFactor',
    message: 'must be a whole number from 1 to 10',
    serverMessage: 'should be less than or equal to 10',
  },
  {
    title: 'an unknown state',
    spec: { topics, state: 'Paused' },
    path: 'spec.state',
    message: 'must be one of Running, Stopped',
    serverMessage: 'supported values: "Running", "Stopped"',
  },
  {
    title: 'an unknown deletion policy',
    spec: { topics, deletionPolicy: 'Keep' },
    path: 'spec.deletionPolicy',
    message: 'must be one of Delete, Orphan',
    serverMessage: 'supported values: "Delete", "Orphan"',
  },
  {
    title: 'a deadline that is too short',
    spec: { topics, progressDeadlineSeconds: 1 },
    path: 'spec.progressDeadlineSeconds',
    message: 'must be a whole number from 10 to 86400',
    serverMessage: 'should be greater than or equal to 10',
  },
  {
    title: 'a name that is too long for the bar',
    name: repeat('a', 32),
    spec: streams({ coldDrink: 'cold' }),
    path: 'spec.streamNames.bar',
    message: nameTooLong('bar'),
  },
  {
    title: "a name that is too long for the cold drinks' log",
    name: repeat('a', 30),
    spec: { topics, coldDrinkLog: { app: { name: 'log-with-a-long-name', uri: 'docker:a/b:1' } } },
    path: 'spec.streamNames.coldDrink',
    message: nameTooLong('coldDrink'),
  },
  {
    title: "a stream name too long for the hot drinks' log",
    spec: streams({ hotDrink: repeat('h', 43) }),
    path: 'spec.streamNames.hotDrink',
    message: nameTooLong('hotDrink'),
  },
  {
    title: 'a stream name too long for the customer',
    spec: streams({ orders: repeat('h', 43) }),
    path: 'spec.streamNames.orders',
    message: nameTooLong('orders'),
  },
  {
    title: 'a stream name too long for an app name',
    spec: { topics, streamNames: { orders: repeat('o', 20) }, customer: { app: { name: repeat('t', 36) } } },
    path: 'spec.streamNames.orders',
    message: nameTooLong('orders'),
  },
  {
    title: 'a name with a dot',
    name: 'down.town',
    spec: minimal,
    path: 'spec.streamNames',
    message: messages.pipelineName,
  },
  {
    title: 'a name that begins with a digit',
    name: '1st-street',
    spec: streams({ ...four, bar: undefined }),
    path: 'spec.streamNames',
    message: messages.pipelineName,
  },
  ...same('a stream name that is illegal', messages.streamName, 'spec.streamNames.bar', {
    'a digit first': streams({ bar: '1bar' }),
    'a dash last': streams({ bar: 'bar-' }),
    'an underscore': streams({ bar: 'my_bar' }),
    empty: streams({ bar: '' }),
  }),
  ...same('stream names that are the same', messages.streamsDiffer, 'spec.streamNames', {
    given: streams({ orders: 'x', bar: 'x' }),
    'but for the case': streams({ orders: 'drinks', hotDrink: 'Drinks' }),
    'as a default': streams({ orders: 'downtown-bar' }),
  }),
  {
    title: 'a URL as server',
    spec: { topics, dataflow: { server: 'http://scdf:9393' } },
    path: 'spec.dataflow.server',
    message: messages.serverName,
  },
  ...same('brokers that are no addresses', messages.bootstrapServers, 'spec.kafka.bootstrapServers', {
    'no port': { topics, kafka: { bootstrapServers: 'kafka' } },
    'a space': { topics, kafka: { bootstrapServers: 'a:9092, b:9092' } },
    empty: { topics, kafka: { bootstrapServers: '' } },
  }),
  {
    title: 'a secret without a name',
    spec: { topics, kafka: { secretRef: {} } },
    path: 'spec.kafka.secretRef.name',
    message: 'is required',
    serverMessage: 'Required value',
  },
  {
    title: 'a secret with a bad name',
    spec: { topics, kafka: { secretRef: { name: 'Kafka_Secret' } } },
    path: 'spec.kafka.secretRef.name',
    message: messages.secretName,
  },
  ...same('an interval that is none', messages.interval, 'spec.customer.interval', {
    'no unit': customer({ interval: '5' }),
    zero: customer({ interval: '0s' }),
    words: customer({ interval: '1 s' }),
    'too long': customer({ interval: '1000000s' }),
  }),
  {
    title: 'enabled in quotes',
    spec: customer({ enabled: 'yes' }),
    path: 'spec.customer.enabled',
    message: 'must be true or false, without quotes',
    serverMessage: 'must be of type boolean',
  },
  {
    title: 'an app name with a colon',
    spec: customer({ app: { name: 'time:5' } }),
    path: 'spec.customer.app.name',
    message: messages.appName,
  },
  {
    title: 'an app version with a slash',
    spec: customer({ app: { version: 'a/b' } }),
    path: 'spec.customer.app.version',
    message: messages.appVersion,
  },
  {
    title: 'a uri without a scheme',
    spec: customer({ app: { uri: 'springcloudstream/time:1' } }),
    path: 'spec.customer.app.uri',
    message: messages.uriScheme,
  },
  ...same('a uri that is malformed', messages.uriShape, 'spec.customer.app.uri', {
    'an empty tag': customer({ app: { uri: 'docker:acme/time:' } }),
    'two maven parts': customer({ app: { uri: 'maven://a:b' } }),
    'a jar without a version': customer({ app: { uri: 'https://acme.example/time.jar' } }),
  }),
  {
    title: 'a uri with tag and digest',
    spec: customer({ app: { uri: `docker:acme/time:1@sha256:${digest}` } }),
    path: 'spec.customer.app.uri',
    message: messages.tagAndDigest,
  },
  {
    title: 'a version that is not the one of the uri',
    spec: { topics, hotDrinkLog: { app: { uri: 'docker:acme/log:1', version: '2' } } },
    path: 'spec.hotDrinkLog.app.version',
    message: messages.versionDisagrees,
  },
  {
    title: 'an unknown generation of Spring Boot',
    spec: customer({ app: { bootVersion: '4' } }),
    path: 'spec.customer.app.bootVersion',
    message: 'must be one of 2, 3',
    serverMessage: 'supported values: "2", "3"',
  },
  ...same('an image that is none', messages.image, 'spec.barista.image', {
    empty: barista({ image: '' }),
    'an empty tag': barista({ image: 'worker:' }),
    'upper case': barista({ image: 'acme/Worker:1' }),
    'a scheme': barista({ image: 'docker://acme/worker:1' }),
    'half a digest': barista({ image: 'worker@sha256:abc' }),
    'a space': barista({ image: 'worker: 1' }),
  }),
  {
    title: 'an image with tag and digest',
    spec: barista({ image: `worker:1@sha256:${digest}` }),
    path: 'spec.barista.image',
    message: messages.tagAndDigest,
  },
  {
    title: 'less than no worker',
    spec: barista({ replicas: -1 }),
    path: 'spec.barista.replicas',
    message: 'must be a whole number from 0 to 100',
    serverMessage: 'should be greater than or equal to 0',
  },
  {
    title: 'too many workers',
    spec: barista({ replicas: 101 }),
    path: 'spec.barista.replicas',
    message: 'must be a whole number from 0 to 100',
    serverMessage: 'should be less than or equal to 100',
  },
  {
    title: 'one worker and a half',
    spec: barista({ replicas: 1.5 }),
    path: 'spec.barista.replicas',
    message: 'must be a whole number from 0 to 100',
    serverMessage: 'must be of type integer',
  },
  {
    title: 'an unknown delivery',
    spec: barista({ delivery: 'AtMostOnce' }),
    path: 'spec.barista.delivery',
    message: 'must be one of AtLeastOnce, ExactlyOnce',
    serverMessage: 'supported values: "AtLeastOnce", "ExactlyOnce"',
  },
  {
    title: 'an unknown way with bad orders',
    spec: barista({ badOrders: 'Ignore' }),
    path: 'spec.barista.badOrders',
    message: 'must be one of DeadLetter, Skip, Stop',
    serverMessage: 'supported values: "DeadLetter", "Skip", "Stop"',
  },
  {
    title: 'an amount that is none',
    spec: barista({ resources: { limits: { memory: 'much' } } }),
    path: 'spec.barista.resources.limits.memory',
    message: messages.quantity,
  },
  {
    title: 'a negative amount',
    spec: barista({ resources: { limits: { cpu: -1 } } }),
    path: 'spec.barista.resources.limits.cpu',
    message: messages.quantity,
  },
  {
    title: 'more promised than allowed: cpu',
    spec: barista({ resources: { limits: { cpu: 1 }, requests: { cpu: '1500m' } } }),
    path: 'spec.barista.resources.requests.cpu',
    message: messages.cpuRequest,
  },
  {
    title: 'more promised than allowed: memory',
    spec: barista({ resources: { limits: { memory: '1G' }, requests: { memory: '1Gi' } } }),
    path: 'spec.barista.resources.requests.memory',
    message: messages.memoryRequest,
  },
  {
    title: 'a list for an object',
    spec: { topics, barista: [] },
    path: 'spec.barista',
    message: 'must be an object with fields of its own',
    serverMessage: 'must be of type object',
  },
  ...['app.barista-app.x', 'deployer.barista-app.count', 'version.barista-app'].map((key): Refused => ({
    title: `a prefix before a property: ${key}`,
    spec: barista({ properties: { [key]: '1' } }),
    path: 'spec.barista.properties',
    message: messages.propertyPrefix,
  })),
  ...same('a property key that is illegal', messages.propertyKey, 'spec.customer.properties', {
    brackets: customer({ properties: { 'a[0]': '1' } }),
    'a space': customer({ properties: { 'a b': '1' } }),
  }),
  {
    title: "the operator's own property",
    spec: { topics, coldDrinkLog: { properties: { 'barista.revision': '1' } } },
    path: 'spec.coldDrinkLog.properties',
    message: messages.revision,
  },
  {
    title: 'a topic as a property',
    spec: barista({ properties: { 'spring.cloud.stream.bindings.hot.drink.destination': 'x' } }),
    path: 'spec.barista.properties',
    message: messages.destination,
  },
  {
    title: 'brokers as a property',
    spec: barista({ properties: { 'spring.cloud.stream.kafka.binder.brokers': 'x:1' } }),
    path: 'spec.barista.properties',
    message: messages.brokers,
  },
  {
    title: 'delivery as a property',
    spec: barista({ properties: { 'barista.delivery': 'ExactlyOnce' } }),
    path: 'spec.barista.properties',
    message: messages.baristaProperty,
  },
  {
    title: 'the interval as a property',
    spec: customer({ properties: { 'spring.integration.poller.fixed-delay': '5' } }),
    path: 'spec.customer.properties',
    message: messages.fixedDelay,
  },
  {
    title: 'an empty value',
    spec: barista({ properties: { x: '' } }),
    path: 'spec.barista.properties[x]',
    message: messages.emptyValue,
  },
  {
    title: 'a value that is a number',
    spec: barista({ properties: { x: 1 } }),
    path: 'spec.barista.properties[x]',
    serverPath: 'spec.barista.properties.x',
    message: 'must be a text: put it in quotes',
    serverMessage: 'must be of type string',
  },
  ...same('a value that SCDF cannot carry', messages.valueCharacters, 'spec.barista.properties[a.b]', {
    'a line break': barista({ properties: { 'a.b': 'x\ny' } }),
    'a double quote': barista({ properties: { 'a.b': '{"x": 1}' } }),
    'a backslash last': barista({ properties: { 'a.b': 'x\\' } }),
  }),
  {
    title: 'a value that SCDF cannot read back',
    spec: barista({ properties: { x: 'a>b' } }),
    path: 'spec.barista.properties[x]',
    message: messages.valueGreater,
  },
  {
    title: 'a value that is too long',
    spec: barista({ properties: { x: repeat('x', 1025) } }),
    path: 'spec.barista.properties[x]',
    serverPath: 'spec.barista.properties.x',
    message: 'may have at most 1024 characters',
    serverMessage: 'Too long: may not be more than 1024',
  },
  {
    title: 'too many properties',
    spec: barista({
      properties: Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`k${index}`, 'v'])),
    }),
    path: 'spec.barista.properties',
    message: 'may have at most 64 entries',
    serverMessage: 'Too many: 65: must have at most 64 items',
  },
  ...same('a deployer property that is none', messages.deployerPrefix, 'spec.customer.deployerProperties', {
    count: customer({ deployerProperties: { count: '2' } }),
    'another prefix': customer({ deployerProperties: { 'local.javaOpts': 'x' } }),
  }),
  {
    title: 'an empty value of a deployer property',
    spec: customer({ deployerProperties: { 'kubernetes.x': '' } }),
    path: 'spec.customer.deployerProperties[kubernetes.x]',
    message: messages.emptyValue,
  },
  {
    title: 'memory as a deployer property',
    spec: barista({ deployerProperties: { 'kubernetes.limits.memory': '1Gi' } }),
    path: 'spec.barista.deployerProperties',
    message: messages.baristaResources,
  },
];
