/** Upgrades by `Recreate` on the simulator, with pods that take their time to end. */
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { Life, type LifeOptions } from './life.fixtures.ts';

const topics = { orders: 'orders', hotDrinks: 'hotDrinks', coldDrinks: 'coldDrinks' };
const bar = 'downtown-bar';
const spec = (barista: object) => ({ topics, barista: { upgrade: 'Recreate', ...barista } });

let life: Life;
afterEach(() => life.close());

/** Images and properties of the worker's pods, those that are ending too, whenever there was more than one kind. */
let together: string[][];

async function open(barista: object, options: LifeOptions = {}): Promise<void> {
  life = await Life.open({ endAfterMs: 15_000, ...options });
  await life.apply(spec(barista));
  await life.becomesReady();
  together = [];
  life.onTurn = () => {
    const running = life.simulator.workloads().filter(({ stream, count }) => stream === bar && count > 0);
    const ending = life.simulator.endingPods().filter(({ stream }) => stream === bar);
    const versions = [...new Set([...running, ...ending].map(({ deploymentId }) => deploymentId))];
    if (versions.length > 1) together.push(versions);
  };
  life.simulator.forgetRequests();
  life.events.length = 0;
}

const writes = () =>
  life.simulator
    .writes()
    .filter(({ path }) => path.includes(`/${bar}`) || path.endsWith('/streams/definitions'))
    .map(({ operation }) => operation);

describe('an upgrade by Recreate', () => {
  for (const [what, from, to, expected] of [
    ['another image', {}, { image: 'barista/worker:2' }, ['undeploy', 'deploy']],
    ['one property more', {}, { properties: { flavour: 'mocha' } }, ['undeploy', 'deploy']],
    [
      'one property less',
      { properties: { flavour: 'mocha' } },
      { properties: { flavour: null } },
      ['destroy', 'create', 'deploy'],
    ],
    ['another repository', {}, { image: 'elsewhere/worker:1' }, ['destroy', 'create', 'deploy']],
  ] as const) {
    test(`${what}: the old version is gone before the new one starts`, async () => {
      await open(from);
      await life.apply(spec(to));
      await life.pass(5000);
      assert.equal(await life.ready(), 'False Recreating');
      assert.match(
        (await life.condition('Ready'))?.message ?? '',
        /downtown-bar starts when .* is gone: 1 pod$/,
      );
      await life.becomesReady();
      assert.deepEqual(together, []);
      assert.deepEqual(writes(), expected);
      assert.deepEqual(life.loud, []);
      assert.ok(life.events.every(({ type }) => type === 'Normal'));
      assert.equal(life.running('downtown-orders').length, 1, 'orders go on');
    });
  }

  test('Rolling is red/black: the test would see it', async () => {
    await open({ upgrade: 'Rolling' });
    await life.apply(spec({ upgrade: 'Rolling', image: 'barista/worker:2' }));
    await life.becomesReady();
    assert.notDeepEqual(together, []);
  });

  test('another number of workers is scaled', async () => {
    await open({});
    await life.apply(spec({ replicas: 3 }));
    await life.becomesReady();
    assert.deepEqual(writes(), ['scale']);
  });

  test('an image that cannot start is corrected at once: SCDF refuses nothing', async () => {
    await open({});
    life.simulator.settings.images.set('docker:barista/worker:404', { kind: 'neverPulls' });
    await life.apply(spec({ image: 'barista/worker:404' }));
    await life.pass(60_000);
    assert.equal(await life.ready(), 'False ImagePullBackOff');
    await life.apply(spec({ image: 'barista/worker:3' }));
    await life.becomesReady(40_000);
    assert.deepEqual(life.running(bar), ['worker:3 x 1']);
    assert.deepEqual(together, []);
  });

  test('a change of mind while the old version ends: only the last spec is deployed', async () => {
    await open({});
    await life.apply(spec({ image: 'barista/worker:2' }));
    await life.pass(5000);
    await life.apply(spec({ image: 'barista/worker:3' }));
    await life.becomesReady();
    assert.deepEqual(writes(), ['undeploy', 'deploy']);
    assert.deepEqual(life.running(bar), ['worker:3 x 1']);
  });

  test('stopped and started: the next worker waits for the pods of the one before, and the customer for it', async () => {
    await open({});
    await life.apply({ ...spec({}), state: 'Stopped' });
    await life.pass(3000);
    await life.apply(spec({}));
    await life.pass(3000);
    assert.deepEqual([life.running(bar), life.running('downtown-orders')], [[], []]);
    await life.becomesReady();
    assert.deepEqual(together, []);
  });

  test('where nobody watches, it is scaled to nothing first, and SCDF shows when that is done', async () => {
    await open({}, { watch: false });
    await life.apply(spec({ image: 'barista/worker:2' }));
    await life.becomesReady();
    assert.deepEqual(together, []);
    assert.deepEqual([...new Set(writes())], ['scale', 'undeploy', 'deploy']);
    assert.deepEqual(life.running(bar), ['worker:2 x 1']);
  });
});
