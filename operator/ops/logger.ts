import { pino, stdSerializers, stdTimeFunctions, type DestinationStream, type Logger } from 'pino';
import type { Log, LogFields } from '../runtime/log.ts';
import { textLine } from './text-line.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LoggerOptions {
  readonly level: LogLevel;
  /** JSON lines for machines, or a readable line for people on a terminal. */
  readonly format: 'json' | 'text';
  /** Default: standard output. */
  readonly destination?: DestinationStream;
}

/** A log whose level can be changed while the program runs. */
export interface RootLog extends Log {
  setLevel(level: LogLevel): void;
}

export function createLogger(options: LoggerOptions): RootLog {
  // Synchronous: the last lines before an exit are the ones that somebody will look for.
  const output = options.destination ?? pino.destination({ fd: 1, sync: true });
  const logger = pino(
    {
      level: options.level,
      base: {},
      messageKey: 'message',
      errorKey: 'err',
      timestamp: stdTimeFunctions.isoTime,
      serializers: { err: readableError },
      formatters: { level: (label) => ({ level: label }) },
    },
    options.format === 'json' ? output : { write: (line) => output.write(textLine(line)) },
  );
  // A child has its level from its birth, so children of ours ask the root each time.
  return new PinoLog(logger, logger);
}

/** Errors that are expected, and so say their kind, need no stack; what is a bug does. */
function readableError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (!('kind' in error)) return stdSerializers.err(error);
  return { name: error.name, kind: error.kind, message: error.message };
}

class PinoLog implements RootLog {
  readonly #root: Logger;
  readonly #own: Logger;

  constructor(root: Logger, own: Logger) {
    this.#root = root;
    this.#own = own;
  }

  setLevel(level: LogLevel): void {
    this.#root.level = level;
  }

  child(fields: LogFields): Log {
    const own = this.#own.child(fields, { level: 'debug' });
    return new PinoLog(this.#root, own);
  }

  debug(message: string, fields: LogFields = {}): void {
    this.#write('debug', message, fields);
  }

  info(message: string, fields: LogFields = {}): void {
    this.#write('info', message, fields);
  }

  warn(message: string, fields: LogFields = {}): void {
    this.#write('warn', message, fields);
  }

  error(message: string, fields: LogFields = {}): void {
    this.#write('error', message, fields);
  }

  #write(level: LogLevel, message: string, fields: LogFields): void {
    if (this.#root.isLevelEnabled(level)) this.#own[level](fields, message);
  }
}
