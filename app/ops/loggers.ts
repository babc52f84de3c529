/** Spring Boot's endpoint of loggers: there is one, `ROOT`. */
import type { LogLevel } from '../config/config.ts';
import type { Reply } from './reply.ts';

/** A log whose level may change. */
export interface Leveled {
  level: string;
}

const levels = {
  OFF: 'silent',
  ERROR: 'error',
  WARN: 'warn',
  INFO: 'info',
  DEBUG: 'debug',
  TRACE: 'trace',
} as const satisfies Record<string, LogLevel>;

export const root = 'ROOT';

function inWords(level: string): string {
  return Object.entries(levels).find(([, ours]) => ours === level)?.[0] ?? 'ERROR';
}

export function logger({ level }: Leveled): object {
  return { configuredLevel: inWords(level), effectiveLevel: inWords(level) };
}

export function loggers(log: Leveled): object {
  return { levels: Object.keys(levels), loggers: { [root]: logger(log) }, groups: {} };
}

/**
 * @param body what was posted: `{"configuredLevel": "DEBUG"}`; null or nothing: back to `configured`
 */
export function changeLogger(log: Leveled, body: unknown, configured: LogLevel): Reply {
  const wanted =
    typeof body === 'object' && body !== null && 'configuredLevel' in body ? body.configuredLevel : null;
  const name = String(wanted).toUpperCase();
  const level = wanted === null ? configured : Object.entries(levels).find(([each]) => each === name)?.[1];
  if (level === undefined)
    return {
      status: 400,
      message: `configuredLevel has to be one of ${Object.keys(levels).join(', ')}, or null.`,
    };
  log.level = level;
  return { status: 204 };
}
