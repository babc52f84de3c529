/** Log lines: a constant message and fields, as JSON or for eyes. */
import { pino } from 'pino';
import type { Logger } from 'pino';
import type { WorkerConfig } from '../config/config.ts';
import type { ClientLine } from '../kafka/client.ts';
import type { PumpEvent } from '../pump/events.ts';
import type { Clock } from './clock.ts';

type Line = Readonly<Record<string, unknown>>;

function parse(text: string): Line {
  const value: unknown = JSON.parse(text);
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function show(value: unknown): string {
  return typeof value === 'string' && !/[\s"=]/.test(value) ? value : JSON.stringify(value);
}

/** `2026-11-23T20:37:40.000Z INFO  message key=value …` */
export function toText(json: string): string {
  const { time, level, msg, ...fields } = parse(json);
  const rest = Object.entries(fields).map(([key, value]) => ` ${key}=${show(value)}`);
  return `${String(time)} ${String(level).toUpperCase().padEnd(5)} ${String(msg)}${rest.join('')}\n`;
}

export interface Sink {
  readonly write: (line: string) => void;
}

export function createLogger({ log, identity }: WorkerConfig, sink: Sink): Logger {
  const base = identity.stream === '' ? {} : { stream: identity.stream, app: identity.label };
  const text: Sink = { write: (line) => sink.write(toText(line)) };
  return pino(
    {
      level: log.level,
      base,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    log.format === 'text' ? text : sink,
  );
}

/** The events that are worth a line; the others are for the metrics. */
type Writers = {
  readonly [T in PumpEvent['type']]?: (log: Logger, event: Extract<PumpEvent, { type: T }>) => void;
};

const writers: Writers = {
  served: (log, { topic, partition, tally, seconds }) => {
    if (log.isLevelEnabled('debug')) log.debug({ topic, partition, ...tally, seconds }, 'Served orders');
  },
  retried: (log, { topic, partition, error }) =>
    log.debug({ topic, partition, error }, 'Trying again to write'),
  aborted: (log, { topic, partition, error }) =>
    log.warn({ topic, partition, error }, 'Gave up a transaction'),
  committed: (log, { topic, partition, ok }) => {
    if (!ok) log.debug({ topic, partition }, 'Could not commit: the orders are served again');
  },
  held: (log, { topic, partition, offset, why, retry }) =>
    log.error(
      { topic, partition, offset, why },
      retry ? 'A partition waits and tries again' : 'A partition is stopped',
    ),
  released: (log, { topic, partition }) => log.info({ topic, partition }, 'A partition goes on'),
  paused: (log) => log.warn('Paused: no orders are taken until somebody resumes the binding orders'),
  resumed: (log) => log.info('Resumed: orders are taken again'),
  assigned: (log, { assignment }) => log.info({ assignment }, 'Joined the group: serving these partitions'),
  connected: (log) => log.info('Kafka is reachable'),
  waiting: (log, { why, person }) => {
    if (person) log.error({ why }, 'Cannot go on until this is changed; trying again');
    else log.warn({ why }, 'Waiting for Kafka');
  },
  restarting: (log, { why }) => log.error({ why }, 'The Kafka client broke: making a new one'),
  leaderless: (log, { partitions }) => {
    const named = partitions.map(({ topic, partition }) => `${topic}/${partition}`);
    if (named.length === 0) log.info('All partitions have leaders again');
    else log.error({ partitions: named }, 'No broker leads these partitions: they wait for one');
  },
  unwatched: (log, { why }) => log.debug({ why }, 'Could not look at lag and topics'),
  'topic-created': (log, { topic }) => log.info({ topic }, 'Created a topic'),
  'fewer-partitions': (log, { topic, has, wanted }) =>
    log.warn({ topic, has, wanted }, 'A topic has fewer partitions than wanted: left as it is'),
  leftovers: (log, { topics, orders }) =>
    log.info({ topics, orders }, 'Serving orders that are left on former topics first'),
  'leftovers-served': (log, { topics, complete }) => {
    if (complete) log.info({ topics }, 'Served what was left on former topics');
    else log.warn({ topics }, 'Some orders are still left on former topics: looking again later');
  },
  'leftovers-stuck': (log, { why }) =>
    log.error({ why }, 'Cannot serve what may be left on former topics: looking again and again'),
};

const quietMs = 10_000;

/** Drops a line that was written less than ten seconds ago, so that an outage is not a flood; counts what it drops. */
class Quiet {
  private readonly clock: Clock;
  private readonly last = new Map<string, { at: number; dropped: number }>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** How many were dropped since the last one, or undefined to drop this one. */
  admit(key: string): number | undefined {
    const now = this.clock.monotonic();
    const known = this.last.get(key);
    if (known !== undefined && now - known.at < quietMs) {
      known.dropped += 1;
      return undefined;
    }
    // Messages hold addresses and numbers now and then: the memory of them stays bounded.
    if (this.last.size > 200) this.last.clear();
    this.last.set(key, { at: now, dropped: 0 });
    return known?.dropped ?? 0;
  }
}

/** Events that repeat while a trouble lasts. */
const repeating: ReadonlySet<PumpEvent['type']> = new Set([
  'waiting',
  'held',
  'released',
  'unwatched',
  'retried',
  'leftovers-stuck',
]);

export interface Journal {
  readonly record: (event: PumpEvent) => void;
  readonly client: (line: ClientLine) => void;
}

export function createJournal(log: Logger, clock: Clock): Journal {
  const quiet = new Quiet(clock);
  return {
    record: (event) => {
      // The table's type pairs each key with its event; TypeScript cannot follow that through a look-up.
      const write = writers[event.type] as ((log: Logger, event: PumpEvent) => void) | undefined;
      if (write === undefined) return;
      const where = 'partition' in event ? `${event.topic}/${event.partition}` : '';
      if (repeating.has(event.type) && quiet.admit(`${event.type} ${where}`) === undefined) return;
      write(log, event);
    },
    client: ({ severity, part, message, error }) => {
      if (severity === 'debug') {
        log.debug({ part, error, said: message }, 'Kafka client');
        return;
      }
      const dropped = quiet.admit(`${part} ${message}`);
      if (dropped !== undefined)
        log.warn({ part, error, said: message, repeated: dropped }, 'Kafka client has trouble');
    },
  };
}
