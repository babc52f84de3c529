import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from './clock.fixtures.ts';
import { IdleCollection, type Heap } from './idle-collection.ts';
import { MemoryLog } from './log.fixtures.ts';

const MB = 1024 ** 2;

/** A heap of which `held` cannot be collected. */
class FakeHeap implements Heap {
  held = 50 * MB;
  garbage = 0;
  cpu = 0;
  collections = 0;

  committed(): number {
    return this.held + this.garbage;
  }

  cpuSeconds(): number {
    return this.cpu;
  }

  collect(): void {
    this.garbage = 0;
    this.collections += 1;
  }
}

function world(): { heap: FakeHeap; clock: FakeClock; collection: IdleCollection } {
  const heap = new FakeHeap();
  const clock = new FakeClock();
  const collection = new IdleCollection({ heap, clock, log: new MemoryLog() });
  return { heap, clock, collection };
}

/** A quarter of a minute in which the process uses this share of a core. */
async function pass(clock: FakeClock, heap: FakeHeap, share: number): Promise<void> {
  heap.cpu += 15 * share;
  await clock.advance(15_000);
}

describe('the collection at rest', () => {
  it('comes when a busy time is over, and not before', async () => {
    const { heap, clock, collection } = world();
    collection.start();
    for (let busy = 0; busy < 4; busy += 1) {
      heap.garbage += 40 * MB;
      await pass(clock, heap, 0.9);
    }
    assert.equal(heap.collections, 0);
    await pass(clock, heap, 0.05);
    assert.equal(heap.collections, 1);
    assert.equal(heap.committed(), 50 * MB);
    collection.stop();
  });

  it('does not come again for what is held, however much', async () => {
    const { heap, clock, collection } = world();
    heap.held = 500 * MB;
    collection.start();
    for (let quiet = 0; quiet < 20; quiet += 1) await pass(clock, heap, 0.05);
    assert.equal(heap.collections, 1, 'once, as it cannot know what is held');
    collection.stop();
  });

  it('does not come for the little that sweeps leave, until that is much', async () => {
    const { heap, clock, collection } = world();
    collection.start();
    await pass(clock, heap, 0.05);
    const before = heap.collections;
    heap.garbage = 31 * MB;
    await pass(clock, heap, 0.05);
    assert.equal(heap.collections, before);
    heap.garbage = 33 * MB;
    await pass(clock, heap, 0.05);
    assert.equal(heap.collections, before + 1);
    collection.stop();
  });

  it('comes for garbage where something was held before that is gone', async () => {
    const { heap, clock, collection } = world();
    heap.held = 500 * MB;
    collection.start();
    await pass(clock, heap, 0.05);
    heap.held = 50 * MB;
    await pass(clock, heap, 0.9);
    heap.garbage = 300 * MB;
    await pass(clock, heap, 0.05);
    assert.equal(heap.collections, 2);
    collection.stop();
  });

  it('ends with the operator', async () => {
    const { heap, clock, collection } = world();
    collection.start();
    collection.stop();
    heap.garbage = 400 * MB;
    await pass(clock, heap, 0);
    assert.equal(heap.collections, 0);
    assert.equal(clock.pending, 0);
  });
});
