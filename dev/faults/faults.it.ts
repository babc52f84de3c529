/** A part of `make faults` that is always run: the first seeds, and a few with operators in processes of their own. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { OwnProcess } from './child-process.ts';
import { planOf, type FaultPlan } from './plan.ts';
import type { Outcome } from './run.ts';
import { Stage } from './stage.ts';

const SEEDS = Array.from({ length: 60 }, (_, index) => index + 1);
const SLOTS = 20;

function judge({ plan, violations, log }: Outcome): void {
  const told = `SEED=${plan.seed} ${JSON.stringify(plan)}\n${violations.join('\n')}\n${log.join('\n')}`;
  assert.deepEqual(violations, [], told);
}

describe('faults between the operator, the API server and SCDF', () => {
  let stage: Stage;
  before(async () => {
    stage = await Stage.open(SLOTS);
  });
  after(() => stage.close());

  it('leave no trace: all ends as if nothing had gone wrong', async () => {
    const bad: Outcome[] = [];
    await stage.all(SEEDS, (outcome) => {
      if (outcome.violations.length > 0) bad.push(outcome);
    });
    for (const outcome of bad) judge(outcome);
  });
});

describe('an operator in a process of its own', () => {
  let stage: Stage;
  before(async () => {
    stage = await Stage.open(1, (options) => new OwnProcess(options));
  });
  after(() => stage.close());

  const plan = (faults: FaultPlan['faults']): FaultPlan => ({
    ...planOf(1),
    scenario: 'image',
    hasty: false,
    operators: 2,
    faults,
  });
  const at = { step: 1, side: 'dataflow', on: 'write', nth: 1 } as const;

  it('writes nothing when it was stopped for so long that another one leads', async () => {
    judge(await stage.run(plan([{ ...at, what: { kind: 'stopped', ms: 60_000 } }])));
  });

  it('is killed in the middle of an update, and another one goes on', async () => {
    judge(await stage.run(plan([{ ...at, what: { kind: 'crashAfter' } }])));
  });
});
