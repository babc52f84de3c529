import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FakeClock, turns } from './clock.fixtures.ts';
import { lowPriority, normalPriority, WorkQueue, type WorkQueueMetrics } from './workqueue.ts';

function aQueue(metrics?: WorkQueueMetrics): { queue: WorkQueue; clock: FakeClock } {
  const clock = new FakeClock();
  const queue = new WorkQueue({ clock, random: () => 0, ...(metrics === undefined ? {} : { metrics }) });
  return { queue, clock };
}

/** Takes and ends turns until nothing waits. */
async function drain(queue: WorkQueue): Promise<string[]> {
  const keys: string[] = [];
  while ([...queue.depth().values()].some((count) => count > 0)) {
    const key = await queue.take();
    keys.push(key!);
    queue.done(key!);
  }
  return keys;
}

describe('a work queue', () => {
  it('gives keys in the order in which they were added, each once', async () => {
    const { queue } = aQueue();
    for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key);
    assert.deepEqual(await drain(queue), ['a', 'b', 'c']);
  });

  it('gives a key another turn when it was added during its turn, and not before that one has ended', async () => {
    const { queue } = aQueue();
    queue.add('a');
    await queue.take();
    queue.add('a');
    queue.add('a');
    let second: string | undefined;
    const taken = queue.take().then((key) => (second = key));
    await turns();
    assert.equal(second, undefined);
    queue.done('a');
    await taken;
    assert.equal(second, 'a');
    queue.done('a');
    assert.deepEqual(await drain(queue), []);
  });

  it('wakes workers that wait, in their order', async () => {
    const { queue } = aQueue();
    const takes = [queue.take(), queue.take()];
    queue.add('a');
    queue.add('b');
    assert.deepEqual(await Promise.all(takes), ['a', 'b']);
  });

  it('lets the earlier of two delayed requests win, whichever came first', async () => {
    for (const delays of [
      [5_000, 2_000],
      [2_000, 5_000],
    ]) {
      const { queue, clock } = aQueue();
      for (const ms of delays) queue.addAfter('a', ms);
      await clock.advance(1_999);
      assert.deepEqual(await drain(queue), []);
      await clock.advance(1);
      assert.deepEqual(await drain(queue), ['a']);
      await clock.advance(10_000);
      assert.deepEqual(await drain(queue), []);
    }
  });

  it('takes a turn for an answer to every request made before it, delayed ones included', async () => {
    const { queue, clock } = aQueue();
    queue.addAfter('a', 1_000);
    queue.add('a');
    assert.deepEqual(await drain(queue), ['a']);
    await clock.advance(2_000);
    assert.deepEqual(await drain(queue), []);
    assert.equal(clock.pending, 0);
  });

  it('keeps a delayed request that is made during the turn', async () => {
    const { queue, clock } = aQueue();
    queue.add('a');
    await queue.take();
    queue.addAfter('a', 1_000);
    queue.done('a');
    await clock.advance(1_000);
    assert.deepEqual(await drain(queue), ['a']);
  });

  it('backs off from 1 s to 5 min for a key that fails, and starts again after it succeeded', () => {
    const { queue } = aQueue();
    const delays = Array.from({ length: 12 }, () => queue.retry('a'));
    assert.deepEqual(
      delays.map((ms) => ms / 1000),
      [1, 2, 4, 8, 16, 32, 64, 128, 240, 240, 240, 240],
    );
    assert.equal(queue.retry('b'), 1_000);
    queue.forget('a');
    assert.equal(queue.retry('a'), 1_000);
  });

  it('never waits longer than 5 min, jitter included', () => {
    const clock = new FakeClock();
    const queue = new WorkQueue({ clock, random: () => 0.999_999 });
    const delays = Array.from({ length: 2_000 }, () => queue.retry('a'));
    assert.ok(delays.every((ms) => ms >= 1_000 && ms <= 300_000));
    assert.ok(delays.at(-1)! > 299_000);
  });

  it('comes back when the other side said, and still counts the failure', async () => {
    const { queue, clock } = aQueue();
    assert.equal(queue.retry('a', 30_000), 30_000);
    assert.equal(queue.failures('a'), 1);
    await clock.advance(30_000);
    assert.deepEqual(await drain(queue), ['a']);
  });

  it('lets a change go before sweeps that came earlier', async () => {
    const { queue } = aQueue();
    for (const key of ['s1', 's2', 's3']) queue.add(key, lowPriority);
    queue.add('changed', normalPriority);
    queue.add('s3', normalPriority);
    assert.deepEqual(await drain(queue), ['changed', 's3', 's1', 's2']);
  });

  it('does not let changes starve a sweep: after 30 s of waiting it goes before newer changes', async () => {
    const { queue, clock } = aQueue();
    queue.add('sweep', lowPriority);
    await clock.advance(29_999);
    queue.add('change 1');
    await clock.advance(2);
    queue.add('change 2');
    assert.deepEqual(await drain(queue), ['change 1', 'sweep', 'change 2']);
  });

  it('gives out nothing after its shut-down, and is drained when the last turn ends', async () => {
    const { queue, clock } = aQueue();
    queue.add('a');
    queue.add('b');
    queue.addAfter('c', 1_000);
    assert.equal(await queue.take(), 'a');
    queue.add('a');
    let drained = false;
    const down = queue.shutDown().then(() => (drained = true));
    await turns();
    assert.equal(drained, false);
    assert.equal(await queue.take(), undefined);
    queue.add('d');
    queue.addAfter('e', 1);
    queue.done('a');
    await down;
    assert.equal(await queue.take(), undefined);
    assert.equal(clock.pending, 0);
    assert.equal(queue.depth().size, 0);
  });

  it('wakes the workers that wait when it shuts down', async () => {
    const { queue } = aQueue();
    const take = queue.take();
    await queue.shutDown();
    assert.equal(await take, undefined);
  });

  it('tells its metrics what happens, a repeated key once', async () => {
    const told: string[] = [];
    const { queue, clock } = aQueue({
      added: () => told.push('added'),
      taken: (ms) => told.push(`taken ${ms}`),
      finished: (ms) => told.push(`finished ${ms}`),
      retried: () => told.push('retried'),
    });
    queue.add('a');
    queue.add('a');
    assert.deepEqual([...queue.depth()], [[0, 1]]);
    await clock.advance(10);
    await queue.take();
    await clock.advance(5);
    assert.deepEqual(queue.running(), [5]);
    queue.retry('a');
    queue.done('a');
    assert.deepEqual(told, ['added', 'taken 10', 'retried', 'finished 5']);
  });
});

type Step =
  | { readonly kind: 'add'; readonly key: string; readonly low: boolean }
  | { readonly kind: 'addAfter'; readonly key: string; readonly ms: number }
  | { readonly kind: 'retry'; readonly key: string }
  | { readonly kind: 'take' }
  | { readonly kind: 'done'; readonly index: number }
  | { readonly kind: 'advance'; readonly ms: number };

const aKey = fc.constantFrom('a', 'b', 'c', 'd');
const aStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), key: aKey, low: fc.boolean() }),
  fc.record({ kind: fc.constant('addAfter' as const), key: aKey, ms: fc.integer({ min: -5, max: 5_000 }) }),
  fc.record({ kind: fc.constant('retry' as const), key: aKey }),
  fc.record({ kind: fc.constant('take' as const) }),
  fc.record({ kind: fc.constant('done' as const), index: fc.nat(5) }),
  fc.record({ kind: fc.constant('advance' as const), ms: fc.integer({ min: 1, max: 3_000 }) }),
);

/** Drives a queue by steps and keeps what it owes: a turn for every key that was asked for and not taken since. */
class Driver {
  readonly clock = new FakeClock();
  readonly queue = new WorkQueue({ clock: this.clock, random: () => 0.5 });
  readonly owed = new Set<string>();
  readonly inTurn: string[] = [];

  async do(step: Step): Promise<void> {
    switch (step.kind) {
      case 'add':
        this.owed.add(step.key);
        {
          this.queue.add(step.key, step.low ? lowPriority : normalPriority);
          return;
        }
      case 'addAfter':
        this.owed.add(step.key);
        {
          this.queue.addAfter(step.key, step.ms);
          return;
        }
      case 'retry':
        this.owed.add(step.key);
        return void this.queue.retry(step.key);
      case 'take':
        return this.take();
      case 'done': {
        this.done(step.index);
        return;
      }
      case 'advance':
        return this.clock.advance(step.ms);
    }
  }

  async take(): Promise<void> {
    if (this.queue.depth().size === 0) return;
    const key = (await this.queue.take())!;
    assert.ok(!this.inTurn.includes(key), `two workers on ${key}`);
    assert.ok(this.owed.delete(key), `a turn for ${key} that nobody asked for`);
    this.inTurn.push(key);
  }

  done(index: number): void {
    const [key] = this.inTurn.splice(index % Math.max(1, this.inTurn.length), 1);
    if (key !== undefined) this.queue.done(key);
  }
}

describe('whatever is asked of a work queue', () => {
  it('never has two workers on a key, loses nothing, and gives no turn that nobody asked for', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(aStep, { maxLength: 60 }), async (steps) => {
        const driver = new Driver();
        for (const step of steps) await driver.do(step);
        while (driver.inTurn.length > 0) driver.done(0);
        await driver.clock.advance(600_000);
        while (driver.queue.depth().size > 0) {
          await driver.take();
          driver.done(0);
        }
        assert.deepEqual([...driver.owed], []);
        assert.equal(driver.clock.pending, 0);
      }),
      { numRuns: 200 },
    );
  });

  it('gives keys of one age in the order of their priority', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.string(), fc.integer({ min: -100, max: 0 }))), async (adds) => {
        const { queue } = aQueue();
        const highest = new Map<string, number>();
        for (const [key, priority] of adds) {
          queue.add(key, priority);
          highest.set(key, Math.max(highest.get(key) ?? -Infinity, priority));
        }
        const taken = await drain(queue);
        const priorities = taken.map((key) => highest.get(key)!);
        assert.deepEqual(
          priorities,
          priorities.toSorted((a, b) => b - a),
        );
        assert.equal(taken.length, highest.size);
      }),
    );
  });
});
