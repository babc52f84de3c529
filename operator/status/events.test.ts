import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aPipeline } from '../api/pipeline.fixtures.ts';
import { observedAs, release } from '../plan/plan.fixtures.ts';
import { planRemoval } from '../plan/plan.ts';
import { alone, run, type Case } from '../plan/specify.fixtures.ts';
import { writeEvent } from './events.ts';

const nothing = { exists: false } as const;
const none = { orders: nothing, hotDrink: nothing, coldDrink: nothing, bar: nothing } as const;
const topics = { orders: 'orders', hotDrinks: 'hotDrinks', coldDrinks: 'coldDrinks' };

/** What a turn did, and the one event that tells of it. */
const cases: readonly (Omit<Case, 'steps'> & { event: string })[] = [
  {
    name: 'a pipeline that is new',
    observed: none,
    apps: [],
    event:
      'Deployed: Created and deployed streams downtown-hot-drink (sink/log 5.1.1), downtown-cold-drink (sink/log 5.1.1), ' +
      'downtown-bar (app/barista-app 1.0.0), downtown-orders (source/time 5.1.1); ' +
      'registered sink/log 5.1.1, app/barista-app 1.0.0, source/time 5.1.1',
  },
  {
    name: 'one that is new and stopped',
    pipeline: { spec: { topics, state: 'Stopped' } },
    observed: { bar: nothing },
    event: 'Created: Created stream downtown-bar',
  },
  {
    name: 'another revision',
    observed: { bar: { revision: 'old' } },
    event: 'Updated: Updated stream downtown-bar (app/barista-app 1.0.0)',
  },
  {
    name: 'another count',
    pipeline: { spec: { topics, barista: { replicas: 3 } } },
    observed: { bar: { replicas: 1 } },
    event: 'Scaled: Scaled stream downtown-bar (3 instances)',
  },
  {
    name: 'a stop',
    pipeline: { spec: { topics, state: 'Stopped' } },
    observed: Object.fromEntries(
      Object.keys(none).map((role) => [role, { state: 'deployed', keepWorkload: true }]),
    ),
    event:
      'Undeployed: Undeployed streams downtown-orders, downtown-bar, downtown-hot-drink, downtown-cold-drink: as the spec says',
  },
  {
    name: 'what ran has gone',
    observed: {
      bar: { state: 'undeployed', history: [release('DEPLOYED', { version: 3, lastDeployed: 0 })] },
    },
    event:
      'Deployed: Undeployed and deployed stream downtown-bar (app/barista-app 1.0.0): ' +
      'nothing of it runs although release 3 should: deploying it again',
  },
  {
    name: 'another definition',
    observed: { hotDrink: { originalDsl: ':tea > hot-drink-log: log' } },
    event:
      'Deployed: Deleted, created and deployed stream downtown-hot-drink (sink/log 5.1.1): ' +
      'the definition becomes ":hotDrinks > hot-drink-log: log" (it was ":tea > hot-drink-log: log")',
  },
];

describe('the event of what was written', () => {
  for (const { event, ...it } of cases) {
    test(it.name, () => {
      const made = writeEvent(run({ ...it, steps: [] }).steps);
      assert.equal(`${made?.reason}: ${made?.note}`, event);
    });
  }

  test('a deletion', () => {
    const pipeline = aPipeline();
    const observed = { ...observedAs(pipeline), foreignApps: new Set<string>() };
    const owner = observed.streams.get('downtown-bar')?.definition?.description ?? '';
    const apps = [
      {
        type: 'app',
        name: 'barista-app',
        version: '1.0.0',
        uri: 'docker:barista/worker:1.0.0',
        registeredByPipeline: true,
      },
    ];
    const { steps } = planRemoval({ ...alone, pipeline: { status: { apps } }, owner, observed });
    const made = writeEvent(steps);
    assert.equal(made?.reason, 'Deleted');
    assert.match(
      made.note,
      /^Deleted streams (downtown-[a-z-]+, ){3}downtown-[a-z-]+: the pipeline is being deleted; unregistered app\/barista-app 1\.0\.0$/,
    );
  });

  test('nothing done, nothing told', () => assert.equal(writeEvent([]), undefined));
});
