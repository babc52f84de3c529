import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { systemClock } from '../runtime/clock.ts';
import { MemoryLog } from '../runtime/log.fixtures.ts';
import { openCorner, type Corner } from './cluster.fixtures.ts';
import { KubeEventRecorder } from './events.ts';

const events = { group: 'events.k8s.io', version: 'v1', plural: 'events' };

describe('the event recorder on a real cluster', () => {
  let corner: Corner;
  before(async () => {
    corner = await openCorner('events');
  });
  after(() => corner.close());

  it('writes events that the API server takes, and a series of those that repeat', async () => {
    const log = new MemoryLog();
    const recorder = new KubeEventRecorder({
      api: corner.api,
      clock: systemClock,
      random: Math.random,
      log,
      controller: 'barista.dev/operator',
      instance: 'test',
    });
    const regarding = await corner.api.create(corner.kind, corner.namespace, {
      apiVersion: corner.apiVersion,
      kind: corner.kindName,
      metadata: { name: 'downtown' },
    });
    const input = { regarding, type: 'Warning', reason: 'DeployFailed', action: 'Deploy' } as const;
    for (let times = 0; times < 3; times += 1) recorder.record({ ...input, note: 'no such image' });
    recorder.record({ ...input, note: 'x'.repeat(5_000) });
    await recorder.stop();
    assert.deepEqual(log.lines, []);
    const scope = { kind: events, namespace: corner.namespace };
    const { items } = await corner.api.list(scope, {}, AbortSignal.timeout(10_000));
    const notes = items.map((item) => item as unknown as { note: string; series?: { count: number } });
    assert.deepEqual(notes.map(({ note, series }) => [note.length, series?.count]).sort(), [
      [1_022, undefined],
      [13, 3],
    ]);
  });
});
