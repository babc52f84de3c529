import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aPipelineObject } from './api/pipeline.fixtures.ts';
import { FakeClock } from './runtime/clock.fixtures.ts';
import { normalPriority, WorkQueue } from './runtime/workqueue.ts';
import { triggerOnServers } from './triggers.ts';

test('pipelines on servers that have changed want a turn, whether their spec is valid or not', async () => {
  const on = (name: string, dataflow?: unknown) =>
    aPipelineObject({ name, spec: dataflow === undefined ? {} : { dataflow } });
  const objects = [
    on('a', { server: 'west' }),
    on('b', { server: 'east' }),
    on('c'),
    on('d', { server: 5 }),
    on('e', null),
    { ...on('f', { server: 'west' }), spec: { topics: 'none', dataflow: { server: 'west' } } },
    { ...on('g'), spec: undefined },
  ];
  const queue = new WorkQueue({ clock: new FakeClock(), random: () => 0 });
  const changed = triggerOnServers({ get: () => undefined, list: () => objects }, queue);
  const taken = async (): Promise<string[]> => {
    const keys: string[] = [];
    for (let left = queue.depth().get(normalPriority) ?? 0; left > 0; left -= 1) {
      const key = (await queue.take())!;
      keys.push(key);
      queue.done(key);
    }
    return keys;
  };
  changed(new Set(['west', 'gone']));
  assert.deepEqual(await taken(), ['cafe/a', 'cafe/f']);
  changed(new Set(['default']));
  assert.deepEqual(await taken(), ['cafe/c', 'cafe/d', 'cafe/e', 'cafe/g']);
});
