/** What a worker says of itself on /metrics. */
import type { Served } from './tree.ts';

/** Undefined when these are not the metrics of a worker. */
export function servedOf(text: string): Served | undefined {
  if (!text.includes('barista_drinks_served_total')) return undefined;
  return {
    drinks: sum(text, 'barista_drinks_served_total'),
    waiting: sum(text, 'kafka_consumer_records_lag'),
  };
}

/** Over all series of a name. */
function sum(text: string, name: string): number {
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
