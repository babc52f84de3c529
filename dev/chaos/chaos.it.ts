/** A part of `make chaos` that is always run: both deliveries, each kind of blow, one and three brokers. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { Clusters } from './clusters.ts';
import { planOf } from './plan.ts';

const SEEDS = [2, 9, 17, 16];

describe('workers and brokers that are killed, stopped and restarted', () => {
  const clusters = new Clusters();
  after(() => clusters.close());

  for (const seed of SEEDS) {
    const { delivery, brokers, blows } = planOf(seed);
    const what = blows.map(({ action }) => action.kind).join(', ');
    it(`lose nothing, ${delivery}, ${brokers} brokers: ${what}`, async () => {
      const { plan, violations, log } = await clusters.play(planOf(seed));
      assert.deepEqual(violations, [], `SEED=${seed} ${JSON.stringify(plan)}\n${log.join('\n')}`);
    });
  }
});
