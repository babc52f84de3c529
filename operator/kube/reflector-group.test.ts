import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { systemClock } from '../runtime/clock.ts';
import { MemoryLog } from '../runtime/log.fixtures.ts';
import type { Scope } from './list-watch.ts';
import { MemoryKube } from './memory.ts';
import { KubeError, type KubeObject } from './port.ts';
import { ReflectorGroup } from './reflector-group.ts';
import { Reflector } from './reflector.ts';
import { until } from './until.fixtures.ts';

const kind = { group: 'test.barista.dev', version: 'v1', plural: 'bars' };

/** A server that lets nobody list over all namespaces, or where `mayNot` says so. */
class Guarded extends MemoryKube {
  mayNot: string | undefined;

  override list(...args: Parameters<MemoryKube['list']>): ReturnType<MemoryKube['list']> {
    const { namespace } = args[0];
    if (namespace === undefined || namespace === this.mayNot)
      throw new KubeError('forbidden', `bars may not be listed in ${namespace ?? 'all namespaces'}`);
    return super.list(...args);
  }
}

describe('a group of reflectors', () => {
  let kube: Guarded;
  let group: ReflectorGroup;
  let changes: string[];

  const create = (namespace: string, name: string, labels: Readonly<Record<string, string>> = {}) =>
    kube.create(kind, namespace, { metadata: { name, namespace, labels } });
  const reflector = (scope: Omit<Scope, 'kind'>) =>
    new Reflector({
      source: kube,
      scope: { kind, ...scope },
      clock: systemClock,
      random: () => 0,
      log: new MemoryLog(),
      backoff: { baseMs: 1, maxMs: 1, jitter: 0 },
    });
  const text = (object: KubeObject | undefined) =>
    object === undefined ? '-' : `${object.metadata.namespace}/${object.metadata.name}`;
  const groupOf = (...scopes: readonly [Omit<Scope, 'kind'>, ...Omit<Scope, 'kind'>[]]): void => {
    const [first, ...more] = scopes;
    group = new ReflectorGroup([reflector(first), ...more.map(reflector)]);
    group.onChange((before, after) => changes.push(`${text(before)} > ${text(after)}`));
  };

  beforeEach(() => {
    kube = new Guarded([{ ...kind, kind: 'Bar', status: true }], systemClock);
    changes = [];
  });
  afterEach(() => group.stop());

  it('is one store of what is in its namespaces, and sees nothing else', async () => {
    for (const namespace of ['cafe', 'bar', 'elsewhere']) await create(namespace, 'one');
    groupOf({ namespace: 'cafe' }, { namespace: 'bar' });
    await group.start();
    assert.deepEqual(group.list().map(text).sort(), ['bar/one', 'cafe/one']);
    assert.equal(text(group.get({ namespace: 'bar', name: 'one' })), 'bar/one');
    assert.equal(group.get({ namespace: 'elsewhere', name: 'one' }), undefined);
    assert.deepEqual([...changes].sort(), ['- > bar/one', '- > cafe/one']);
    await create('elsewhere', 'two');
    await create('bar', 'two');
    await create('cafe', 'two');
    await until('both changes', () => changes.length >= 4);
    assert.deepEqual(changes.slice(2).sort(), ['- > bar/two', '- > cafe/two']);
  });

  it('is complete when all of it is, and says what is missing', async () => {
    kube.mayNot = 'bar';
    groupOf({ namespace: 'cafe' }, { namespace: 'bar' });
    let started = false;
    const start = group.start().then(() => (started = true));
    await until('the refusal', () => group.problem()?.includes('may not be listed in bar'));
    assert.deepEqual([group.synced, started], [false, false]);
    kube.mayNot = undefined;
    await start;
    assert.deepEqual([group.synced, group.problem()], [true, undefined]);
  });

  it('loses what leaves its selection, and another one gains it, though it is not deleted', async () => {
    await create('cafe', 'one', { shard: 'a' });
    groupOf({ namespace: 'cafe', labelSelector: 'shard=a' });
    await group.start();
    await kube.patch(kind, { namespace: 'cafe', name: 'one' }, { metadata: { labels: { shard: 'b' } } });
    await until('it to go', () => changes.length >= 2);
    assert.deepEqual(changes, ['- > cafe/one', 'cafe/one > -']);
    assert.deepEqual(group.list(), []);
    await group.stop();
    groupOf({ namespace: 'cafe', labelSelector: 'shard=b' });
    await group.start();
    assert.deepEqual(group.list().map(text), ['cafe/one']);
  });
});
