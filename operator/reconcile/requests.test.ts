/** What people ask for by annotations and policies, where two of them meet, and where SCDF refuses meanwhile. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { Life } from './life.fixtures.ts';

const topics = { orders: 'orders', hotDrinks: 'hotDrinks', coldDrinks: 'coldDrinks' };
const paused = { 'barista.dev/paused': 'true' };
const bad = 'barista/worker:404';
const empty = { apps: [], streams: [], workloads: [] };

let life: Life;
beforeEach(async () => {
  life = await Life.open();
});
afterEach(() => life.close());

async function settled(spec: object): Promise<void> {
  await life.apply({ topics, ...spec });
  await life.becomesReady();
  life.simulator.forgetRequests();
  life.events.length = 0;
}

const refuse = (operation: 'deploy' | 'destroy' | 'undeploy', times: number) =>
  life.simulator.faults.add(operation, { kind: 'error', status: 500, body: '' }, times);

test('a pipeline that is deleted while it is paused goes with its streams', async () => {
  await settled({});
  await life.annotate(paused);
  await life.pass(1000);
  life.remove();
  await life.pass(10_000);
  assert.equal(await life.object(), undefined);
  assert.deepEqual(life.simulator.snapshot(), empty);
});

test('a paused pipeline with Orphan goes without a call, and leaves its streams', async () => {
  await settled({ deletionPolicy: 'Orphan' });
  await life.annotate(paused);
  life.remove();
  await life.turn();
  assert.equal(await life.object(), undefined);
  assert.deepEqual([life.simulator.received.length, life.running('downtown-bar').length], [0, 1]);
});

test('a stopped pipeline that is asked to look again does, and writes nothing', async () => {
  await settled({ state: 'Stopped' });
  await life.annotate({ 'barista.dev/reconcile-requested-at': '1' });
  await life.pass(1000);
  assert.equal((await life.status()).lastHandledReconcileAt, '1');
  assert.deepEqual([life.simulator.writes(), await life.ready()], [[], 'True Stopped']);
});

test('a paused pipeline that is asked to look again does so when it is not paused any more', async () => {
  await settled({});
  await life.annotate({ ...paused, 'barista.dev/reconcile-requested-at': '1' });
  await life.pass(1000);
  assert.equal((await life.status()).lastHandledReconcileAt, undefined);
  await life.annotate({ 'barista.dev/paused': null });
  await life.pass(1000);
  assert.equal((await life.status()).lastHandledReconcileAt, '1');
});

test('a request to try again is not used up by a try that failed', async () => {
  life.simulator.settings.images.set(`docker:${bad}`, { kind: 'neverPulls' });
  await settled({});
  await life.apply({ topics, barista: { image: bad } });
  await life.pass(1000);
  life.clock.freeze(300_000);
  await life.pass(20_000);
  assert.equal(await life.ready(), 'False UpgradeFailed');
  life.simulator.settings.images.delete(`docker:${bad}`);
  await life.annotate({ 'barista.dev/reconcile-requested-at': '1' });
  refuse('undeploy', 1);
  await life.turn();
  assert.equal((await life.status()).lastHandledReconcileAt, undefined);
  await life.becomesReady();
  assert.deepEqual(life.running('downtown-bar'), ['worker:404 x 1']);
});

test('a deletion that SCDF keeps refusing says so once, and not each time that it is tried again', async () => {
  await settled({});
  life.remove();
  refuse('destroy', 1000);
  await life.turn();
  assert.equal(await life.ready(), 'False DataflowError');
  const { resourceVersion } = (await life.object())!.metadata;
  for (let time = 0; time < 5; time++) await life.turn();
  assert.equal((await life.object())?.metadata.resourceVersion, resourceVersion);
  assert.equal(life.events.filter(({ type }) => type === 'Warning').length, 1);
});

test('when a sink cannot be deployed, neither worker nor customer starts', async () => {
  refuse('deploy', 2);
  await life.apply({ topics });
  await life.turn();
  assert.deepEqual([life.running('downtown-bar'), life.running('downtown-orders')], [[], []]);
  assert.equal(await life.ready(), 'False DataflowError');
  await life.becomesReady();
});
