/**
 * Reliability, measured: plans of faults between the operator, the real API server and a simulated SCDF.
 *
 *   make faults                   1,000 plans
 *   make faults SEED=123          one of them, told in full
 *   make faults PLANS=200 FROM=5000
 */
import { inspect } from 'node:util';
import { Stage } from './stage.ts';
import { planOf } from './plan.ts';
import { scenarioNames } from './scenarios.ts';
import { target } from '../cluster/target.ts';

const number = (name: string, otherwise: number): number => Number(process.env[name] ?? otherwise);

async function one(seed: number): Promise<void> {
  const stage = await Stage.open(1);
  try {
    const outcome = await stage.run(planOf(seed));
    console.log(JSON.stringify(outcome.plan));
    console.log(outcome.log.join('\n'));
    console.log(inspect(outcome.violations, { breakLength: 120 }), outcome.counts, outcome.seconds);
    process.exitCode = outcome.violations.length === 0 ? 0 : 1;
  } finally {
    await stage.close();
  }
}

async function many(from: number, count: number): Promise<void> {
  const started = performance.now();
  const stage = await Stage.open(number('SLOTS', 8));
  let bad = 0,
    done = 0,
    fired = 0;
  try {
    await stage.baselines(scenarioNames);
    const seeds = Array.from({ length: count }, (_, index) => from + index);
    await stage.all(seeds, (outcome) => {
      done += 1;
      fired += outcome.fired;
      if (outcome.violations.length > 0) {
        bad += 1;
        console.log(`SEED=${outcome.plan.seed} ${JSON.stringify(outcome.plan)}`);
        for (const violation of outcome.violations) console.log(`   ${violation}`);
      }
      if (done % 50 === 0)
        console.log(
          `${done} of ${count}, ${bad} bad, ${((performance.now() - started) / 1000).toFixed(0)} s`,
        );
    });
  } finally {
    await stage.close();
  }
  console.log({ done, bad, fired, seconds: (performance.now() - started) / 1000 });
  process.exitCode = bad === 0 ? 0 : 1;
}

Object.assign(process.env, target().env);
const seed = process.env['SEED'];
await (seed === undefined || seed === ''
  ? many(number('FROM', 1), number('PLANS', 1000))
  : one(Number(seed)));
