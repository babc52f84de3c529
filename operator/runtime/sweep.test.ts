import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from './clock.fixtures.ts';
import { Sweep } from './sweep.ts';
import { lowPriority, WorkQueue } from './workqueue.ts';

/** A sweep whose turns are taken as they come; `seen` tells when, in seconds. */
function world(lanes: Record<string, string[]>, pace = { intervalMs: 60_000, leastGapMs: 200 }) {
  const clock = new FakeClock();
  const queue = new WorkQueue({ clock, random: () => 0 });
  const sweep = new Sweep({
    queue,
    lanes: () => new Map(Object.entries(lanes)),
    clock,
    random: () => 0.5,
    ...pace,
  });
  const seen: string[] = [];
  const take = async (): Promise<void> => {
    for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
      seen.push(`${key} at ${clock.monotonic() / 1000}`);
      queue.done(key);
    }
  };
  return { clock, queue, sweep, seen, lanes, take };
}

describe('a sweep', () => {
  it('gives every key a turn in each interval, spread over it', async () => {
    const { clock, sweep, seen, queue, take } = world({ one: ['a', 'b', 'c'] });
    const worker = take();
    sweep.start();
    await clock.advance(120_000);
    assert.deepEqual(
      seen.map((it) => Number(it.split(' at ')[1])),
      [20, 40, 60, 80, 100, 120],
    );
    assert.deepEqual([...new Set(seen.slice(0, 3).map((it) => it[0]))].sort(), ['a', 'b', 'c']);
    sweep.stop();
    await queue.shutDown();
    await worker;
    assert.equal(clock.pending, 0);
  });

  it('takes longer when there are more keys than its pace allows, in each lane by itself', async () => {
    const many = Array.from({ length: 100 }, (_, index) => `many-${index}`);
    const { clock, sweep, seen, queue, take } = world(
      { many, few: ['few'] },
      { intervalMs: 10_000, leastGapMs: 1000 },
    );
    const worker = take();
    sweep.start();
    await clock.advance(50_000);
    assert.equal(seen.filter((it) => it.startsWith('many')).length, 50);
    assert.equal(seen.filter((it) => it.startsWith('few')).length, 5);
    await clock.advance(50_000);
    assert.equal(new Set(seen.filter((it) => it.startsWith('many')).map((it) => it.split(' ')[0])).size, 100);
    sweep.stop();
    await queue.shutDown();
    await worker;
  });

  it('goes behind changes, and leaves out what has a turn anyway', async () => {
    const { clock, sweep, queue } = world({ one: ['a', 'later'] });
    queue.addAfter('later', 300_000);
    sweep.start();
    await clock.advance(60_000);
    assert.deepEqual([...queue.depth()], [[lowPriority, 1]]);
  });

  it('finds lanes that come later', async () => {
    const { clock, sweep, queue, lanes } = world({});
    sweep.start();
    lanes['new'] = ['a'];
    await clock.advance(120_000);
    assert.deepEqual([...queue.depth()], [[lowPriority, 1]]);
    sweep.stop();
    assert.equal(clock.pending, 0);
  });
});
