/** The life of a pipeline on the simulator, undisturbed; crash-points.test.ts disturbs it. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { PIPELINES } from '../api/types.ts';
import { Bench } from './bench.fixtures.ts';

const topics = { orders: 'orders', hotDrinks: 'hotDrinks', coldDrinks: 'coldDrinks' };
const spec = { topics };
const name = 'downtown';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

const streamNames = () =>
  bench.simulator
    .snapshot()
    .streams.map((stream) => stream.name.replace(`${name}-`, ''))
    .sort();
const writes = () => bench.simulator.writes().length;
const remove = () => bench.kube.delete(PIPELINES, { namespace: 'cafe', name });

describe('a pipeline', () => {
  test('is created, becomes ready, and then nothing is written any more', async () => {
    await bench.apply(name, spec);
    assert.equal((await bench.settle(name)).kind, 'settled');
    assert.equal(await bench.ready(name), 'True StreamsReady');
    assert.deepEqual(streamNames(), ['bar', 'cold-drink', 'hot-drink', 'orders']);
    const [before, version] = [writes(), (await bench.object(name))?.metadata.resourceVersion];
    await bench.settle(name);
    assert.equal(writes(), before, 'SCDF');
    assert.equal((await bench.object(name))?.metadata.resourceVersion, version, 'Kubernetes');
  });

  test('costs eight writes and its registrations', async () => {
    await bench.apply(name, spec);
    await bench.settle(name);
    assert.equal(writes(), 8 + 3);
  });

  for (const [what, change, ready] of [
    ['topics', { topics: { ...topics, orders: 'orders2', coldDrinks: 'iced' } }, 'True StreamsReady'],
    ['image', { barista: { image: 'barista/worker:2' } }, 'True StreamsReady'],
    ['repository', { barista: { image: 'elsewhere/worker:1' } }, 'True StreamsReady'],
    [
      'a digest',
      { barista: { image: `barista/worker@sha256:${'0123abcd'.repeat(8)}` } },
      'True StreamsReady',
    ],
    [
      'docker:// for docker:',
      { hotDrinkLog: { app: { uri: 'docker://springcloudstream/log-sink-kafka:5.1.2' } } },
      'True StreamsReady',
    ],
    ['count', { barista: { replicas: 3 } }, 'True StreamsReady'],
    ['a property', { barista: { properties: { flavour: 'mocha' } } }, 'True StreamsReady'],
    ['a stream name', { streamNames: { bar: 'counter' } }, 'True StreamsReady'],
    ['no customer', { customer: { enabled: false } }, 'True StreamsReady'],
    ['a stop', { state: 'Stopped' }, 'True Stopped'],
  ] as const) {
    test(`takes up a change (${what}), and back again it is as before`, async () => {
      await bench.apply(name, spec);
      await bench.settle(name);
      const before = await bench.picture(name);
      await bench.apply(name, { ...spec, ...change });
      await bench.settle(name);
      assert.equal(await bench.ready(name), ready);
      const gone = Object.fromEntries(
        Object.keys(change).map((key) => [key, key === 'topics' ? topics : null]),
      );
      await bench.kube.patch(PIPELINES, { namespace: 'cafe', name }, { spec: gone });
      if (what === 'topics')
        await bench.kube.patch(PIPELINES, { namespace: 'cafe', name }, { spec: { topics } });
      await bench.settle(name);
      const after = (await bench.picture(name)) as Record<
        'apps' | 'streams' | 'workloads' | 'ready',
        unknown
      >;
      const { apps, streams, workloads, ready: readyBefore } = before as typeof after;
      assert.deepEqual(sorted(after.apps), sorted(apps), 'nothing of the change stays registered');
      assert.deepEqual(sorted(after.streams), sorted(streams));
      assert.deepEqual(sorted(after.workloads), sorted(workloads));
      assert.equal(after.ready, readyBefore);
    });
  }

  for (const [what, harm] of [
    ['its Deployment deleted', () => bench.simulator.deleteDeployments('downtown-bar')],
    ['a stream undeployed', () => bench.simulator.undeployBehind('downtown-bar')],
    ['a stream deleted', () => bench.simulator.deleteBehind('downtown-orders')],
  ] as const) {
    test(`heals: ${what}`, async () => {
      await bench.apply(name, spec);
      await bench.settle(name);
      const before = await bench.picture(name);
      bench.later(60_000);
      harm();
      await bench.settle(name);
      const after = await bench.picture(name);
      assert.deepEqual(
        sorted((after as { workloads: unknown }).workloads),
        sorted((before as { workloads: unknown }).workloads),
      );
      assert.equal(await bench.ready(name), 'True StreamsReady');
    });
  }

  test('deleted, it takes its streams and registrations with it, and nothing else', async () => {
    await bench.apply(name, spec);
    await bench.settle(name);
    remove();
    await bench.settle(name);
    assert.equal(await bench.object(name), undefined);
    assert.deepEqual(bench.simulator.snapshot(), { apps: [], streams: [], workloads: [] });
  });

  test('deleted with Orphan, it leaves everything without a call', async () => {
    await bench.apply(name, { ...spec, deletionPolicy: 'Orphan' });
    await bench.settle(name);
    const before = bench.simulator.received.length;
    remove();
    await bench.settle(name);
    assert.equal(await bench.object(name), undefined);
    assert.equal(bench.simulator.received.length, before);
    assert.equal(streamNames().length, 4);
  });

  test('waits for a server that is away, says so, and goes on when it is back', async () => {
    await bench.apply(name, spec);
    await bench.simulator.down();
    assert.equal((await bench.turn(name)).kind, 'retry');
    assert.equal(await bench.ready(name), 'Unknown DataflowUnavailable');
    await bench.simulator.up();
    await bench.settle(name);
    assert.equal(await bench.ready(name), 'True StreamsReady');
  });

  test('on a server that the operator does not know says which it knows, and goes on when it is there', async () => {
    await bench.apply(name, spec);
    bench.knowsServer(false);
    assert.equal((await bench.turn(name)).kind, 'stalled');
    assert.equal(await bench.ready(name), 'False UnknownServer');
    assert.equal(
      (await bench.status(name)).conditions?.[0]?.message,
      'spec.dataflow.server is default, and this operator knows another.',
    );
    bench.knowsServer(true);
    await bench.settle(name);
    assert.equal(await bench.ready(name), 'True StreamsReady');
    bench.knowsServer(false);
    remove();
    assert.equal((await bench.settle(name)).kind, 'stalled');
    assert.equal(await bench.ready(name), 'False UnknownServer');
    bench.knowsServer(true);
    await bench.settle(name);
    assert.deepEqual(bench.simulator.snapshot(), { apps: [], streams: [], workloads: [] });
  });

  test('says so when the operator itself fails, and goes on when it does not any more', async () => {
    await bench.apply(name, spec);
    bench.breakWith(new TypeError('x is undefined'));
    await assert.rejects(bench.turn(name), /x is undefined/);
    assert.equal(await bench.ready(name), 'Unknown InternalError');
    bench.breakWith(undefined);
    await bench.settle(name);
    assert.equal(await bench.ready(name), 'True StreamsReady');
  });

  test('makes no stream for a spec of the past: nobody would know of it', async () => {
    await bench.apply(name, { ...spec, streamNames: { bar: 'counter' } });
    await bench.settle(name);
    const past = await bench.object(name);
    await bench.become(name, spec);
    await bench.settle(name);
    assert.equal((await bench.turn(name, past)).kind, 'recheck');
    assert.deepEqual(streamNames(), ['bar', 'cold-drink', 'hot-drink', 'orders']);
    remove();
    await bench.settle(name);
    await bench.turn(name, past);
    assert.deepEqual(streamNames(), []);
  });

  test('waits for Skipper, though SCDF creates what it says it did not', async () => {
    await bench.apply(name, spec);
    bench.simulator.skipperDown();
    for (let turn = 0; turn < 3; turn++) assert.equal((await bench.turn(name)).kind, 'retry');
    assert.match(await bench.ready(name), /SkipperUnavailable/);
    bench.simulator.skipperUp();
    await bench.settle(name);
    assert.equal(await bench.ready(name), 'True StreamsReady');
  });
});

function sorted(list: unknown): unknown[] {
  return [...(list as object[])].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
