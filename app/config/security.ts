/**
 * How the worker shows Kafka who it is, by the names of Kafka's own clients, so that one Secret serves it and the Spring apps beside it. Each is looked for as Spring
 * does: `spring.cloud.stream.kafka.binder.configuration.<name>`, `spring.kafka.properties.<name>`, `spring.kafka.<name>`.
 */
import type { Reader } from './reader.ts';
import { flag, oneOf } from './reader.ts';
import { kafkaPrefixes, type KafkaSettingName, type SettingName } from './settings.ts';

/** Something secret or long, that stands in the configuration, or in a file that may change while the worker runs. */
export type Material = { readonly text: string } | { readonly file: string };

export interface Tls {
  /** PEM; undefined: the certificates that Node.js trusts. */
  readonly ca: Material | undefined;
  /** Ours, for brokers that ask for one. */
  readonly identity: Identity | undefined;
  readonly checkHostname: boolean;
}

export type Identity =
  | {
      readonly kind: 'PEM';
      readonly certificate: Material;
      readonly key: Material;
      readonly passphrase: string | undefined;
    }
  | { readonly kind: 'PKCS12'; readonly store: Material; readonly passphrase: string | undefined };

const passwordMechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;

export type Sasl =
  | {
      readonly mechanism: (typeof passwordMechanisms)[number];
      readonly username: Material;
      readonly password: Material;
    }
  | { readonly mechanism: 'OAUTHBEARER'; readonly token: TokenSource };

export type TokenSource =
  | { readonly file: string }
  | {
      readonly endpoint: string;
      readonly clientId: string;
      readonly clientSecret: string;
      readonly scope: string | undefined;
    };

export interface Security {
  readonly tls: Tls | undefined;
  readonly sasl: Sasl | undefined;
}

export const plaintext: Security = { tls: undefined, sasl: undefined };

/** e.g. `SASL_SSL, SCRAM-SHA-512`: for people. */
export function inWords({ tls: secured, sasl: login }: Security): string {
  const transport = secured === undefined ? 'PLAINTEXT' : 'SSL';
  return login === undefined ? transport : `SASL_${transport}, ${login.mechanism}`;
}

const protocols = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const;
const mechanisms = [...passwordMechanisms, 'OAUTHBEARER'] as const;

/** The name that a person has most likely set, for sentences. */
const named = <Name extends KafkaSettingName>(name: Name) => `spring.kafka.properties.${name}` as const;

/** By the names of Kafka's own clients. */
type KafkaReader = Reader<KafkaSettingName>;

export function security(reader: Reader): Security {
  const kafka: KafkaReader = {
    get: (name) =>
      kafkaPrefixes.map((prefix) => reader.get(`${prefix}${name}`)).find((value) => value !== undefined),
    problem: reader.problem,
  };
  const protocol = oneOf(
    { ...kafka, get: () => kafka.get('security.protocol') },
    named('security.protocol'),
    protocols,
    'PLAINTEXT',
  );
  return Object.freeze({
    tls: protocol.endsWith('SSL') ? tls(kafka, reader) : undefined,
    sasl: protocol.startsWith('SASL') ? sasl(kafka, reader) : undefined,
  });
}

/** What stands in the property itself, or in the file that another one names. */
function material(
  kafka: KafkaReader,
  name: KafkaSettingName,
  fileName: KafkaSettingName,
): Material | undefined {
  const text = kafka.get(name);
  // A PEM on one line, as some tools write it into an environment.
  if (text !== undefined) return { text: text.replaceAll('\\n', '\n') };
  const file = kafka.get(fileName);
  return file === undefined ? undefined : { file: pathOf(file) };
}

/** Spring takes locations as paths and as URLs of files. */
function pathOf(location: string): string {
  return location.replace(/^file:(\/\/)?(?=\/)/, '');
}

function tls(kafka: KafkaReader, reader: Reader): Tls {
  const ca = material(kafka, 'ssl.truststore.certificates', 'ssl.truststore.location');
  const type = kafka.get('ssl.truststore.type');
  const isPem = type === undefined ? !isJavaStore(ca) : type.toUpperCase() === 'PEM';
  if (ca !== undefined && !isPem) {
    kafka.problem(
      `${named('ssl.truststore.type')} has to be PEM: give the certificates as PEM, in ${named('ssl.truststore.certificates')} or in the file that ` +
        `${named('ssl.truststore.location')} names.`,
    );
  }
  return { ca, identity: identity(kafka), checkHostname: flag(reader, 'barista.kafka.check-hostname') };
}

/** What Kafka's clients take a store for when nobody says what it is. */
function isJavaStore(store: Material | undefined): boolean {
  return store !== undefined && 'file' in store && !/\.(pem|crt|cer)$/i.test(store.file);
}

function identity(kafka: KafkaReader): Identity | undefined {
  const certificate = material(kafka, 'ssl.keystore.certificate.chain', 'ssl.keystore.location');
  const key = material(kafka, 'ssl.keystore.key', 'ssl.keystore.location');
  if (certificate !== undefined && key !== undefined) return whole(kafka, certificate, key);
  if (certificate !== undefined || key !== undefined) {
    const missing = certificate === undefined ? 'ssl.keystore.certificate.chain' : 'ssl.keystore.key';
    kafka.problem(`${named(missing)} is missing: a certificate and its key belong together.`);
  }
  return undefined;
}

function whole(kafka: KafkaReader, certificate: Material, key: Material): Identity | undefined {
  const passphrase = kafka.get('ssl.key.password') ?? kafka.get('ssl.keystore.password');
  const type = (kafka.get('ssl.keystore.type') ?? (isJavaStore(certificate) ? 'JKS' : 'PEM')).toUpperCase();
  if (type === 'PKCS12' && 'file' in certificate) return { kind: 'PKCS12', store: certificate, passphrase };
  if (type === 'PEM') return { kind: 'PEM', certificate, key, passphrase };
  kafka.problem(
    `${named('ssl.keystore.type')} is "${type}": give the certificate and its key as PEM, or a file of type PKCS12.`,
  );
  return undefined;
}

function sasl(kafka: KafkaReader, reader: Reader): Sasl | undefined {
  const name = named('sasl.mechanism');
  const text = kafka.get('sasl.mechanism');
  if (text === undefined) {
    kafka.problem(`${name} is missing: use one of ${mechanisms.join(', ')}.`);
    return undefined;
  }
  const mechanism = mechanisms.find((each) => each === text.toUpperCase());
  if (mechanism === undefined) {
    kafka.problem(`${name} is "${text}": use one of ${mechanisms.join(', ')}.`);
    return undefined;
  }
  const login = loginOf(kafka.get('sasl.jaas.config') ?? '');
  if (mechanism === 'OAUTHBEARER') {
    const token = tokenSource(kafka, login);
    return token === undefined ? undefined : { mechanism, token };
  }
  const username = fileOr(reader, 'barista.kafka.username-file', login.get('username'));
  const password = fileOr(reader, 'barista.kafka.password-file', login.get('password'));
  if (username !== undefined && password !== undefined) return { mechanism, username, password };
  kafka.problem(
    `There is no user or no password for Kafka: give both in ${named('sasl.jaas.config')} (…LoginModule required username="…" password="…";), or in the files that ` +
      'barista.kafka.username-file and barista.kafka.password-file name.',
  );
  return undefined;
}

function fileOr(reader: Reader, name: SettingName, text: string | undefined): Material | undefined {
  const file = reader.get(name);
  if (file !== undefined) return { file };
  return text === undefined ? undefined : { text };
}

/** The options of a login module, in JAAS's form: `Module required name="value" …;` */
function loginOf(jaas: string): ReadonlyMap<string, string> {
  const options = jaas.matchAll(/([\w.]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/g);
  return new Map(
    Array.from(options, ([, name = '', quoted, plain = '']) => [
      name,
      quoted?.replace(/\\(.)/g, '$1') ?? plain,
    ]),
  );
}

function tokenSource(kafka: KafkaReader, login: ReadonlyMap<string, string>): TokenSource | undefined {
  const name = 'sasl.oauthbearer.token.endpoint.url';
  const endpoint = kafka.get(name);
  if (endpoint !== undefined && /^file:\/{1,3}/.test(endpoint)) return { file: pathOf(endpoint) };
  if (endpoint === undefined || !/^https?:\/\/[^/]/.test(endpoint)) {
    kafka.problem(
      `${named(name)} has to be the https:// URL that gives tokens, or the file:// URL of a file with one.`,
    );
    return undefined;
  }
  const clientId = login.get('clientId') ?? kafka.get('sasl.oauthbearer.client.credentials.client.id');
  const clientSecret =
    login.get('clientSecret') ?? kafka.get('sasl.oauthbearer.client.credentials.client.secret');
  const scope = login.get('scope') ?? kafka.get('sasl.oauthbearer.scope');
  if (clientId !== undefined && clientSecret !== undefined)
    return { endpoint, clientId, clientSecret, scope };
  kafka.problem(
    `There is no clientId or no clientSecret for ${endpoint}: give both in ${named('sasl.jaas.config')} (…OAuthBearerLoginModule required clientId="…" clientSecret="…";).`,
  );
  return undefined;
}
