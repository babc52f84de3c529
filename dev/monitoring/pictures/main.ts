/**
 * Draws the dashboards from what the stack's Prometheus knows, into docs/pictures: `make pictures`, while the demo runs.
 *
 *   MINUTES=15     how far back
 *   TO=…           the end, as 2026-11-28T16:45:00Z; default: now
 *   STREAM=…       of the dashboard of one pipeline; default: the one that serves most
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readStackEnv } from '../../test/stack-env.ts';
import { dashboards } from '../dashboards/all.ts';
import { filled, named } from '../dashboards/fill.ts';
import type { Panel } from '../dashboards/model.ts';
import { Prometheus } from '../prometheus.ts';
import { draw, type Line } from './draw.ts';

const root = new URL('../../..', import.meta.url).pathname;
const folder = join(root, 'docs', 'pictures');
/** Points of a line. */
const POINTS = 100;

const url = readStackEnv(root)['PROMETHEUS_URL'];
if (url === undefined) throw new Error('No Prometheus is up: `make demo` starts one.');
const prometheus = new Prometheus(url);

const minutes = Number(process.env['MINUTES'] ?? 15);
const end = process.env['TO'];
const to = Math.floor((end === undefined ? Date.now() : Date.parse(end)) / 1000);
const from = to - minutes * 60;
const stream = process.env['STREAM'] ?? (await busiest());

async function busiest(): Promise<string> {
  const rate = 'rate(barista_drinks_served_total[5m]) * on (job, instance) group_left (stream) barista_info';
  const [most] = await prometheus.range(`topk(1, sum by (stream) (${rate}))`, { from: to, to, step: 1 });
  if (most === undefined)
    throw new Error('No worker is to be seen: `make demo` starts one, or wait a minute.');
  return most.labels['stream'] ?? '';
}

async function linesOf({ queries }: Panel): Promise<readonly Line[]> {
  const step = (to - from) / POINTS;
  const found = await Promise.all(
    queries.map(async ({ expr, legend }) => {
      const asked = filled(expr, { stream, range: `${minutes}m` });
      const series = await prometheus.range(asked, { from, to, step });
      return series.map(({ labels, points }) => ({ name: named(legend, labels), points }));
    }),
  );
  return found.flat();
}

mkdirSync(folder, { recursive: true });
for (const dashboard of dashboards) {
  const known = new Map<Panel, readonly Line[]>();
  for (const panel of dashboard.rows.flatMap((row) => row.panels)) known.set(panel, await linesOf(panel));
  const picture = draw(dashboard, { from, to, linesOf: (panel) => known.get(panel) ?? [] });
  writeFileSync(join(folder, `${dashboard.uid}.svg`), picture);
  console.log(`wrote docs/pictures/${dashboard.uid}.svg`);
}
