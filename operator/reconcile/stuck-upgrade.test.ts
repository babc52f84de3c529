/**
 * An upgrade to an image that cannot start: SCDF runs both versions and refuses everything else until Skipper gives up after five
 * minutes. Whatever happens meanwhile, it is waited for without noise, and the end is what the spec says.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { PIPELINES } from '../api/types.ts';
import { key, Life } from './life.fixtures.ts';

const topics = { orders: 'orders', hotDrinks: 'hotDrinks', coldDrinks: 'coldDrinks' };
const spec = { topics };
const bad = 'barista/worker:404';
const stuckSpec = { topics, barista: { image: bad } };
const minutes = 60_000;
const bar = 'downtown-bar';

let life: Life;
beforeEach(async () => {
  life = await Life.open({ endAfterMs: 10_000 });
  life.simulator.settings.images.set(`docker:${bad}`, { kind: 'neverPulls' });
  await life.apply(spec);
  await life.becomesReady();
  life.loud.length = 0;
  life.events.length = 0;
  life.simulator.forgetRequests();
  await life.apply(stuckSpec);
  await life.pass(20_000);
});
afterEach(() => life.close());

const both = ['worker:1 x 1', 'worker:404 x 1'];
const refused = () => life.simulator.writes().filter(({ status }) => status !== undefined && status >= 400);
const warnings = () => life.events.filter(({ type }) => type === 'Warning').map(({ reason }) => reason);
const writesTo = (stream: string) =>
  life.simulator
    .writes()
    .filter(({ path }) => path.endsWith(`/${stream}`))
    .map(({ operation }) => operation);

describe('an upgrade that is stuck', () => {
  test('says what is stuck, since when, why, and what to do', async () => {
    const ready = await life.condition('Ready');
    assert.equal(`${ready?.status} ${ready?.reason}`, 'False ImagePullBackOff');
    assert.match(
      ready?.message ?? '',
      /downtown-bar: ImagePullBackOff: image barista\/worker:404: not found/,
    );
    assert.match(
      ready?.message ?? '',
      /SCDF is upgrading stream downtown-bar \(to release 2\) since 2026-01-01T00:0\d:\d\dZ/,
    );
    assert.match(ready?.message ?? '', /correct the spec: it is applied then/);
    assert.deepEqual(life.running(bar), both);
  });

  test('is waited for without a write, a line or an event, and less and less often', async () => {
    const { resourceVersion } = (await life.object())!.metadata;
    const [events, writes] = [life.events.length, life.simulator.writes().length];
    life.waits.length = 0;
    await life.pass(3 * minutes);
    assert.equal((await life.object())?.metadata.resourceVersion, resourceVersion, 'status');
    assert.deepEqual([life.events.length, life.simulator.writes().length], [events, writes]);
    assert.deepEqual(life.loud, []);
    assert.deepEqual(
      [...life.waits].sort((a, b) => a - b),
      life.waits,
    );
    assert.ok(life.waits.length < 60, `${life.waits.length} looks`);
  });

  test('becomes Stalled after the deadline of the pipeline, and is still looked at', async () => {
    await life.apply({ ...stuckSpec, progressDeadlineSeconds: 30 });
    await life.pass(20_000);
    assert.equal((await life.condition('Stalled'))?.reason, 'ImagePullBackOff');
    assert.equal((await life.turn()).kind, 'recheck');
  });

  test('comes right by itself when the image appears', async () => {
    life.simulator.settings.images.delete(`docker:${bad}`);
    await life.becomesReady();
    await life.pass(minutes);
    assert.deepEqual(life.running(bar), ['worker:404 x 1']);
    assert.equal(await life.ready(), 'True StreamsReady');
  });

  test('when Skipper gives up, the version before goes on, and nothing is done until somebody acts', async () => {
    await life.pass(6 * minutes);
    assert.equal(await life.ready(), 'False UpgradeFailed');
    assert.match(
      (await life.condition('Stalled'))?.message ?? '',
      /not detect apps .* version before goes on/i,
    );
    assert.deepEqual(life.running(bar), ['worker:1 x 1']);
    assert.deepEqual(writesTo(bar), ['update']);
    assert.deepEqual(warnings(), ['ImagePullBackOff', 'UpgradeFailed']);
    await life.pass(60 * minutes);
    assert.deepEqual(writesTo(bar), ['update']);
    assert.deepEqual(life.running(bar), ['worker:1 x 1']);
  });

  test('that has failed is tried again when somebody asks for it, once', async () => {
    await life.pass(6 * minutes);
    life.simulator.settings.images.delete(`docker:${bad}`);
    await life.annotate({ 'barista.dev/reconcile-requested-at': '1' });
    await life.becomesReady();
    assert.deepEqual(life.running(bar), ['worker:404 x 1']);
    assert.deepEqual(writesTo(bar), ['update', 'undeploy', 'deploy']);
  });

  test('a request to try again is not used up while SCDF cannot take it', async () => {
    while ((await life.ready()) !== 'False UpgradeFailed') await life.pass(5000);
    life.simulator.settings.images.delete(`docker:${bad}`);
    await life.annotate({ 'barista.dev/reconcile-requested-at': '1' });
    life.simulator.skipperDown();
    await life.pass(1000);
    life.simulator.skipperUp();
    await life.becomesReady();
    assert.deepEqual(life.running(bar), ['worker:404 x 1']);
  });

  test('is not taken for done when the new version becomes healthy while it is being taken away', async () => {
    while ((await life.ready()) !== 'False UpgradeFailed') await life.pass(5000);
    life.simulator.settings.images.delete(`docker:${bad}`);
    assert.equal(life.simulator.snapshot().streams.find(({ name }) => name === bar)?.state, 'deployed');
    await life.turn();
    assert.equal(await life.ready(), 'False UpgradeFailed');
  });
});

interface Meanwhile {
  readonly name: string;
  readonly act: () => unknown;
  /** Of the bar, in the end. */
  readonly running: readonly string[];
  readonly ready: string;
  /** What the condition says while it is stuck. */
  readonly says?: RegExp;
  /** What is told a second time, because something else was the matter between. */
  readonly again?: string;
}

const cases: readonly Meanwhile[] = [
  {
    name: 'the spec goes back to the old image',
    act: () => life.kube.patch(PIPELINES, key, { spec: { barista: null } }),
    running: ['worker:1 x 1'],
    ready: 'True StreamsReady',
    says: /the present spec is applied then/,
  },
  {
    name: 'the spec gets a third image',
    act: () => life.apply({ topics, barista: { image: 'barista/worker:3' } }),
    running: ['worker:3 x 1'],
    ready: 'True StreamsReady',
    says: /the present spec is applied then/,
  },
  {
    name: 'the spec gets a third image and goes on by Recreate',
    act: () => life.apply({ topics, barista: { image: 'barista/worker:3', upgrade: 'Recreate' } }),
    running: ['worker:3 x 1'],
    ready: 'True StreamsReady',
  },
  {
    name: 'a property goes with the correction',
    act: () =>
      life.apply({ topics, barista: { image: 'barista/worker:3', properties: { flavour: 'mocha' } } }),
    running: ['worker:3 x 1'],
    ready: 'True StreamsReady',
  },
  {
    name: 'the pipeline is stopped',
    act: () => life.apply({ ...stuckSpec, state: 'Stopped' }),
    running: [],
    ready: 'True Stopped',
  },
  {
    name: 'the worker is scaled to nothing',
    act: () => life.apply({ topics, barista: { image: bad, replicas: 0 } }),
    running: [],
    ready: 'True StreamsReady',
  },
  {
    name: 'the worker is scaled, and the image is what it was',
    act: () => life.apply({ topics, barista: { image: 'barista/worker:1', replicas: 3 } }),
    running: ['worker:1 x 3'],
    ready: 'True StreamsReady',
  },
  {
    name: 'the worker is scaled alone: the version before keeps its number until the image is right',
    act: () => life.apply({ topics, barista: { image: bad, replicas: 3 } }),
    running: ['worker:1 x 1'],
    ready: 'False UpgradeFailed',
  },
  {
    name: 'the topics change with the image',
    act: () =>
      life.apply({
        topics: { ...topics, orders: 'orders2', hotDrinks: 'tea' },
        barista: { image: 'barista/worker:3' },
      }),
    running: ['worker:3 x 1'],
    ready: 'True StreamsReady',
  },
  {
    name: 'the bar gets another name',
    act: () =>
      life.apply({ topics, streamNames: { bar: 'counter' }, barista: { image: 'barista/worker:3' } }),
    running: [],
    ready: 'True StreamsReady',
    says: /SCDF is upgrading stream downtown-bar .*it is deleted then/,
  },
  {
    name: 'the pipeline is paused, corrected, and goes on after Skipper has given up',
    act: async () => {
      await life.annotate({ 'barista.dev/paused': 'true' });
      await life.apply({ topics, barista: { image: 'barista/worker:3' } });
      await life.pass(7 * minutes);
      assert.deepEqual(life.running(bar), ['worker:1 x 1'], 'nothing is done to a pipeline that is paused');
      await life.annotate({ 'barista.dev/paused': null });
    },
    running: ['worker:3 x 1'],
    ready: 'True StreamsReady',
  },
  {
    name: 'SCDF is away for a while',
    act: async () => {
      await life.apply({ topics, barista: { image: 'barista/worker:3' } });
      await life.simulator.down();
      await life.turn();
      assert.equal(await life.ready(), 'Unknown DataflowUnavailable');
      await life.simulator.up();
    },
    running: ['worker:3 x 1'],
    ready: 'True StreamsReady',
    again: 'ImagePullBackOff',
  },
  {
    name: 'somebody deletes the Deployments by hand',
    act: async () => {
      await life.apply({ topics, barista: { image: 'barista/worker:3' } });
      life.simulator.deleteDeployments(bar);
    },
    running: ['worker:3 x 1'],
    ready: 'True StreamsReady',
  },
  {
    name: 'somebody undeploys by hand as soon as SCDF lets go',
    act: async () => {
      assert.throws(() => life.simulator.undeployBehind(bar), /not in state ready/);
      await life.apply({ topics, barista: { image: 'barista/worker:3' } });
      life.clock.freeze(5 * minutes);
      life.simulator.undeployBehind(bar);
    },
    running: ['worker:3 x 1'],
    ready: 'True StreamsReady',
  },
];

describe('an upgrade that is stuck, when meanwhile', () => {
  for (const it of cases) {
    test(it.name, async () => {
      await it.act();
      await life.pass(10_000);
      if (it.says !== undefined) {
        assert.match((await life.condition('Ready'))?.message ?? '', it.says);
        assert.deepEqual(life.running(bar), both);
      }
      life.clock.freeze(4 * minutes);
      await life.pass(3 * minutes);
      assert.equal(await life.ready(), it.ready, JSON.stringify(await life.condition('Ready')));
      assert.deepEqual(life.running(bar), it.running);
      assert.deepEqual(refused(), [], 'no write that SCDF refuses');
      assert.deepEqual(life.loud, []);
      const told = warnings().filter((reason) => reason !== it.again);
      assert.equal(new Set(told).size, told.length, `each event once: ${told.join()}`);
      const writes = life.simulator.writes().length;
      await life.pass(10 * minutes);
      assert.equal(life.simulator.writes().length, writes, 'then it is quiet');
    });
  }

  test('the topics change, the streams about the worker keep the old ones until it can move', async () => {
    await life.apply({ ...stuckSpec, topics: { ...topics, orders: 'orders2', hotDrinks: 'tea' } });
    await life.pass(minutes);
    const definitions = () =>
      life.simulator
        .snapshot()
        .streams.map(({ originalDsl }) => originalDsl)
        .sort();
    assert.deepEqual(definitions(), [
      ':coldDrinks > cold-drink-log: log',
      ':hotDrinks > hot-drink-log: log',
      'barista-app',
      'customer: time > :orders',
    ]);
  });

  test('the pipeline is stopped, the sinks run for as long as the worker does', async () => {
    await life.apply({ ...stuckSpec, state: 'Stopped' });
    await life.pass(minutes);
    assert.deepEqual(life.running('downtown-orders'), []);
    assert.equal(life.running('downtown-hot-drink').length, 1);
  });

  test('the pipeline is deleted: it says what it waits for, and goes with all that it made', async () => {
    life.remove();
    await life.pass(10_000);
    assert.equal(await life.ready(), 'False UpgradeInProgress');
    assert.match((await life.condition('Ready'))?.message ?? '', /downtown-bar .*it is deleted then/);
    const { resourceVersion } = (await life.object())!.metadata;
    await life.pass(2 * minutes);
    assert.equal((await life.object())?.metadata.resourceVersion, resourceVersion, 'it says so once');
    await life.pass(5 * minutes);
    assert.equal(await life.object(), undefined);
    assert.deepEqual(life.simulator.snapshot(), { apps: [], streams: [], workloads: [] });
    assert.deepEqual([refused(), life.loud], [[], []]);
    const told = life.events.filter(({ reason }) => reason === 'Deleted').map(({ note }) => note);
    for (const stream of ['orders', 'bar', 'hot-drink', 'cold-drink'])
      assert.match(told.join('; '), new RegExp(`downtown-${stream}\\b`));
  });
});
