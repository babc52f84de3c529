/**
 * Delivery, proved: workers and brokers are killed, stopped and restarted while orders are served, and what came of the orders is read to the end.
 *
 *   make chaos                    200 seeded runs, with results
 *   make chaos SEED=12            one of them, told in full
 *   make chaos RUNS=20 FROM=500
 */
import { readFileSync } from 'node:fs';
import { known, median, writeResults, type Result } from '../bench/results.ts';
import { Clusters } from './clusters.ts';
import { planOf, type Action } from './plan.ts';
import type { Outcome } from './run.ts';

const number = (name: string, otherwise: number): number => Number(process.env[name] || otherwise);
/** What the issue asks for. */
const ALL = 200;
/** Runs at a time, each with Kafkas of its own: most of a run is waiting. */
const SLOTS = number('SLOTS', 3);

function tell({ plan, violations, log }: Outcome): void {
  console.log(`SEED=${plan.seed} ${JSON.stringify(plan)}`);
  for (const violation of violations.slice(0, 10)) console.log(`   ${violation.slice(0, 500)}`);
  for (const line of log) console.log(`      ${line.slice(0, 300)}`);
}

function resultsOf(outcomes: readonly Outcome[]): Result[] {
  const bad = outcomes.filter(({ violations }) => violations.length > 0).length;
  const once = outcomes.filter(({ plan }) => plan.delivery === 'ExactlyOnce');
  const least = outcomes.filter(({ plan }) => plan.delivery === 'AtLeastOnce');
  const sum = (of: readonly Outcome[], what: (outcome: Outcome) => number) =>
    of.reduce((total, outcome) => total + what(outcome), 0);
  const blows = outcomes.flatMap(({ plan }) => plan.blows.map(({ action }) => action.kind));
  const kinds: Action['kind'][] = ['kill', 'term', 'stop', 'join', 'broker', 'partition'];
  const twice = sum(once, ({ duplicates }) => duplicates);
  return [
    { measure: 'runs', value: outcomes.length, unit: '', target: `>= ${ALL}`, holds: outcomes.length >= ALL },
    { measure: 'runs that broke a rule', value: bad, unit: '', target: '0', holds: bad === 0 },
    { measure: 'ExactlyOnce: served twice', value: twice, unit: '', target: '0', holds: twice === 0 },
    known(
      'AtLeastOnce: served twice',
      sum(least, ({ duplicates }) => duplicates),
    ),
    known(
      'AtLeastOnce: orders',
      sum(least, ({ orders }) => orders),
    ),
    known(
      'ExactlyOnce: orders',
      sum(once, ({ orders }) => orders),
    ),
    known('runs with three brokers', outcomes.filter(({ plan }) => plan.brokers === 3).length),
    known('time of a run, median', Math.round(median(outcomes.map(({ seconds }) => seconds))), 's'),
    ...kinds.map((kind) => known(`blow: ${kind}`, blows.filter((it) => it === kind).length)),
  ];
}

async function campaign(from: number, count: number): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const seeds = Array.from({ length: count }, (_, index) => from + index).values();
  const work = async (): Promise<void> => {
    const clusters = new Clusters();
    try {
      for (const seed of seeds) {
        const outcome = await clusters.play(planOf(seed));
        outcomes.push(outcome);
        if (outcome.violations.length > 0 || count === 1) tell(outcome);
        tellProgress(outcomes, count);
      }
    } finally {
      await clusters.close();
    }
  };
  await Promise.all(Array.from({ length: Math.min(count, SLOTS) }, work));
  return outcomes;
}

function tellProgress(outcomes: readonly Outcome[], count: number): void {
  const last = outcomes.at(-1);
  if (last === undefined) return;
  const bad = outcomes.filter(({ violations }) => violations.length > 0).length;
  const what = `seed ${last.plan.seed}, ${last.plan.delivery}, ${Math.round(last.seconds)} s, ${last.duplicates} served twice`;
  console.log(`${outcomes.length} of ${count}: ${what}; ${bad} bad so far`);
}

const one = number('SEED', 0);
const outcomes = await (one > 0 ? campaign(one, 1) : campaign(number('FROM', 1), number('RUNS', ALL)));
const results = resultsOf(outcomes);
console.table(results);
process.exitCode = outcomes.every(({ violations }) => violations.length === 0) ? 0 : 1;
if (outcomes.length >= ALL) {
  const kinds = results.map(({ measure }) => measure).filter((measure) => measure.startsWith('blow: '));
  writeResults(
    new URL('./results/chaos', import.meta.url),
    `${outcomes.length} runs of chaos`,
    results,
    kinds,
  );
  console.log(readFileSync(new URL('./results/chaos.md', import.meta.url), 'utf8'));
}
