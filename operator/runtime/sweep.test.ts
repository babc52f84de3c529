import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from './clock.fixtures.ts';
import { createSweep } from './sweep.ts';
import { lowPriority, WorkQueue } from './workqueue.ts';

describe('a sweep', () => {
  it('gives every key a turn of low priority in each interval, spread over it', async () => {
    const clock = new FakeClock();
    const queue = new WorkQueue({ clock, random: () => 0 });
    const randoms = [0.9, 0.1, 0.5];
    let next = 0;
    const random = () => randoms[next++ % randoms.length]!;
    const sweep = createSweep({ queue, keys: () => ['a', 'b', 'c'], clock, random, intervalMs: 60_000 });
    void sweep.start();
    await clock.advance(60_000);
    assert.equal(queue.depth().size, 0);
    const order: string[] = [];
    const take = async (): Promise<void> => {
      for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
        order.push(`${key} at ${(clock.monotonic() - 60_000) / 1000}`);
        queue.done(key);
      }
    };
    const worker = take();
    await clock.advance(60_000);
    assert.deepEqual(order, ['b at 6', 'c at 30', 'a at 54']);
    void sweep.stop();
    await queue.shutDown();
    await worker;
    assert.equal(clock.pending, 0);
  });

  it('goes behind changes', async () => {
    const clock = new FakeClock();
    const queue = new WorkQueue({ clock, random: () => 0 });
    void createSweep({ queue, keys: () => ['a'], clock, random: () => 0, intervalMs: 1_000 }).start();
    await clock.advance(1_000);
    assert.deepEqual([...queue.depth()], [[lowPriority, 1]]);
  });
});
