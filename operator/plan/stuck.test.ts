/** The specification of `plan`, continued: upgrades that are stuck, and upgrades by `Recreate`. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aPipeline, topics } from '../api/pipeline.fixtures.ts';
import { unknownWorkload } from '../observed/workload.ts';
import { NOW, observedAs, release, subject, wanted, type StreamFixture } from './plan.fixtures.ts';
import { plan, planRemoval } from './plan.ts';
import { alone, run, specify, type Case } from './specify.fixtures.ts';

const old = release('DEPLOYED');
const gone = release('DELETED');
const underway = release('UNKNOWN', { version: 2, lastDeployed: NOW - 60_000 });
const failed = release('FAILED', { version: 2 });

/** To the present spec; or, with `revision`, to another one, which the spec is not any more. */
const stuck: StreamFixture = { state: 'deploying', history: [underway, old], versions: [1, 2] };
const corrected: StreamFixture = { ...stuck, revision: 'bad' };
/** Skipper has given up, and the pods of that version are gone: the version before runs. */
const over: StreamFixture = { state: 'undeployed', keepWorkload: true, history: [failed, old] };
/** And a moment before. */
const ending: StreamFixture = { ...over, state: 'deploying' };
const onOldTopic = { 'spring.cloud.stream.bindings.orders.destination': 'old' };
const stopped = { spec: { topics, state: 'Stopped' } };
const adopt = { annotations: { 'barista.dev/adopt': 'true' } };
const wait = { verdict: 'wait UpgradeInProgress', steps: [] };

specify('plan, while an upgrade is stuck', [
  { name: 'waits', observed: { bar: stuck }, ...wait },
  { name: 'waits when the spec has been corrected', observed: { bar: corrected }, ...wait },
  {
    name: 'waits when the worker is to be scaled',
    pipeline: { spec: { topics, barista: { replicas: 3 } } },
    observed: { bar: { ...stuck, replicas: 1 } },
    ...wait,
  },
  {
    name: 'waits for as long as Skipper takes, however little the pipeline gives it',
    pipeline: { spec: { topics, progressDeadlineSeconds: 10 } },
    observed: { bar: { ...corrected, history: [{ ...underway, lastDeployed: NOW - 310_000 }, old] } },
    ...wait,
  },
  {
    name: 'of a stream that is to be adopted, waits too',
    pipeline: adopt,
    observed: { bar: { ...stuck, description: 'mine' } },
    ...wait,
  },
  {
    name: 'stops the customer, and the sinks only after the worker',
    pipeline: stopped,
    observed: {
      orders: { state: 'deployed' },
      hotDrink: { state: 'deployed' },
      coldDrink: { state: 'deployed' },
      bar: stuck,
    },
    verdict: 'wait UpgradeInProgress',
    steps: ['undeploy orders'],
  },
  {
    name: 'stops no worker while the customer cannot stop',
    pipeline: stopped,
    observed: { orders: stuck, bar: { state: 'deployed' } },
    role: 'orders',
    ...wait,
  },
  {
    name: 'of the worker, the streams about it keep their topics',
    observed: {
      orders: { originalDsl: 'customer: time > :old' },
      hotDrink: { originalDsl: ':old > hot-drink-log: log' },
      bar: { ...corrected, properties: onOldTopic },
    },
    role: 'hotDrink',
    ...wait,
  },
  {
    name: 'of a sink, the worker is looked after all the same',
    observed: { hotDrink: stuck, bar: { revision: 'another' } },
    verdict: 'update Updating',
    steps: ['update bar'],
  },
]);

specify('plan, after an upgrade has failed', [
  {
    name: 'leaves the version before alone, though SCDF calls the stream undeployed',
    observed: { bar: over },
    verdict: 'stalled UpgradeFailed',
    steps: [],
  },
  {
    name: 'deploys a corrected spec when the pods of the failed version are gone: until then SCDF takes it for deployed',
    observed: { bar: { ...ending, revision: 'bad' } },
    verdict: 'wait UpgradeFailed',
    steps: [],
  },
  {
    name: 'and then does',
    observed: { bar: { ...over, revision: 'bad' } },
    verdict: 'redeploy UpgradeFailed',
    steps: ['undeploy bar', 'deploy bar'],
  },
  {
    name: 'makes the stream anew when the failed version had a property that must go',
    observed: { bar: { ...over, revision: 'bad', properties: { flavour: 'mocha' } } },
    verdict: 'replace PropertyRemoved',
    steps: ['delete bar', 'create bar', 'deploy bar'],
  },
  {
    name: 'stops the version before, though SCDF calls the stream undeployed',
    pipeline: stopped,
    observed: { bar: over },
    verdict: 'undeploy Stopping',
    steps: ['undeploy bar'],
  },
  {
    name: 'and then it is stopped',
    pipeline: stopped,
    observed: { bar: { state: 'undeployed', history: [failed, gone] } },
    verdict: 'none Stopped',
    steps: [],
  },
  {
    name: 'deploys when the version before has been undeployed',
    observed: { bar: { state: 'undeployed', history: [failed, gone] } },
    verdict: 'deploy Deploying',
    steps: ['deploy bar'],
  },
  {
    name: 'deploys when somebody deleted the Deployment of the version before',
    observed: { bar: { state: 'undeployed', history: [failed, old] } },
    verdict: 'redeploy WorkloadMissing',
    steps: ['undeploy bar', 'deploy bar'],
  },
  {
    name: 'believes that the version before runs where nobody watches',
    observed: { bar: { ...over, workload: unknownWorkload } },
    verdict: 'stalled UpgradeFailed',
    steps: [],
  },
  {
    name: 'moves to another orders topic at once when the customer has moved already',
    observed: { bar: { ...over, revision: 'bad', properties: onOldTopic } },
    verdict: 'redeploy UpgradeFailed',
    steps: ['undeploy bar', 'deploy bar'],
  },
]);

const recreate = (more: object = {}) => ({ spec: { topics, barista: { upgrade: 'Recreate', ...more } } });
const nothing: StreamFixture = { exists: false };

specify('plan, with upgrades by Recreate', [
  { name: 'does nothing when only the way of upgrading changes', pipeline: recreate(), steps: [] },
  {
    name: 'takes the present version away first',
    pipeline: recreate(),
    observed: { bar: { revision: 'another' } },
    verdict: 'redeploy Recreating',
    steps: ['undeploy bar'],
  },
  {
    name: 'waits until the last pod is gone',
    pipeline: recreate(),
    observed: {
      bar: {
        state: 'undeployed',
        revision: 'another',
        history: [gone],
        keepWorkload: true,
        versions: [],
        pods: [{ deleting: true }],
      },
    },
    verdict: 'wait Recreating',
    steps: [],
  },
  {
    name: 'then deploys',
    pipeline: recreate(),
    observed: { bar: { state: 'undeployed', revision: 'another', history: [gone] } },
    verdict: 'deploy Deploying',
    steps: ['deploy bar'],
  },
  {
    name: 'scales without taking anything away',
    pipeline: recreate({ replicas: 3 }),
    observed: { bar: { replicas: 1 } },
    verdict: 'scale Scaling',
    steps: ['scale bar'],
  },
  {
    name: 'upgrades sinks and customer as always',
    pipeline: recreate(),
    observed: { hotDrink: { revision: 'another' } },
    steps: ['update hot-drink'],
  },
  {
    name: 'gets an upgrade that crashes away at once: SCDF is not in the middle of anything',
    pipeline: recreate(),
    observed: {
      bar: { state: 'deploying', revision: 'another', history: [release('DEPLOYED', { version: 2 })] },
    },
    verdict: 'redeploy Recreating',
    steps: ['undeploy bar'],
  },
  {
    name: 'makes a stream anew without its successor running beside it',
    pipeline: recreate(),
    observed: { bar: { revision: 'another', properties: { flavour: 'mocha' } } },
    verdict: 'replace PropertyRemoved',
    steps: ['delete bar', 'create bar'],
  },
  {
    name: 'starts no customer before the worker',
    pipeline: recreate(),
    observed: {
      orders: nothing,
      bar: { revision: 'another', properties: onOldTopic },
    },
    verdict: 'redeploy OrdersTopicChanged',
    steps: ['undeploy bar', 'create orders'],
  },
  {
    name: 'where nobody watches, ends the pods of the present version first: SCDF shows them while it is deployed',
    pipeline: recreate(),
    observed: { bar: { revision: 'another', workload: unknownWorkload, instances: 1 } },
    verdict: 'redeploy Recreating',
    steps: ['scale bar'],
  },
  {
    name: 'where nobody watches, deploys when SCDF shows no more pods',
    pipeline: recreate(),
    observed: {
      bar: {
        state: 'undeployed',
        revision: 'another',
        workload: unknownWorkload,
        instances: 0,
        history: [old],
      },
    },
    verdict: 'redeploy WorkloadMissing',
    steps: ['undeploy bar', 'deploy bar'],
  },
]);

describe('what a stuck upgrade says', () => {
  const message = (it: Partial<Case>) =>
    run({ name: '', steps: [], ...it }).verdicts.find(({ role }) => role === 'bar')?.message ?? '';
  test('what, since when, until when, and what to do', () => {
    assert.equal(
      message({ observed: { bar: stuck } }),
      'SCDF is upgrading stream downtown-bar (to release 2) since 2026-11-23T20:59:00Z and takes no other change until ' +
        'the new version is healthy or Skipper gives up (after 5 min, unless it is set up otherwise); ' +
        'if it cannot become healthy, correct the spec: it is applied then',
    );
  });
  test('that a spec which has been corrected comes next', () =>
    assert.match(message({ observed: { bar: corrected } }), /the present spec is applied then$/));
});

describe('a name that two want', () => {
  test('is not said to be adoptable when an older pipeline wants it', () => {
    const found = run({
      name: '',
      pipeline: adopt,
      observed: { bar: { description: 'mine' } },
      olderClaims: { 'downtown-bar': 'cafe/uptown' },
      steps: [],
    }).verdicts.find(({ role }) => role === 'bar');
    assert.equal(found?.kind, 'conflict');
    assert.match(found.message, /the older pipeline cafe\/uptown wants the name too: it cannot be adopted/);
  });
});

describe('a stream that has to go while SCDF upgrades it', () => {
  const former = { name: 'old-bar', role: 'bar', state: 'deploying' };

  test('under a former name: its heir and all after it wait', () => {
    const pipeline = aPipeline({
      spec: { topics, streamNames: { bar: 'counter' } },
      status: { streams: [former] },
    });
    const observed = observedAs(pipeline, { bar: { exists: false } });
    const bar = observedAs(pipeline, { bar: stuck }).streams.get('counter')!;
    const streams = new Map(observed.streams).set('old-bar', { ...bar, name: 'old-bar' });
    const made = plan({ pipeline, desired: wanted(pipeline), observed: { ...observed, streams }, ...alone });
    assert.deepEqual(made.steps.map(subject), []);
    assert.ok(made.verdicts.some(({ kind, stream }) => kind === 'wait' && stream === 'old-bar'));
  });

  test('of a pipeline that is deleted: the customer goes, the rest waits', () => {
    const names = { orders: 'orders', bar: 'bar', hotDrink: 'hot-drink', coldDrink: 'cold-drink' };
    const streams = Object.entries(names).map(([role, name]) => ({
      name: `downtown-${name}`,
      role,
      state: '',
    }));
    const pipeline = aPipeline({ status: { streams } });
    const observed = observedAs(pipeline, { bar: stuck });
    const owner = wanted(pipeline).description;
    const made = planRemoval({ pipeline, owner, observed, usedByPipelines: () => false });
    assert.deepEqual(made.steps.map(subject), ['delete orders']);
    const verdict = made.verdicts.find(({ role }) => role === 'bar');
    assert.equal(verdict?.kind, 'wait');
    assert.match(verdict.message, /SCDF is upgrading stream downtown-bar .*; it is deleted then$/);
  });
});
