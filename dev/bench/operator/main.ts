/**
 * The operator under load, beside the floor: the real API server, the simulated SCDF, the operator as it is built for its image.
 *
 *   make bench-operator                 (the stack must be up; about half an hour)
 *   SCALE=0.1 make bench-operator       a tenth of the pipelines, to try it; no results are written
 *   ONLY=drifts make bench-operator     one part of: fast, large, slow, newcomers, drifts; its results take the place of the former ones
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kubectl } from '../../cluster/kubectl.ts';
import { target } from '../../cluster/target.ts';
import { installCrds } from '../../install/crds.ts';
import { sendHome } from '../../install/send-home.ts';
import { intoFormer, writeResults, type Result } from '../results.ts';
import type { FleetOptions } from './fleet.ts';
import { removeLeftovers } from './namespaces.ts';
import { cold, drifts, held, newcomers, percentile, settled, type Cold, type Settled } from './measures.ts';

const { root, env } = target();
const scale = Number(process.env['SCALE'] ?? 1);
const ONLY = process.env['ONLY'];
const THOUSAND = Math.round(1000 * scale);
const SAMPLES = Math.max(10, Math.round(100 * scale));
const CONCURRENCY = 32;

const base = { root, kubeconfig: env['KUBECONFIG'] ?? '', concurrency: CONCURRENCY };
const fast: FleetOptions = { ...base, profile: 'fast' };
const slow: FleetOptions = { ...base, profile: 'slow' };

const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

function atMost(measure: string, value: number, unit: string, most: number): Result {
  return { measure, value: round(value), unit, target: `<= ${most} ${unit}`, holds: value <= most };
}

function known(measure: string, value: number, unit: string): Result {
  return { measure, value: round(value), unit, target: '', holds: true };
}

function coldResults(what: string, count: number, it: Cold, most: number): Result[] {
  return [
    known(`${what}: floor`, it.floor, 's'),
    known(`${what}: operator`, it.seconds, 's'),
    atMost(`${what}: against the floor`, it.seconds / it.floor, 'x', most),
    atMost(
      `${what}: SCDF writes a pipeline, without registrations`,
      (it.scdfWrites - it.registrations) / count,
      '',
      8,
    ),
    known(`${what}: SCDF reads a pipeline`, it.scdfReads / count, ''),
    atMost(
      `${what}: Kubernetes writes a pipeline, events counted`,
      (it.kubePatches + it.kubeEvents) / count,
      '',
      4,
    ),
  ];
}

/** Of several rounds the one in the middle: the API server alone makes a tenth of difference between two. */
function middle(rounds: readonly Cold[]): Cold {
  const ratio = (it: Cold): number => it.seconds / it.floor;
  const sorted = rounds.toSorted((a, b) => ratio(a) - ratio(b));
  return sorted[(sorted.length - 1) >> 1] as Cold;
}

function settledResults(what: string, it: Settled): Result[] {
  return [
    atMost(`${what}: writes while settled`, it.writes, '', 0),
    atMost(`${what}: resident memory`, it.memory, 'MB', 300),
    known(`${what}: held on the heap`, it.held, 'MB'),
    atMost(`${what}: CPU while settled, swept`, it.cpu * 100, '% of a core', 10),
    atMost(`${what}: restart until in charge`, it.restart, 's', 15),
    atMost(`${what}: writes after a restart`, it.restartWrites, '', 0),
  ];
}

/** @param own MB that the operator holds for itself and a tenth of the small fleet */
function growth(own: number, small: Settled, large: Settled): Result[] {
  const tenth = THOUSAND / 10;
  const above = (it: Settled, count: number): number => (it.held - own) / (count - tenth);
  const flat = (measure: string, value: number): Result => {
    return {
      measure,
      value: round(value),
      unit: 'x',
      // Less is no growth.
      target: '<= 1.2 x',
      holds: value <= 1.2,
    };
  };
  return [
    flat('growth to ten times as many: time a pipeline', large.seconds / small.seconds / 10),
    flat(
      'growth to ten times as many: held on the heap a pipeline',
      above(large, 10 * THOUSAND) / above(small, THOUSAND),
    ),
    known('held on the heap a pipeline', above(large, 10 * THOUSAND) * 1024, 'KB'),
  ];
}

const results: Result[] = [];
const title = (count: number, profile: string) => `${count.toLocaleString('en')}, ${profile}`;

/** Keeps results, and tells of each as soon as it is there. */
function say(...more: readonly Result[]): void {
  results.push(...more);
  for (const { measure, value, unit, target: wanted } of more)
    console.log(`${measure.padEnd(70)} ${value} ${unit}   ${wanted}`);
}

async function measureFast(): Promise<void> {
  const rounds = [await cold(fast, THOUSAND), await cold(fast, THOUSAND), await cold(fast, THOUSAND)];
  say(...coldResults(title(THOUSAND, 'fast'), THOUSAND, middle(rounds), 1.15));
}

async function measureLarge(): Promise<void> {
  const own = await held(fast, THOUSAND / 10);
  const small = await settled(fast, THOUSAND, 30_000);
  const large = await settled(fast, 10 * THOUSAND, 60_000);
  say(...coldResults(title(10 * THOUSAND, 'fast'), 10 * THOUSAND, large, 1.3));
  say(...settledResults(title(10 * THOUSAND, 'fast'), large), ...growth(own, small, large));
}

async function measureSlow(): Promise<void> {
  say(...coldResults(title(THOUSAND, 'slow'), THOUSAND, await cold(slow, THOUSAND), 1.15));
}

async function measureNewcomers(): Promise<void> {
  const created = await newcomers(fast, 5 * THOUSAND, SAMPLES);
  const what = `new among ${5 * THOUSAND}: to the first SCDF write`;
  say(known(`${what}, p50`, percentile(created, 0.5), 'ms'));
  say(atMost(`${what}, p99`, percentile(created, 0.99), 'ms', 250));
}

async function measureDrifts(): Promise<void> {
  const repaired = await drifts(fast, SAMPLES);
  say(known('drift to the repairing call, p50', percentile(repaired, 0.5), 'ms'));
  say(atMost('drift to the repairing call, p99', percentile(repaired, 0.99), 'ms', 500));
}

const parts = {
  fast: measureFast,
  large: measureLarge,
  slow: measureSlow,
  newcomers: measureNewcomers,
  drifts: measureDrifts,
};

async function measureAll(): Promise<void> {
  for (const [name, measure] of Object.entries(parts))
    if (ONLY === undefined || ONLY === name) await measure();
}

execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
const kubectl = new Kubectl(env);
await installCrds(kubectl);
const comeBack = await sendHome(kubectl);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    console.error('Interrupted: the pipelines that it has made are being removed.');
    void removeLeftovers(base.kubeconfig)
      .finally(comeBack)
      .finally(() => process.exit(130));
  });
}
const left = await removeLeftovers(base.kubeconfig);
if (left.length > 0) console.log(`removed what another run has left: ${left.join(', ')}`);
await measureAll().finally(comeBack);
if (scale === 1) {
  const all = ONLY === undefined ? results : intoFormer('operator', results);
  const ratios = all.filter(({ measure }) => measure.endsWith('against the floor'));
  writeResults(
    'operator',
    'The operator against the floor',
    all,
    ratios.map(({ measure }) => measure),
  );
  console.log(readFileSync(join(root, 'dev/bench/results/operator.md'), 'utf8'));
}
