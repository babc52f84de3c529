/** Named values of a log line. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Where log lines go. A message is a constant sentence, so that lines can be counted and searched; what varies stands
 * in the fields. An error goes into the field `err`.
 */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log whose lines all carry `fields`. */
  child(fields: LogFields): Log;
}
