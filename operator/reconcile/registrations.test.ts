/** What becomes of app registrations in SCDF: with several pipelines, and when SCDF will not let them go. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { PIPELINES } from '../api/types.ts';
import { Bench } from './bench.fixtures.ts';

const specOf = (name: string, image?: string) => ({
  topics: { orders: `${name}.orders`, hotDrinks: `${name}.hot`, coldDrinks: `${name}.cold` },
  ...(image === undefined ? {} : { barista: { image } }),
});

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

const isThere = async (name: string) => (await bench.object(name)) !== undefined;
const remove = (name: string) => bench.kube.delete(PIPELINES, { namespace: 'cafe', name });
const workers = () =>
  bench.simulator
    .snapshot()
    .apps.filter((app) => app.type === 'app')
    .map((app) => `${app.name}:${app.version}${app.defaultVersion ? ' (default)' : ''}`)
    .sort();

async function serve(name: string, image?: string): Promise<void> {
  await bench.apply(name, specOf(name, image));
  await bench.settle(name);
  assert.equal(await bench.ready(name), 'True StreamsReady');
}

/** Turns of each in turn, as concurrent workers take them. */
async function rounds(names: readonly string[], count: number): Promise<void> {
  for (let round = 0; round < count; round++) for (const name of names) await bench.turn(name);
}

describe('registrations', () => {
  test('two pipelines that are deleted together leave nothing behind', async () => {
    for (const name of ['p', 'q']) await serve(name);
    for (const name of ['p', 'q']) remove(name);
    for (let round = 0; round < 40 && ((await isThere('p')) || (await isThere('q'))); round++) {
      await rounds(['p', 'q'], 1);
    }
    assert.deepEqual(bench.simulator.snapshot(), { apps: [], streams: [], workloads: [] });
  });

  test('two pipelines that move to another tag together leave nothing of the old one', async () => {
    for (const name of ['p', 'q']) await serve(name, 'barista/worker:1');
    for (const name of ['p', 'q']) await bench.apply(name, specOf(name, 'barista/worker:2'));
    await rounds(['p', 'q'], 12);
    for (const name of ['p', 'q']) assert.equal(await bench.ready(name), 'True StreamsReady');
    assert.deepEqual(workers(), ['barista-app:2 (default)']);
    for (const name of ['p', 'q']) {
      const apps = (await bench.status(name)).apps ?? [];
      assert.deepEqual(apps.map((app) => app.version).sort(), ['2', '5.1.1', '5.1.1']);
    }
  });

  test('a stream that somebody takes down while the old registration is removed is not claimed to be ready', async () => {
    await serve('p', 'barista/worker:1');
    await bench.apply('p', specOf('p', 'barista/worker:2'));
    const readyAt: string[] = [];
    bench.simulator.faults.add('unregister', {
      kind: 'meanwhile',
      does: () => bench.simulator.undeployBehind('p-bar'),
    });
    for (let turn = 0; turn < 12; turn++) {
      await bench.turn('p');
      const isUp = bench.simulator.snapshot().workloads.some(({ stream }) => stream === 'p-bar');
      if ((await bench.ready('p')) === 'True StreamsReady' && !isUp) readyAt.push(`turn ${turn}`);
    }
    assert.deepEqual(readyAt, []);
    assert.equal(await bench.ready('p'), 'True StreamsReady');
    assert.deepEqual(workers(), ['barista-app:2 (default)']);
  });

  test('a tag that one of two pipelines still uses stays until that one moves too', async () => {
    for (const name of ['p', 'q']) await serve(name, 'barista/worker:1');
    await serve('p', 'barista/worker:2');
    assert.deepEqual(workers(), ['barista-app:1 (default)', 'barista-app:2']);
    await serve('q', 'barista/worker:2');
    assert.deepEqual(workers(), ['barista-app:2 (default)']);
  });

  test('a worker of another repository is in the way of nobody', async () => {
    await serve('p');
    await serve('q', 'elsewhere/worker:1');
    await serve('p', 'barista/worker:2');
    remove('p');
    await bench.settle('p');
    assert.equal(await isThere('p'), false);
    assert.equal(workers().length, 1, 'the one of q');
    assert.equal(await bench.ready('q'), 'True StreamsReady');
  });

  for (const [what, status, body] of [
    ['because a stream uses it', 409, error('UnregisterAppException', 'The app is currently used in stream')],
    ['for no good reason', 500, error('NullPointerException', 'Cannot invoke because it is null')],
  ] as const) {
    test(`one that SCDF keeps ${what} is left to it, and the pipeline goes on`, async () => {
      await serve('p', 'barista/worker:1');
      bench.simulator.faults.add('unregister', { kind: 'error', status, body }, 1000);
      await serve('p', 'barista/worker:2');
      const calls = bench.simulator.writes().length;
      await bench.settle('p');
      assert.equal(bench.simulator.writes().length, calls, 'it is not asked again and again');
      remove('p');
      await bench.settle('p');
      assert.equal(await isThere('p'), false);
    });
  }

  test('a server that cannot list its streams keeps no pipeline from being ready', async () => {
    await serve('p', 'barista/worker:1');
    bench.simulator.faults.add('definitions', { kind: 'error', status: 500, body: '{}' }, 1000);
    await serve('p', 'barista/worker:2');
    assert.equal(workers().length, 2, 'nobody knows whether the old one is used');
    bench.simulator.faults.clear();
    await bench.settle('p');
    assert.equal(workers().length, 1);
  });

  test('a server that cannot list its streams keeps no stream from being deleted', async () => {
    await serve('p');
    bench.simulator.faults.add('definitions', { kind: 'error', status: 500, body: '{}' }, 1000);
    remove('p');
    await rounds(['p'], 4);
    assert.deepEqual(bench.simulator.snapshot().streams, []);
    assert.equal(await isThere('p'), true, 'its registrations are still to be seen to');
    bench.simulator.faults.clear();
    await bench.settle('p');
    assert.equal(await isThere('p'), false);
    assert.deepEqual(bench.simulator.snapshot().apps, []);
  });

  test('another platform is moved to, not only claimed', async () => {
    await serve('p');
    await bench.apply('p', { ...specOf('p'), dataflow: { platform: 'mars' } });
    await rounds(['p'], 3);
    assert.equal(await bench.ready('p'), 'False DataflowRejected', 'there is none of that name');
  });
});

function error(logref: string, message: string): string {
  return JSON.stringify({ _embedded: { errors: [{ message, logref }] } });
}
