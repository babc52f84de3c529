/** Reads the sources and renders the pages that are generated, as they are to stand in the repository. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { parse } from 'yaml';
import type { Result } from '../bench/results.ts';
import { alertsTable, withTable, type Rules } from './alerts.ts';
import { operatorConfiguration, workerConfiguration } from './configuration.ts';
import { eventsPage } from './events.ts';
import { metricsPage } from './metrics.ts';
import { numbersPage } from './numbers.ts';
import { reference } from './reference.ts';
import type { Crd } from './schema.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** Results in the order of the page: where they are without their ending, and what makes them. */
const measured = [
  ['dev/bench/results/worker', 'make bench-worker'],
  ['dev/bench/results/operator', 'make bench-operator'],
  ['dev/bench/results/ready', 'make bench-ready'],
  ['dev/chaos/results/chaos', 'make chaos'],
  ['dev/faults/results/faults', 'make faults'],
  ['dev/faults/results/soak', 'MINUTES=60 make soak'],
] as const;

/** What is generated, by its file in docs/. */
const pages: Readonly<Record<string, () => string>> = {
  'reference.md': () => reference(parse(read('crds/baristapipelines.yaml')) as Crd),
  'operator-configuration.md': operatorConfiguration,
  'worker-configuration.md': workerConfiguration,
  'metrics.md': metricsPage,
  'events.md': eventsPage,
  'alerts.md': () =>
    withTable(read('docs/alerts.md'), alertsTable(parse(read('manifests/monitoring/rules.yaml')) as Rules)),
  'numbers.md': () =>
    numbersPage(
      measured.map(([path, command]) => ({
        title: /^# (.+)$/m.exec(read(`${path}.md`))?.[1] ?? path,
        command,
        picture: `../${path}.svg`,
        results: JSON.parse(read(`${path}.json`)) as readonly Result[],
      })),
    ),
};

export const generatedPages = Object.keys(pages);

export const fileOf = (page: string): string => fileURLToPath(new URL(`docs/${page}`, root));

/** @throws Error when there is no such page */
export async function render(page: string): Promise<string> {
  const make = pages[page];
  if (make === undefined)
    throw new Error(`${page} is not generated; these are: ${generatedPages.join(', ')}.`);
  const style = await resolveConfig(fileOf(page));
  return format(make(), { ...style, parser: 'markdown' });
}
