/**
 * Reliability, measured: plans of faults between the operator, the real API server and a simulated SCDF.
 *
 *   make faults                   1,000 plans, with results
 *   make faults SEED=123          one of them, told in full
 *   make faults PLANS=200 FROM=5000
 *
 * SLOTS plans run at a time; LOGS names a folder for the stories of those that fail.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { known, median, writeResults, type Result } from '../bench/results.ts';
import { target } from '../cluster/target.ts';
import { planOf } from './plan.ts';
import type { Outcome } from './run.ts';
import { scenarioNames } from './scenarios.ts';
import { Stage } from './stage.ts';

const text = (name: string): string | undefined => process.env[name] || undefined;
const number = (name: string, otherwise: number): number => Number(text(name) ?? otherwise);
/** What the issue asks for. */
const ALL = 1_000;
/** A few seeds make the same plan. */
const PLANS = 1_010;
const MINUTES = 10;

function tell({ plan, violations, log }: Outcome): void {
  console.log(`SEED=${plan.seed} ${JSON.stringify(plan)}`);
  for (const violation of violations) console.log(`   ${violation.slice(0, 500)}`);
  const folder = text('LOGS');
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${plan.seed}.log`), [JSON.stringify(plan), ...violations, ...log].join('\n'));
}

async function one(seed: number): Promise<void> {
  const stage = await Stage.open(1);
  try {
    const outcome = await stage.run(planOf(seed));
    console.log([JSON.stringify(outcome.plan), ...outcome.log].join('\n'));
    console.log(inspect(outcome.violations, { breakLength: 120 }), outcome.counts, outcome.seconds);
    process.exitCode = outcome.violations.length === 0 ? 0 : 1;
  } finally {
    await stage.close();
  }
}

async function many(from: number, count: number): Promise<void> {
  const started = performance.now();
  const seconds = () => Math.round((performance.now() - started) / 1000);
  const outcomes: Outcome[] = [];
  const bad = () => outcomes.filter(({ violations }) => violations.length > 0);
  const stage = await Stage.open(number('SLOTS', 24));
  try {
    await stage.baselines(scenarioNames);
    const seeds = Array.from({ length: count }, (_, index) => from + index);
    await stage.all(seeds, (outcome) => {
      outcomes.push(outcome);
      if (outcome.violations.length > 0) tell(outcome);
      if (outcomes.length % 50 === 0)
        console.log(`${outcomes.length} of ${count}, ${bad().length} bad, ${seconds()} s`);
    });
  } finally {
    await stage.close();
  }
  const results = resultsOf(outcomes, seconds());
  console.table(results);
  process.exitCode = bad().length === 0 ? 0 : 1;
  if (count < ALL) return;
  const kinds = results.map(({ measure }) => measure).filter((measure) => measure.startsWith('fault: '));
  writeResults(new URL('./results/faults', import.meta.url), `${count} plans of faults`, results, kinds);
  console.log(readFileSync(new URL('./results/faults.md', import.meta.url), 'utf8'));
}

function resultsOf(outcomes: readonly Outcome[], seconds: number): Result[] {
  const plans = new Set(outcomes.map(({ plan }) => JSON.stringify({ ...plan, seed: 0 }))).size;
  const bad = outcomes.filter(({ violations }) => violations.length > 0).length;
  const faults = outcomes.flatMap(({ fired }) => fired.map(({ what }) => what.kind));
  const kinds = [...new Set(faults)].sort();
  const more = (side: 'kube' | 'dataflow') => outcomes.map(({ more: it }) => it[side]);
  return [
    { measure: 'distinct plans', value: plans, unit: '', target: `>= ${ALL}`, holds: plans >= ALL },
    { measure: 'plans that broke a rule', value: bad, unit: '', target: '0', holds: bad === 0 },
    {
      measure: 'time',
      value: seconds,
      unit: 's',
      target: `<= ${MINUTES * 60} on 2 idle cores`,
      holds: seconds <= MINUTES * 60,
    },
    known(
      'runs that did not count, as the machine stood still',
      outcomes.reduce((sum, it) => sum + (it.void ?? 0), 0),
    ),
    known('plans in which a fault happened', outcomes.filter(({ fired }) => fired.length > 0).length),
    known('writes to SCDF beyond the undisturbed run, median', median(more('dataflow'))),
    known('writes to SCDF beyond the undisturbed run, most', Math.max(0, ...more('dataflow'))),
    known('writes to Kubernetes beyond the undisturbed run, median', median(more('kube'))),
    known('writes to Kubernetes beyond the undisturbed run, most', Math.max(0, ...more('kube'))),
    ...kinds.map((kind) => known(`fault: ${kind}`, faults.filter((it) => it === kind).length)),
  ];
}

Object.assign(process.env, target().env);
const seed = text('SEED');
await (seed === undefined ? many(number('FROM', 1), number('PLANS', PLANS)) : one(Number(seed)));
