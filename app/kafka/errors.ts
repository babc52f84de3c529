/** kafkajs's errors, sorted by what to do about them: once, by type, never by their text. */
import { KafkaFailure } from './port.ts';
import type { Advice } from './port.ts';

/** The fields by which kafkajs tells its errors apart; it exports no usable types for them. */
interface Shape {
  readonly name?: unknown;
  readonly type?: unknown;
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
  const known = look(adviceByType, shape.type) ?? look(adviceByName, shape.name);
  const advice = known ?? (shape.retriable === true ? 'wait' : 'rebuild');
  const what = typeof shape.message === 'string' && shape.message !== '' ? shape.message : 'unknown error';
  return new KafkaFailure(advice, `${doing}: ${what}${look(hintByType, shape.type) ?? ''}`, error);
}
