/** Two operators on one cluster and one server, each with the pipelines that its label selector picks. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { PIPELINES } from '../api/types.ts';
import { ReflectorGroup } from '../kube/reflector-group.ts';
import { Reflector } from '../kube/reflector.ts';
import type { KubeObject } from '../kube/port.ts';
import { until } from '../kube/until.fixtures.ts';
import { unknownWorkload } from '../observed/workload.ts';
import { systemClock as clock } from '../runtime/clock.ts';
import { MemoryLog } from '../runtime/log.fixtures.ts';
import { WorkQueue } from '../runtime/workqueue.ts';
import { Triggers } from '../triggers.ts';
import { Bench } from './bench.fixtures.ts';
import { Claims } from './claims.ts';

const specOf = (name: string, more: object = {}) => ({
  topics: { orders: `${name}.orders`, hotDrinks: `${name}.hot`, coldDrinks: `${name}.cold` },
  ...more,
});
const worker = (image: string) => ({ barista: { image } });
const adopt = { 'barista.dev/adopt': 'true' };

describe('two shards', () => {
  let world: Bench;
  let a: Bench;
  let b: Bench;
  beforeEach(async () => {
    world = await Bench.open();
    const isIn = (shard: string) => (object: KubeObject) => object.metadata.labels?.['shard'] === shard;
    a = world.beside(isIn('a'));
    b = world.beside(isIn('b'));
  });
  afterEach(() => world.close());

  const label = (name: string, shard: string) =>
    world.kube.patch(PIPELINES, { namespace: 'cafe', name }, { metadata: { labels: { shard } } });
  const apply = async (shard: 'a' | 'b', name: string, spec: object, annotations = {}): Promise<void> => {
    await world.apply(name, spec, annotations);
    await label(name, shard);
  };
  const writes = () => world.simulator.writes().length;
  const workers = () =>
    world.simulator
      .snapshot()
      .apps.filter((app) => app.type === 'app')
      .map((app) => app.version)
      .sort();
  const rounds = async (p: string, q: string): Promise<void> => {
    for (let round = 0; round < 10; round++) {
      await a.turn(p);
      await b.turn(q);
    }
  };
  const remove = (name: string) => world.kube.delete(PIPELINES, { namespace: 'cafe', name });

  test('leave each other what they use', async () => {
    await apply('a', 'p', specOf('p', worker('barista/worker:1')));
    await a.settle('p');
    await apply('b', 'q', specOf('q', worker('barista/worker:1')));
    await b.settle('q');
    await apply('a', 'p', specOf('p', worker('barista/worker:2')));
    await a.settle('p');
    assert.deepEqual(workers(), ['1', '2'], 'q uses the first');
    remove('p');
    await a.settle('p');
    assert.equal(await world.object('p'), undefined);
    const { apps, streams } = world.simulator.snapshot();
    assert.deepEqual([...new Set(streams.map(({ description }) => description.split('/').at(-1)))], ['q']);
    assert.deepEqual([...new Set(apps.map(({ name }) => name))].sort(), ['barista-app', 'log', 'time']);
    const before = writes();
    await b.settle('q');
    assert.deepEqual([await world.ready('q'), writes()], ['True StreamsReady', before]);
  });

  test('give a name to who has it first: the other one says so, and nobody fights', async () => {
    const bar = { streamNames: { bar: 'the-bar' } };
    await apply('a', 'older', specOf('older', bar));
    await apply('b', 'younger', specOf('younger', bar));
    await b.settle('younger');
    await a.settle('older');
    const before = writes();
    await rounds('older', 'younger');
    assert.deepEqual(
      [await world.ready('younger'), await world.ready('older'), writes()],
      ['True StreamsReady', 'False NameConflict', before],
    );
  });

  test('give a name that both adopt to the older one, once', async () => {
    const bar = { streamNames: { bar: 'the-bar' } };
    await apply('a', 'older', specOf('older', bar), adopt);
    await apply('b', 'younger', specOf('younger', bar), adopt);
    await b.settle('younger');
    await rounds('older', 'younger');
    const before = writes();
    await rounds('older', 'younger');
    assert.deepEqual(
      [await world.ready('older'), await world.ready('younger'), writes()],
      ['True StreamsReady', 'False NameConflict', before],
    );
  });

  test('adopt from each other what nobody wants any more', async () => {
    const bar = { streamNames: { bar: 'the-bar' } };
    await apply('a', 'older', specOf('older', { ...bar, deletionPolicy: 'Orphan' }));
    await a.settle('older');
    remove('older');
    await a.settle('older');
    await apply('b', 'younger', specOf('younger', bar), adopt);
    await b.settle('younger');
    assert.equal(await world.ready('younger'), 'True StreamsReady');
  });

  test('hand a pipeline over without touching its streams', async () => {
    await apply('a', 'p', specOf('p'));
    await a.settle('p');
    const [before, picture] = [writes(), await world.picture('p')];
    await label('p', 'b');
    assert.equal((await a.turn('p')).kind, 'settled', 'it is none of its business any more');
    await b.settle('p');
    assert.deepEqual([writes(), await world.picture('p')], [before, picture]);
    await apply('b', 'p', specOf('p', worker('barista/worker:2')));
    await a.turn('p');
    assert.equal(writes(), before);
    await b.settle('p');
    assert.deepEqual(workers(), ['2']);
    remove('p');
    await b.settle('p');
    assert.deepEqual(world.simulator.snapshot(), { apps: [], streams: [], workloads: [] });
  });

  test('hand over a pipeline that is being deleted', async () => {
    await apply('a', 'p', specOf('p'));
    await a.settle('p');
    remove('p');
    await label('p', 'b');
    const before = writes();
    await a.settle('p');
    assert.equal(writes(), before);
    await b.settle('p');
    assert.equal(await world.object('p'), undefined);
    assert.deepEqual(world.simulator.snapshot().streams, []);
  });

  test('forget what has left them', async () => {
    await apply('a', 'p', specOf('p'));
    const reflector = new Reflector({
      source: world.kube,
      scope: { kind: PIPELINES, labelSelector: 'shard=a' },
      clock,
      random: () => 0,
      log: new MemoryLog(),
    });
    const pipelines = new ReflectorGroup([reflector]);
    const queue = new WorkQueue({ clock, random: () => 0 });
    const claims = new Claims();
    const watches = { pipelines, workloads: undefined };
    const triggers = new Triggers({ watches, claims, queue, workloadsOf: () => () => unknownWorkload });
    triggers.open();
    await pipelines.start();
    try {
      assert.deepEqual([claims.has('cafe/p'), claims.concernedBy('p-bar')], [true, ['cafe/p']]);
      await label('p', 'b');
      await until('it to leave', () => pipelines.list().length === 0);
      assert.deepEqual([claims.has('cafe/p'), claims.concernedBy('p-bar')], [false, []]);
    } finally {
      await pipelines.stop();
    }
  });
});
