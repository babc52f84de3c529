/** What the last lines of a pod's log say about why it is not ready: pure. */
import { masked } from '../dataflow/masked.ts';
import type { PodTrouble } from './workload.ts';

const kafka =
  /waiting for kafka|Connection to node -?\d+ .*could not be established|Bootstrap broker .* disconnected|Timed out waiting for a node assignment|ECONNREFUSED.*:\d+|No resolvable bootstrap urls/i;

/** The newest line that tells of trouble, or the newest line of all; undefined for an empty log. */
export function logHint(log: string): PodTrouble | undefined {
  const lines = log
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .reverse();
  const aboutKafka = lines.find((line) => kafka.test(line));
  if (aboutKafka !== undefined) {
    return {
      reason: 'KafkaUnavailable',
      message: `the pod runs and waits for Kafka: ${readable(aboutKafka)}`,
    };
  }
  const newest = lines[0];
  return newest === undefined
    ? undefined
    : { reason: 'NotReady', message: `the pod runs and is not ready: ${readable(newest)}` };
}

/** The message of a JSON line with its short fields; other lines as they are. */
function readable(line: string): string {
  const fields = parseObject(line);
  const message = fields?.['msg'] ?? fields?.['message'];
  if (fields === undefined || typeof message !== 'string') return masked(line).slice(0, 300);
  const details = Object.entries(fields)
    .filter(([key, value]) => !common.has(key) && (typeof value === 'string' || typeof value === 'number'))
    .map(([key, value]) => `${key}=${String(value)}`);
  return masked([message, ...details].join(' ')).slice(0, 300);
}

const common = new Set(['msg', 'message', 'level', 'time', 'pid', 'hostname', 'name', 'err', 'stack']);

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
