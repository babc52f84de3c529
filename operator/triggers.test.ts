import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aPipelineObject, type PipelineFixture } from './api/pipeline.fixtures.ts';
import type { ChangeHandler } from './kube/reflector.ts';
import type { KubeObject } from './kube/port.ts';
import { WorkloadIndex } from './observed/workload-index.ts';
import { unknownWorkload } from './observed/workload.ts';
import { Claims } from './reconcile/claims.ts';
import { FakeClock } from './runtime/clock.fixtures.ts';
import { WorkQueue } from './runtime/workqueue.ts';
import { Triggers, type Watched } from './triggers.ts';

/** A watch whose changes are made by hand. */
class Hand implements Watched {
  readonly #objects = new Map<string, KubeObject>();
  readonly #handlers: ChangeHandler[] = [];

  get({ name }: { name: string }): KubeObject | undefined {
    return this.#objects.get(name);
  }

  list(): KubeObject[] {
    return [...this.#objects.values()];
  }

  onChange(handler: ChangeHandler): void {
    this.#handlers.push(handler);
  }

  change(after: KubeObject): void {
    const before = this.#objects.get(after.metadata.name);
    this.#objects.set(after.metadata.name, after);
    for (const handler of this.#handlers) handler(before, after);
  }

  remove(name: string): void {
    const before = this.#objects.get(name);
    this.#objects.delete(name);
    for (const handler of this.#handlers) handler(before, undefined);
  }
}

function world() {
  const [pipelines, deployments, pods] = [new Hand(), new Hand(), new Hand()];
  const queue = new WorkQueue({ clock: new FakeClock(), random: () => 0 });
  const triggers = new Triggers({
    watches: { pipelines, workloads: { deployments, pods, index: new WorkloadIndex() } },
    claims: new Claims(),
    queue,
    workloadsOf: () => () => unknownWorkload,
  });
  const wanted = async (): Promise<string[]> => {
    const keys: string[] = [];
    while ([...queue.depth().values()].some((depth) => depth > 0)) {
      const key = await queue.take();
      if (key === undefined) break;
      keys.push(key);
      queue.done(key);
    }
    return keys;
  };
  return { pipelines, pods, triggers, wanted };
}

const rested: PipelineFixture = {
  status: {
    observedGeneration: 1,
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'StreamsReady',
        message: '',
        observedGeneration: 1,
        lastTransitionTime: '2026-11-23T20:00:00Z',
      },
    ],
  },
};
const pod: KubeObject = {
  metadata: {
    name: 'pod',
    namespace: 'default',
    uid: 'uid-pod',
    resourceVersion: '1',
    creationTimestamp: '2026-11-23T20:00:00Z',
    labels: { 'spring-group-id': 'downtown-bar' },
  },
};

describe('a change', () => {
  it('means a turn only from when this process leads; then whatever is not at rest wants one', async () => {
    const { pipelines, triggers, wanted } = world();
    pipelines.change(aPipelineObject({ name: 'new' }));
    pipelines.change(aPipelineObject({ name: 'old', ...rested }));
    assert.deepEqual(await wanted(), []);
    triggers.open();
    assert.deepEqual(await wanted(), ['cafe/new']);
  });

  it('of a spec or an annotation means a turn, of the status none', async () => {
    const { pipelines, triggers, wanted } = world();
    triggers.open();
    pipelines.change(aPipelineObject(rested));
    pipelines.change(aPipelineObject({ ...rested, status: {}, metadata: { resourceVersion: '2' } }));
    assert.deepEqual(await wanted(), []);
    pipelines.change(aPipelineObject({ metadata: { generation: 2 } }));
    assert.deepEqual(await wanted(), ['cafe/downtown']);
    pipelines.change(
      aPipelineObject({ metadata: { generation: 2 }, annotations: { 'barista.dev/paused': 'true' } }),
    );
    assert.deepEqual(await wanted(), ['cafe/downtown']);
  });

  it('of a pod means a turn of the pipeline whose stream it runs', async () => {
    const { pipelines, pods, triggers, wanted } = world();
    pipelines.change(aPipelineObject(rested));
    pods.change(pod);
    triggers.open();
    assert.deepEqual(await wanted(), []);
    pods.remove('pod');
    assert.deepEqual(await wanted(), ['cafe/downtown']);
  });

  it('of a pipeline means a turn of those that want the same stream', async () => {
    const { pipelines, triggers, wanted } = world();
    const rival = { spec: { streamNames: { bar: 'downtown-bar' } } };
    pipelines.change(aPipelineObject({ name: 'uptown', ...rested, ...rival }));
    pipelines.change(aPipelineObject(rested));
    triggers.open();
    pipelines.remove('downtown');
    assert.deepEqual((await wanted()).sort(), ['cafe/downtown', 'cafe/uptown']);
  });

  it('of a server means a turn of its pipelines, whether their spec is valid or not', async () => {
    const { pipelines, triggers, wanted } = world();
    const on = (name: string, dataflow?: unknown) =>
      aPipelineObject({ name, ...rested, spec: dataflow === undefined ? {} : { dataflow } });
    for (const object of [
      on('a', { server: 'west' }),
      on('b', { server: 'east' }),
      on('c'),
      on('d', { server: 5 }),
      on('e', null),
      { ...on('f', { server: 'west' }), spec: { topics: 'none', dataflow: { server: 'west' } } },
      { ...on('g'), spec: undefined },
    ])
      pipelines.change(object);
    triggers.serversChanged(new Set(['west']));
    assert.deepEqual(await wanted(), [], 'another process leads');
    triggers.open();
    await wanted();
    triggers.serversChanged(new Set(['west', 'gone']));
    assert.deepEqual(await wanted(), ['cafe/a', 'cafe/f']);
    triggers.serversChanged(new Set(['default']));
    assert.deepEqual(await wanted(), ['cafe/c', 'cafe/d', 'cafe/e', 'cafe/g']);
  });
});
