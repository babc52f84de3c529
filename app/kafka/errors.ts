/** kafkajs's errors, sorted by what to do about them: once, by type, never by their text. */
import { KafkaFailure } from './port.ts';
import type { Advice } from './port.ts';

/** The fields by which kafkajs tells its errors apart; it exports no usable types for them. */
interface Shape {
  readonly name?: unknown;
  readonly type?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  readonly cause?: unknown;
  readonly retriable?: unknown;
  readonly errors?: unknown;
}

/** Broker error codes (by kafkajs's name for them) that do not mean what `retriable` says, or need a person. */
const adviceByType: Readonly<Record<string, Advice>> = {
  MESSAGE_TOO_LARGE: 'split',
  RECORD_LIST_TOO_LARGE: 'split',
  INVALID_TIMESTAMP: 'split',
  INVALID_RECORD: 'split',
  TOPIC_AUTHORIZATION_FAILED: 'tell',
  GROUP_AUTHORIZATION_FAILED: 'tell',
  CLUSTER_AUTHORIZATION_FAILED: 'tell',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'tell',
  SASL_AUTHENTICATION_FAILED: 'tell',
  INVALID_TOPIC_EXCEPTION: 'tell',
  POLICY_VIOLATION: 'tell',
  INVALID_PARTITIONS: 'tell',
  INVALID_REPLICATION_FACTOR: 'tell',
  INCONSISTENT_GROUP_PROTOCOL: 'tell',
  INVALID_SESSION_TIMEOUT: 'tell',
  UNSUPPORTED_VERSION: 'tell',
  BROKER_NOT_AVAILABLE: 'wait',
};

/** What a person can do, where the broker's words do not say it. */
const hintByType: Readonly<Record<string, string>> = {
  INVALID_SESSION_TIMEOUT:
    '. Set spring.cloud.stream.kafka.binder.consumer-properties.session.timeout.ms to a value in that range',
};

/** What Node.js says of a certificate that it does not take: it takes it no better later. */
const certificateCodes: ReadonlySet<unknown> = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);
const certificateHint = `. The certificate of the broker is not trusted: give that of its authority in spring.kafka.ssl.trust-store-certificates`;

const adviceByName: Readonly<Record<string, Advice>> = {
  KafkaJSNotImplemented: 'tell',
  KafkaJSSASLAuthenticationError: 'tell',
  KafkaJSGroupCoordinatorNotFound: 'wait',
  KafkaJSNoBrokerAvailableError: 'wait',
  KafkaJSLockTimeout: 'wait',
};

/** The error at the bottom of kafkajs's wrappings, which is the one that says what happened. */
function root(error: unknown): Shape {
  const shape: Shape = typeof error === 'object' && error !== null ? error : { message: String(error) };
  if (Array.isArray(shape.errors) && shape.errors.length > 0) return root(shape.errors[0]);
  const isWrapper =
    shape.name === 'KafkaJSNumberOfRetriesExceeded' || shape.name === 'KafkaJSNonRetriableError';
  return isWrapper && shape.cause !== undefined && shape.cause !== error ? root(shape.cause) : shape;
}

function look<T>(table: Readonly<Record<string, T>>, key: unknown): T | undefined {
  return typeof key === 'string' && Object.hasOwn(table, key) ? table[key] : undefined;
}

/** The broker's error, such as `UNKNOWN_TOPIC_OR_PARTITION`, or undefined when it was none. */
export function errorType(error: unknown): string | undefined {
  const { type } = root(error);
  return typeof type === 'string' ? type : undefined;
}

/** Total: an answer for whatever was thrown. */
export function toFailure(error: unknown, doing: string): KafkaFailure {
  if (error instanceof KafkaFailure) return error;
  const shape = root(error);
  // Node.js proposes a switch of its own, which nobody can set here.
  const said = typeof shape.message === 'string' ? shape.message.replace(/; if the root CA.*$/, '') : '';
  const what = `${doing}: ${said === '' ? 'unknown error' : said}`;
  // Thrown by us, and handed through by kafkajs.
  if (shape instanceof KafkaFailure) return new KafkaFailure(shape.advice, what, error);
  if (certificateCodes.has(shape.code)) return new KafkaFailure('tell', `${what}${certificateHint}`, error);
  const known = look(adviceByType, shape.type) ?? look(adviceByName, shape.name);
  const advice = known ?? (shape.retriable === true ? 'wait' : 'rebuild');
  return new KafkaFailure(advice, `${what}${look(hintByType, shape.type) ?? ''}`, error);
}
