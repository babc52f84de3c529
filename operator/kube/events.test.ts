import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { FakeClock } from '../runtime/clock.fixtures.ts';
import { MemoryLog } from '../runtime/log.fixtures.ts';
import { KubeEventRecorder } from './events.ts';
import { MemoryKube } from './memory.ts';
import { KubeError, type EventInput, type KubeApi, type KubeObject } from './port.ts';

const kind = { group: 'events.k8s.io', version: 'v1', plural: 'events', kind: 'Event', status: false };

const regarding: KubeObject = {
  apiVersion: 'barista.dev/v1alpha1',
  kind: 'BaristaPipeline',
  metadata: {
    name: 'downtown',
    namespace: 'bar',
    uid: 'uid-1',
    resourceVersion: '7',
    creationTimestamp: '2026-01-01T00:00:00Z',
  },
};

function anEvent(own: Partial<EventInput> = {}): EventInput {
  return {
    regarding,
    type: 'Normal',
    reason: 'Deployed',
    action: 'Deploy',
    note: 'stream bar is deployed',
    ...own,
  };
}

function aRecorder(api?: KubeApi) {
  const clock = new FakeClock();
  const log = new MemoryLog();
  const memory = new MemoryKube([kind], clock);
  const recorder = new KubeEventRecorder({
    api: api ?? memory,
    clock,
    random: () => 0.5,
    log,
    controller: 'barista.dev/operator',
    instance: 'operator-0',
  });
  const written = async (): Promise<Record<string, unknown>[]> => {
    const { items } = await memory.list({ kind }, {}, new AbortController().signal);
    return items as unknown as Record<string, unknown>[];
  };
  return { clock, log, recorder, written };
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

describe('the event recorder', () => {
  it('keeps thousands of events in mind, but none of their objects', async () => {
    const { recorder, clock, written } = aRecorder();
    const recordOne = (mayWait: boolean): WeakRef<KubeObject> => {
      const object = structuredClone(regarding);
      recorder.record(anEvent({ regarding: object, reason: mayWait ? 'Created' : 'Deployed', mayWait }));
      return new WeakRef(object);
    };
    const objects = [recordOne(false), recordOne(true)];
    await clock.advance(0);
    assert.equal((await written()).length, 1);
    collectGarbage();
    assert.deepEqual(
      objects.map((object) => object.deref()),
      [undefined, undefined],
    );
  });

  it('writes an event as Kubernetes wants it, in the namespace of what it is about', async () => {
    const { recorder, written, clock } = aRecorder();
    recorder.record(anEvent());
    await clock.advance(0);
    const [event] = await written();
    const { metadata, ...rest } = event as unknown as KubeObject;
    assert.match(metadata.name, /^downtown\.[0-9a-f]+$/);
    assert.equal(metadata.namespace, 'bar');
    assert.deepEqual(rest, {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      eventTime: '2026-01-01T00:00:00.000000Z',
      reportingController: 'barista.dev/operator',
      reportingInstance: 'operator-0',
      type: 'Normal',
      reason: 'Deployed',
      action: 'Deploy',
      note: 'stream bar is deployed',
      regarding: {
        apiVersion: 'barista.dev/v1alpha1',
        kind: 'BaristaPipeline',
        name: 'downtown',
        namespace: 'bar',
        uid: 'uid-1',
        resourceVersion: '7',
      },
    });
  });

  it('counts what happens again instead of writing it again', async () => {
    const { recorder, written, clock } = aRecorder();
    for (let times = 0; times < 10; times += 1) recorder.record(anEvent());
    await clock.advance(30_000);
    recorder.record(anEvent());
    await clock.advance(30_000);
    const found = await written();
    assert.equal(found.length, 1);
    assert.deepEqual(found[0]!['series'], { count: 11, lastObservedTime: '2026-01-01T00:01:00.000000Z' });
  });

  it('writes another event when something else happens, or the same much later', async () => {
    const { recorder, written, clock } = aRecorder();
    recorder.record(anEvent());
    recorder.record(anEvent({ note: 'stream orders is deployed' }));
    await clock.advance(360_000);
    recorder.record(anEvent());
    await clock.advance(0);
    assert.equal((await written()).length, 3);
  });

  it('does not let one object flood the API server', async () => {
    const { recorder, written, clock } = aRecorder();
    for (let number = 0; number < 100; number += 1) recorder.record(anEvent({ note: `note ${number}` }));
    await clock.advance(0);
    assert.equal((await written()).length, 25);
    await clock.advance(600_000);
    for (let number = 100; number < 200; number += 1) recorder.record(anEvent({ note: `note ${number}` }));
    await clock.advance(0);
    assert.equal((await written()).length, 27);
  });

  it('cuts a note to what the API server takes, between characters', async () => {
    const { recorder, written, clock } = aRecorder();
    recorder.record(anEvent({ note: 'é'.repeat(2_000) }));
    await clock.advance(0);
    const note = (await written())[0]!['note'] as string;
    assert.ok(Buffer.byteLength(note) <= 1_024);
    assert.match(note, /^é+ …$/);
  });

  it('cuts a note between words where it has any', async () => {
    const { recorder, written, clock } = aRecorder();
    recorder.record(anEvent({ note: 'deployed downtown-bar, '.repeat(100) }));
    await clock.advance(0);
    assert.match((await written())[0]!['note'] as string, /deployed(?: downtown-bar)? …$/);
  });

  it('tells with the next event what may wait for it, and alone when none comes', async () => {
    const { recorder, written, clock } = aRecorder();
    const notes = async () => (await written()).map((event) => event['note']).sort();
    recorder.record(anEvent({ note: 'Deployed a.', mayWait: true }));
    await clock.advance(1_000);
    assert.deepEqual(await notes(), []);
    recorder.record(anEvent({ reason: 'StreamsReady', note: 'All are ready.' }));
    await clock.advance(60_000);
    assert.deepEqual(await notes(), ['All are ready. Deployed a.']);
    recorder.record(anEvent({ note: 'Deployed b.', mayWait: true }));
    await clock.advance(10_000);
    assert.deepEqual(await notes(), ['All are ready. Deployed a.', 'Deployed b.']);
  });

  it('does not mix what was done with trouble, nor one object with another, nor lose it at the stop', async () => {
    const { recorder, written, clock } = aRecorder();
    recorder.record(anEvent({ note: 'Deployed a.', mayWait: true }));
    const uid = 'uid-2';
    recorder.record(
      anEvent({ note: 'b is ready.', regarding: { ...regarding, metadata: { ...regarding.metadata, uid } } }),
    );
    recorder.record(anEvent({ type: 'Warning', note: 'a crashes.' }));
    await clock.advance(0);
    recorder.record(anEvent({ note: 'Updated a.', mayWait: true }));
    await recorder.stop();
    const notes = (await written()).map((event) => event['note']).sort();
    assert.deepEqual(notes, ['Deployed a.', 'Updated a.', 'a crashes.', 'b is ready.']);
    assert.equal(clock.pending, 0);
  });

  it('logs a failure and goes on', async () => {
    const memory = new MemoryKube([kind], new FakeClock());
    let calls = 0;
    const failing: KubeApi = Object.assign(Object.create(memory) as KubeApi, {
      create: (): Promise<KubeObject> => {
        calls += 1;
        return Promise.reject(new KubeError('transient', 'etcd is down'));
      },
    });
    const { recorder, clock, log } = aRecorder(failing);
    recorder.record(anEvent());
    recorder.record(anEvent({ note: 'another' }));
    await clock.advance(0);
    assert.equal(calls, 2);
    assert.deepEqual(
      log.lines.map(({ level }) => level),
      ['warn', 'warn'],
    );
  });

  it('writes the counts that are left when it stops, and nothing after', async () => {
    const { recorder, written, clock } = aRecorder();
    recorder.record(anEvent());
    await clock.advance(0);
    recorder.record(anEvent());
    await recorder.stop();
    recorder.record(anEvent({ note: 'too late' }));
    const found = await written();
    assert.equal(found.length, 1);
    assert.equal((found[0]!['series'] as { count: number }).count, 2);
    assert.equal(clock.pending, 0);
  });
});
