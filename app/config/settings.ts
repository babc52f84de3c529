/** The worker's properties: all names that are read, and what docs/worker-configuration.md says of them. */

export interface Setting {
  /** What counts when it is not set, as one would write it; undefined: there is no such value, and `otherwise` says what then. */
  readonly default?: string;
  /** In a few words, what happens without it, where that is no value. */
  readonly otherwise?: string;
  /** A sentence. */
  readonly meaning: string;
}

type Settings = Readonly<Record<string, Setting>>;

export const settings = {
  'spring.cloud.stream.bindings.orders.destination': {
    otherwise: 'required',
    meaning: 'The topic of the orders.',
  },
  'spring.cloud.stream.bindings.hot.drink.destination': {
    otherwise: 'required',
    meaning: 'The topic of the hot drinks.',
  },
  'spring.cloud.stream.bindings.cold.drink.destination': {
    otherwise: 'required',
    meaning: 'The topic of the cold drinks.',
  },
  'spring.cloud.stream.bindings.orders.group': {
    otherwise: '`spring.cloud.application.group`',
    meaning: 'The consumer group.',
  },
  'spring.cloud.application.group': {
    otherwise: '`spring.cloud.dataflow.stream.name`',
    meaning:
      'The consumer group as SCDF gives it to an app: the name of the stream, which outlives its releases.',
  },
  'spring.cloud.stream.kafka.bindings.orders.consumer.start-offset': {
    default: 'earliest',
    meaning:
      'Where a group begins on a partition of which it has committed nothing; with `latest`, orders that came before it are not served, also on partitions that are added later.',
  },
  'spring.cloud.stream.kafka.binder.brokers': {
    otherwise: 'required',
    meaning: '`host:port,…`. A host without a port has 9092.',
  },
  'spring.cloud.stream.kafka.binder.consumer-properties.session.timeout.ms': {
    default: '10000',
    meaning: 'Milliseconds that the group waits for a worker that has gone without a word.',
  },
  'barista.delivery': {
    default: 'AtLeastOnce',
    meaning:
      '`AtLeastOnce`: an offset is committed after its drinks were acknowledged by all in-sync replicas. `ExactlyOnce`: both in one transaction.',
  },
  'barista.bad-orders': {
    default: 'DeadLetter',
    meaning:
      'What becomes of an order without a digit: kept in a topic, counted and dropped (`Skip`), or waited at (`Stop`).',
  },
  'barista.dead-letter-topic': {
    otherwise: '`error.<orders>.<group>`',
    meaning: 'Where bad orders are kept, with headers that say where they come from and why they are there.',
  },
  'barista.topics.create': { default: 'true', meaning: 'Topics that are missing are made.' },
  'barista.topics.partitions': { otherwise: 'what the broker says', meaning: 'Of a topic that is made.' },
  'barista.topics.replication-factor': {
    otherwise: 'what the broker says',
    meaning: 'Of a topic that is made.',
  },
  'barista.leftovers': {
    otherwise: '`true`; without a group of its own `false`',
    meaning: 'What is left on topics that this group read before is served first.',
  },
  'barista.codec': {
    default: 'barista',
    meaning:
      'Who writes and reads records: the worker’s own codec, or with `kafkajs` that of the client, the way back should ours have a mistake.',
  },
  'server.port': {
    default: '8080',
    meaning: 'Health, readiness, info and metrics under `/actuator`. 0 takes any free one.',
  },
  'barista.actuator.read-only': { default: 'false', meaning: '`true`: nothing can be changed over HTTP.' },
  'barista.log.level': {
    otherwise: '`logging.level.root`',
    meaning: '`trace`, `debug`, `info`, `warn`, `error` or `silent`.',
  },
  'logging.level.root': { default: 'info', meaning: 'The same by Spring’s name; also `off` and `fatal`.' },
  'barista.log.format': { default: 'json', meaning: '`json` or `text`.' },
  'barista.revision': {
    otherwise: 'none',
    meaning:
      'What the worker was deployed from. The operator sets it; it shows in `/actuator/info` and in metrics.',
  },
  'spring.cloud.dataflow.stream.name': { otherwise: 'the group is `barista`', meaning: 'Set by SCDF.' },
  'spring.cloud.dataflow.stream.app.label': { otherwise: 'none', meaning: 'Set by SCDF.' },
  'spring.cloud.application.guid': { otherwise: 'none', meaning: 'Set by SCDF.' },
  'barista.kafka.username-file': {
    otherwise: '`sasl.jaas.config`',
    meaning: 'A file with the name that Kafka asks for. It is read for each new connection.',
  },
  'barista.kafka.password-file': {
    otherwise: '`sasl.jaas.config`',
    meaning: 'A file with the password that Kafka asks for. It is read for each new connection.',
  },
  'barista.kafka.check-hostname': {
    default: 'true',
    meaning: '`false`: the name in the broker’s certificate may be another one.',
  },
} as const satisfies Settings;

/** Names of Kafka's own clients. Each is looked for with one of these before it. */
export const kafkaPrefixes = [
  'spring.cloud.stream.kafka.binder.configuration.',
  'spring.kafka.properties.',
  'spring.kafka.',
] as const;

export const kafkaSettings = {
  'security.protocol': {
    default: 'PLAINTEXT',
    meaning: '`PLAINTEXT`, `SSL`, `SASL_PLAINTEXT` or `SASL_SSL`.',
  },
  'ssl.truststore.type': {
    otherwise: 'by the end of the file’s name',
    meaning: 'Has to be `PEM`; Java’s own format is not read.',
  },
  'ssl.truststore.certificates': {
    otherwise: 'those that Node.js trusts',
    meaning: 'The authority of the brokers’ certificates, as PEM.',
  },
  'ssl.truststore.location': {
    otherwise: 'those that Node.js trusts',
    meaning: 'Or a file with it, `.pem`, `.crt` or `.cer`.',
  },
  'ssl.keystore.type': { otherwise: 'by the end of the file’s name', meaning: '`PEM` or `PKCS12`.' },
  'ssl.keystore.certificate.chain': {
    otherwise: 'none is shown',
    meaning: 'Our certificate, for brokers that ask for one, as PEM.',
  },
  'ssl.keystore.key': { otherwise: 'none', meaning: 'The key of that certificate, as PEM.' },
  'ssl.keystore.location': { otherwise: 'none', meaning: 'Or a file with certificate and key.' },
  'ssl.keystore.password': {
    otherwise: 'none',
    meaning: 'Opens the file, when `ssl.key.password` is not set.',
  },
  'ssl.key.password': { otherwise: 'none', meaning: 'Opens the key.' },
  'sasl.mechanism': {
    otherwise: 'required with `SASL_…`',
    meaning: '`PLAIN`, `SCRAM-SHA-256`, `SCRAM-SHA-512` or `OAUTHBEARER`.',
  },
  'sasl.jaas.config': {
    otherwise: 'required with `SASL_…`, unless files are named',
    meaning:
      '`…LoginModule required username="…" password="…";`, or for tokens `clientId`, `clientSecret` and `scope`.',
  },
  'sasl.oauthbearer.token.endpoint.url': {
    otherwise: 'required with `OAUTHBEARER`',
    meaning: 'Where tokens are got by client credentials; as `file:///…`, the file that has one.',
  },
  'sasl.oauthbearer.client.credentials.client.id': {
    otherwise: '`clientId` of `sasl.jaas.config`',
    meaning: 'The client at the token endpoint.',
  },
  'sasl.oauthbearer.client.credentials.client.secret': {
    otherwise: '`clientSecret` of `sasl.jaas.config`',
    meaning: 'Its secret.',
  },
  'sasl.oauthbearer.scope': { otherwise: '`scope` of `sasl.jaas.config`', meaning: 'What is asked for.' },
} as const satisfies Settings;

export type KafkaSettingName = keyof typeof kafkaSettings;
export type SettingName = keyof typeof settings | `${(typeof kafkaPrefixes)[number]}${KafkaSettingName}`;
