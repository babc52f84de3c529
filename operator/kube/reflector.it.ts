import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { systemClock } from '../runtime/clock.ts';
import { MemoryLog } from '../runtime/log.fixtures.ts';
import { openCorner, type Corner } from './cluster.fixtures.ts';
import { Reflector } from './reflector.ts';
import { until } from './until.fixtures.ts';

describe('a reflector on a real cluster', () => {
  let corner: Corner;
  const reflectors: Reflector[] = [];

  before(async () => {
    corner = await openCorner('reflector');
  });
  after(async () => {
    for (const reflector of reflectors) await reflector.stop();
    await corner.close();
  });

  const aReflector = (
    labelSelector?: string,
  ): { reflector: Reflector; changes: string[]; log: MemoryLog } => {
    const changes: string[] = [];
    const log = new MemoryLog();
    const reflector = new Reflector({
      source: corner.api,
      scope: {
        kind: corner.kind,
        namespace: corner.namespace,
        ...(labelSelector === undefined ? {} : { labelSelector }),
      },
      clock: systemClock,
      random: () => 0,
      log,
      pageSize: 3,
    });
    reflector.onChange((old, now) =>
      changes.push(
        `${old === undefined ? '-' : 'was'} ${(now ?? old)?.metadata.name ?? ''} ${now === undefined ? 'gone' : 'is'}`,
      ),
    );
    reflectors.push(reflector);
    reflector.start();
    return { reflector, changes, log };
  };
  const create = (name: string, labels: Readonly<Record<string, string>> = {}): Promise<unknown> =>
    corner.api.create(corner.kind, corner.namespace, {
      apiVersion: corner.apiVersion,
      kind: corner.kindName,
      metadata: { name, labels },
      spec: { cups: 1 },
    });

  it('lists in pages and follows what happens', async () => {
    for (let number = 1; number <= 7; number += 1) await create(`bar-${number}`);
    const { reflector, changes, log } = aReflector();
    await reflector.whenSynced();
    assert.equal(reflector.size, 7);
    const key = { namespace: corner.namespace, name: 'bar-1' };
    await create('bar-8');
    await corner.api.patch(corner.kind, key, { spec: { cups: 2 } });
    await corner.api.delete(corner.kind, { ...key, name: 'bar-2' });
    await until('three changes', () => changes.length >= 10);
    assert.deepEqual(changes.slice(7), ['- bar-8 is', 'was bar-1 is', 'was bar-2 gone']);
    assert.deepEqual(reflector.get(key)?.spec, { cups: 2 });
    assert.deepEqual(log.at('warn'), []);
  });

  it('hands an object over to the reflector of another selector when its label changes', async () => {
    const [a, b] = [aReflector('shard=a'), aReflector('shard in (b, c)')];
    await Promise.all([a.reflector.whenSynced(), b.reflector.whenSynced()]);
    await create('moving', { shard: 'a' });
    await until('it in a', () => a.changes.length > 0);
    const key = { namespace: corner.namespace, name: 'moving' };
    await corner.api.patch(corner.kind, key, { metadata: { labels: { shard: 'b' } } });
    await until('it in b', () => b.changes.length > 0);
    await until('it out of a', () => a.changes.length > 1);
    assert.deepEqual([a.changes, b.changes], [['- moving is', 'was moving gone'], ['- moving is']]);
    assert.equal(a.reflector.size, 0);
  });

  it('goes on after its connections are cut, without a list and without a loss', async () => {
    const { reflector, changes, log } = aReflector();
    await reflector.whenSynced();
    // What comes after the list shows that the watch is there to be cut.
    await create('before-the-cut');
    await until('the watch', () => changes.at(-1) === '- before-the-cut is');
    const known = changes.length;
    const { agent } = await corner.connection.access();
    for (const socket of Object.values(agent.sockets).flat()) socket?.destroy();
    await create('after-the-cut');
    await until('the new object', () => changes.length > known);
    assert.deepEqual(changes.slice(known), ['- after-the-cut is']);
    assert.equal(log.at('warn').length, 1);
  });
});
