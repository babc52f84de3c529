import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { KafkaFailure } from '../kafka/port.ts';
import type { Batch } from '../kafka/port.ts';
import { FakeClock } from '../ops/clock.fixtures.ts';
import { aBatch } from './batch.fixtures.ts';
import type { Carried, Courier, Load } from './courier.ts';
import type { PumpEvent } from './events.ts';
import { nextRound } from './round.ts';
import type { Menu } from './round.ts';
import { serve } from './serve.ts';

const menu: Menu = {
  hot: { topic: 'hot', partitions: 1 },
  cold: { topic: 'cold', partitions: 1 },
  deadLetters: { topic: 'dead', partitions: 1 },
  policy: 'DeadLetter',
};

function delivered(load: Load): Carried {
  const { batch, from, limits, refused } = load;
  const round = nextRound({ source: batch, from, menu, limits, refused });
  return { ...round, kind: 'delivered', nullHeaders: 0, committed: false };
}

interface Kit {
  readonly clock: FakeClock;
  readonly events: PumpEvent[];
  readonly run: (batch: Batch) => Promise<void>;
}

function kit(carry: Courier['carry'], transactional = false): Kit {
  const clock = new FakeClock();
  const events: PumpEvent[] = [];
  const nothing = (): Promise<void> => Promise.resolve();
  const courier: Courier = { transactional, carry, begin: nothing, close: nothing };
  const { signal } = new AbortController();
  const report = (event: PumpEvent): void => void events.push(event);
  return {
    clock,
    events,
    run: (batch) => serve({ clock, courier, menu: () => menu, report, signal }, batch),
  };
}

describe('serve', () => {
  it('resolves, commits and beats, in this order, and waits for no commit', async () => {
    const { batch, calls } = aBatch();
    await kit(async (load) => delivered(load)).run(batch);
    assert.deepEqual(calls, ['resolve 2', 'commit 3', 'heartbeat']);
  });

  it('commits what was delivered when the heartbeat says that the group is rebalancing, and says so', async () => {
    const rebalancing = new Error('rebalancing');
    const { batch, calls } = aBatch({ heartbeat: () => Promise.reject(rebalancing) });
    await assert.rejects(kit(async (load) => delivered(load)).run(batch), rebalancing);
    assert.deepEqual(calls, ['resolve 2', 'commit 3']);
  });

  it('beats while it waits for an acknowledgement', async () => {
    const acknowledged = Promise.withResolvers<undefined>();
    const { clock, run } = kit(async (load) => {
      await acknowledged.promise;
      return delivered(load);
    });
    const { batch, calls } = aBatch();
    const done = run(batch);
    for (let second = 0; second < 20; second += 1) {
      clock.advance(1_000);
      await setImmediate();
    }
    assert.equal(calls.length, 20);
    acknowledged.resolve(undefined);
    await done;
    assert.deepEqual(calls.slice(20), ['resolve 2', 'commit 3', 'heartbeat']);
    clock.advance(10_000);
    assert.equal(calls.length, 23);
  });

  it('does not try again for a partition that was lost while it waited', async () => {
    const rebalancing = new Error('rebalancing');
    let tried = 0;
    const acknowledged = Promise.withResolvers<undefined>();
    const { clock, run } = kit(async () => {
      tried += 1;
      await acknowledged.promise;
      throw new KafkaFailure('wait', 'no answer');
    });
    const { batch, calls } = aBatch({ heartbeat: () => Promise.reject(rebalancing) });
    const done = run(batch);
    clock.advance(1_500);
    await setImmediate();
    acknowledged.resolve(undefined);
    await assert.rejects(done, rebalancing);
    assert.deepEqual([tried, calls], [1, []]);
  });

  it('takes nothing more once the consumer is being stopped', async () => {
    let running = true;
    const { batch, calls } = aBatch({ isRunning: () => running });
    await kit(async (load) => {
      running = false;
      return delivered({ ...load, limits: { ...load.limits, records: 1 } });
    }).run(batch);
    assert.deepEqual(calls, ['resolve 0', 'commit 1', 'heartbeat']);
  });

  it('goes where the group is, without committing', async () => {
    const { batch, calls } = aBatch();
    await kit(async () => ({ kind: 'elsewhere', offset: '7' })).run(batch);
    assert.deepEqual(calls, ['seek 7', 'heartbeat']);
  });

  it('lets a mistake of ours through, and has committed what was done before it', async () => {
    let calledBefore = false;
    const { run } = kit(async (load) => {
      if (calledBefore) throw new TypeError('a mistake');
      calledBefore = true;
      return delivered({ ...load, limits: { ...load.limits, records: 2 } });
    });
    const { batch, calls } = aBatch();
    await assert.rejects(run(batch), TypeError);
    assert.deepEqual(calls, ['resolve 1', 'commit 2', 'heartbeat']);
  });

  it('leaves a partition alone after five attempts, and comes back to it', async () => {
    let tried = 0;
    const { clock, events, run } = kit(async () => {
      tried += 1;
      throw new KafkaFailure('wait', 'no leader');
    });
    const { batch, calls } = aBatch();
    const done = run(batch);
    for (let step = 0; step < 40; step += 1) {
      clock.advance(100);
      await setImmediate();
    }
    await done;
    assert.equal(tried, 5);
    assert.deepEqual(
      calls.filter((call) => call !== 'heartbeat'),
      ['pause'],
    );
    clock.advance(3_000);
    assert.equal(calls.at(-1), 'resume');
    const kinds = events.map(({ type }) => type).filter((type) => type !== 'beat');
    assert.deepEqual(kinds, [...Array.from({ length: 5 }, () => 'retried'), 'held', 'released']);
  });

  it('does not wait for ever for an answer: what has none after 45 s ends the consumer, and is not tried again', async () => {
    let tried = 0;
    const { clock, events, run } = kit(() => {
      tried += 1;
      return new Promise(() => undefined);
    });
    const { batch, calls } = aBatch();
    const done = assert.rejects(run(batch), {
      name: 'KafkaFailure',
      advice: 'wait',
      message: /a write for 45 s/,
    });
    for (let second = 0; second < 60; second += 1) {
      clock.advance(1_000);
      await setImmediate();
    }
    await done;
    // No heartbeat and no commit after the deadline.
    assert.deepEqual([tried, calls.length, new Set(calls)], [1, 45, new Set(['heartbeat'])]);
    assert.deepEqual(events, []);
  });

  it('ends so also when heartbeats fail meanwhile', async () => {
    const { clock, run } = kit(() => new Promise(() => undefined));
    const { batch } = aBatch({ heartbeat: () => Promise.reject(new Error('rebalancing')) });
    const done = assert.rejects(run(batch), { name: 'KafkaFailure' });
    for (let passed = 0; passed < 46; passed += 1) {
      clock.advance(1_000);
      await setImmediate();
    }
    await done;
  });

  it('begins a transaction only when no other commit is under way, which would overwrite that of the transaction', async () => {
    const settled = Promise.withResolvers<undefined>();
    const { batch, calls } = aBatch({ settled: () => settled.promise });
    const { run } = kit(async (load) => {
      calls.push('carry');
      return delivered(load);
    }, true);
    const done = run(batch);
    await setImmediate();
    assert.deepEqual(calls, []);
    settled.resolve(undefined);
    await done;
    assert.deepEqual(calls, ['carry', 'resolve 2', 'commit 3', 'heartbeat']);
  });

  it('commits behind what follows the last order, once that is done, and not before', async () => {
    const { batch, calls } = aBatch({ endOffset: '7' });
    await kit(async (load) => delivered({ ...load, limits: { ...load.limits, records: 2 } })).run(batch);
    assert.deepEqual(calls, ['resolve 1', 'commit 2', 'heartbeat', 'resolve 2', 'commit 7', 'heartbeat']);
    let running = true;
    const stopped = aBatch({ endOffset: '7', isRunning: () => running });
    await kit(async (load) => {
      running = false;
      return delivered({ ...load, limits: { ...load.limits, records: 2 } });
    }).run(stopped.batch);
    assert.deepEqual(stopped.calls, ['resolve 1', 'commit 2', 'heartbeat']);
  });

  it('gets the group past a batch that has no orders for it', async () => {
    const { batch, calls } = aBatch({ records: [], fetchedFrom: '5', endOffset: '7' });
    await kit(async (load) => delivered(load)).run(batch);
    const same = aBatch({ records: [], fetchedFrom: '5', endOffset: '5' });
    await kit(async (load) => delivered(load)).run(same.batch);
    assert.deepEqual([calls, same.calls], [['commit 7'], []]);
  });

  it('leaves alone a partition whose orders cannot be read, commits nothing of it, and looks again later', async () => {
    const { clock, events, run } = kit(async (load) => delivered(load));
    const damaged = {
      records: [],
      damage: 'a batch whose checksum is wrong',
      fetchedFrom: '5',
      endOffset: '5',
    };
    const { batch, calls } = aBatch(damaged);
    await run(batch);
    assert.deepEqual(calls, ['pause']);
    const [held] = events;
    assert.ok(held?.type === 'held' && held.retry);
    assert.equal(held.offset, '5');
    assert.match(held.why, /offset 5 on cannot be read: a batch whose checksum is wrong.*--topic orders:0/);
    clock.advance(30_000);
    assert.deepEqual(calls, ['pause', 'resume']);
  });
});
