/** The port over kafkajs: this is the only file that makes its clients. */
import type { Kafka as KafkaJs, LogEntry } from 'kafkajs';
import type { Clock } from '../ops/clock.ts';
import { connectAdmin } from './admin.ts';
import { consume } from './consumer.ts';
import type { Codec } from '../config/config.ts';
import type { Security } from '../config/security.ts';
import { kafkaJsWith, logLevel } from './kafkajs.ts';
import type { Kafka } from './port.ts';
import { clientSecurity, type ReadFile } from './security.ts';
import { connectProducer, connectTransactional } from './producer.ts';

/** A line that kafkajs wants to log. What it calls errors are most often attempts that it repeats, so they are not ours. */
export interface ClientLine {
  readonly severity: 'warn' | 'debug';
  readonly part: string;
  readonly message: string;
  readonly error: string | undefined;
}

export interface ClientOptions {
  readonly brokers: readonly string[];
  readonly security: Security;
  readonly readFile: ReadFile;
  readonly group: string;
  readonly clock: Clock;
  readonly codec: Codec;
  readonly log: (line: ClientLine) => void;
}

function toLine({ namespace, level, log }: LogEntry): ClientLine {
  const error: unknown = log['error'];
  // Answers of brokers that a request is repeated after, which belongs to every start and every transaction, and failed writes, which the pump tells.
  const expected = (namespace === 'Connection' && error !== undefined) || namespace === 'Producer';
  return {
    severity: level === logLevel.ERROR && !expected ? 'warn' : 'debug',
    part: namespace,
    message: log.message,
    error: typeof error === 'string' ? error : undefined,
  };
}

/** Makes no connection yet. */
export function kafkaJs(options: ClientOptions): Kafka {
  const { codec, clock } = options;
  const { Kafka: Client } = kafkaJsWith(codec, clock.now);
  const security = clientSecurity(options.security, {
    readFile: options.readFile,
    monotonic: clock.monotonic,
  });
  const client = (): KafkaJs =>
    new Client({
      clientId: options.group,
      brokers: [...options.brokers],
      ...security,
      connectionTimeout: 3_000,
      requestTimeout: 20_000,
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 3 },
      logLevel: logLevel.INFO,
      logCreator: () => (entry) => options.log(toLine(entry)),
    });
  return {
    admin: () => connectAdmin(client()),
    producer: () => connectProducer(client(), codec),
    transactional: (transactionalId) =>
      connectTransactional(client(), { transactionalId, group: options.group, codec }),
    consume: (consumerOptions) => consume(client(), consumerOptions, clock),
  };
}
