import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fetching, type PartitionBatch } from './fetching.ts';

interface Served extends PartitionBatch {
  readonly done: PromiseWithResolvers<undefined>;
}

interface Asked {
  readonly nodeId: number;
  readonly patient: boolean;
  readonly answer: (...batches: readonly PartitionBatch[]) => void;
  readonly fail: (error: Error) => void;
}

const many = (partition: number): PartitionBatch => ({ topic: 'orders', partition, records: 5_000 });
const few = (partition: number): PartitionBatch => ({ topic: 'orders', partition, records: 3 });
const nothing = (partition: number): PartitionBatch => ({ topic: 'orders', partition, records: 0 });

/** Whatever can happen now has happened. */
const settled = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));

/** Brokers and servings that do what the test says. */
function world({ partitions = 2, atATime = 8 } = {}) {
  let nodes: readonly number[] = [1];
  let open = partitions;
  const asked: Asked[] = [];
  const served: Served[] = [];
  const timers = new Map<() => void, number>();
  const fetching = new Fetching<PartitionBatch>({
    nodeIds: () => nodes,
    noBroker: () => new Error('no broker'),
    isAnyLeft: (busy) => busy.size < open,
    fetch: (nodeId, patient) => {
      const { promise, resolve, reject } = Promise.withResolvers<readonly PartitionBatch[]>();
      asked.push({ nodeId, patient, answer: (...batches) => resolve(batches), fail: reject });
      return promise;
    },
    serve: (batch) => {
      const done = Promise.withResolvers<undefined>();
      if (batch.records === 0) done.resolve(undefined);
      served.push({ ...batch, done });
      return done.promise;
    },
    atATime,
    after: (ms, callback) => {
      timers.set(callback, ms);
      return () => timers.delete(callback);
    },
  });
  const last = (): Asked => asked.at(-1) as Asked;
  const finish = async (partition: number): Promise<void> => {
    served.findLast((each) => each.partition === partition)?.done.resolve(undefined);
    await settled();
  };
  const answer = async (...batches: readonly PartitionBatch[]): Promise<void> => {
    last().answer(...batches);
    await settled();
  };
  /** So many milliseconds pass at once for whoever waits no longer than that. */
  const tick = async (passed = 1_000): Promise<void> => {
    for (const [callback, ms] of timers) if (ms <= passed) callback();
    await settled();
  };
  const move = (to: readonly number[]): void => void (nodes = to);
  const grow = (to: number): void => void (open = to);
  return { fetching, asked, served, last, finish, answer, tick, move, grow };
}

describe('fetching', () => {
  it('asks on while a partition is served, and for that one when it is done', async () => {
    const { fetching, asked, last, answer, finish } = world();
    void fetching.start();
    assert.deepEqual([asked.length, last().patient], [1, true]);
    await answer(many(0), nothing(1));
    assert.deepEqual([asked.length, last().patient, [...fetching.busy.keys()]], [2, false, ['orders/0']]);
    await answer(many(1));
    assert.equal(asked.length, 2, 'all are being served: there is nothing to ask for');
    await finish(0);
    assert.deepEqual([asked.length, [...fetching.busy.keys()]], [3, ['orders/1']]);
  });

  it('waits for records when nothing is being served', async () => {
    const { fetching, asked, last, answer, finish, tick } = world();
    void fetching.start();
    await answer(many(0));
    await finish(0);
    await answer();
    await tick();
    assert.deepEqual([asked.length, last().patient], [3, true]);
  });

  it('asks again after a few records when all of them are served, so that what comes meanwhile comes at once', async () => {
    const { fetching, asked, last, answer, finish, tick } = world({ partitions: 3 });
    void fetching.start();
    await answer(few(0), few(1));
    await tick(2);
    assert.equal(asked.length, 1);
    await finish(0);
    assert.equal(asked.length, 1);
    await finish(1);
    assert.deepEqual([asked.length, last().patient], [2, true]);
  });

  it('asks again no sooner than 2 ms after a few records, so that what comes meanwhile comes together', async () => {
    const { fetching, asked, last, answer, finish, tick } = world();
    void fetching.start();
    await answer(few(0));
    await finish(0);
    await tick(1);
    assert.equal(asked.length, 1);
    await tick(2);
    assert.deepEqual([asked.length, last().patient], [2, true]);
  });

  it('asks for the others after a moment when a few records are not served by then', async () => {
    const { fetching, asked, last, answer, tick } = world();
    void fetching.start();
    await answer(few(0));
    await tick(4);
    assert.equal(asked.length, 1);
    await tick(5);
    assert.deepEqual([asked.length, last().patient, [...fetching.busy.keys()]], [2, false, ['orders/0']]);
  });

  it('asks no more when it is stopped while it waits for a few records to be served', async () => {
    const { fetching, asked, answer, finish, tick } = world();
    const ended = fetching.start();
    await answer(few(0));
    const stop = fetching.stop();
    await finish(0);
    await tick();
    await Promise.all([stop, ended]);
    assert.equal(asked.length, 1);
  });

  it('holds no more batches than are served at a time', async () => {
    const { fetching, asked, answer, finish } = world({ partitions: 9, atATime: 2 });
    void fetching.start();
    await answer(many(0), many(1));
    assert.equal(asked.length, 1);
    await finish(1);
    assert.equal(asked.length, 2);
  });

  it('looks again after a while whether a partition is not paused any more', async () => {
    const { fetching, asked, answer, tick, grow } = world();
    void fetching.start();
    await answer(many(0), many(1));
    await tick();
    assert.equal(asked.length, 1, 'all are being served');
    grow(3);
    await tick();
    assert.equal(asked.length, 2);
  });

  it('drops what is fetched of a partition that is being served, as when it moves to another broker', async () => {
    const { fetching, asked, served, answer, move } = world({ partitions: 3 });
    move([1, 2]);
    void fetching.start();
    assert.deepEqual(
      asked.map(({ nodeId }) => nodeId),
      [1, 2],
    );
    asked[0]?.answer(many(0));
    await settled();
    asked[1]?.answer(many(0), many(1));
    await settled();
    assert.deepEqual(
      served.map(({ partition }) => partition),
      [0, 1],
    );
    await answer();
  });

  it('follows the partitions to their new brokers', async () => {
    const { fetching, asked, answer, move, tick } = world();
    void fetching.start();
    move([2]);
    await answer();
    await tick();
    assert.deepEqual(
      asked.map(({ nodeId }) => nodeId),
      [1, 2],
    );
  });

  it('fails as kafkajs does when no broker is known', async () => {
    const { fetching, move } = world();
    move([]);
    await assert.rejects(fetching.start(), /no broker/);
  });

  it('fails with what a serving fails with, after the others have come to their end, and can be started again', async () => {
    const { fetching, asked, served, answer, finish } = world({ partitions: 3 });
    let failure: unknown;
    const ended = fetching.start().catch((error: unknown) => (failure = error));
    await answer(many(0), many(1));
    served[0]?.done.reject(new Error('the group is rebalancing'));
    await settled();
    await answer(many(2));
    assert.deepEqual([failure, [...fetching.busy.keys()]], [undefined, ['orders/1', 'orders/2']]);
    await finish(1);
    await finish(2);
    await ended;
    assert.match(String(failure), /the group is rebalancing/);
    const count = asked.length;
    void fetching.start();
    assert.equal(asked.length, count + 1);
  });

  it('fails with what a fetch fails with', async () => {
    const { fetching, last } = world();
    const ended = fetching.start();
    last().fail(new Error('stale metadata'));
    await assert.rejects(ended, /stale metadata/);
  });

  it('stops when what is under way is over, and serves nothing that comes after', async () => {
    const { fetching, served, answer, finish } = world();
    const ended = fetching.start();
    await answer(many(0));
    let stopped = false;
    const stop = fetching.stop().then(() => (stopped = true));
    await answer(many(1));
    assert.deepEqual([served.length, stopped], [1, false]);
    await finish(0);
    await Promise.all([stop, ended]);
    assert.equal(fetching.busy.size, 0);
  });

  it('lets the group be joined again only when nothing is served, and fetches nothing meanwhile', async () => {
    const { fetching, asked, served, answer, finish } = world({ partitions: 3 });
    void fetching.start();
    await answer(many(0));
    const joined = Promise.withResolvers<undefined>();
    let joining = false;
    const alone = fetching.alone(() => {
      joining = true;
      return joined.promise;
    });
    await answer(many(1));
    assert.deepEqual([joining, served.length], [false, 1], 'what comes now was asked for before');
    await finish(0);
    assert.deepEqual([joining, asked.length], [true, 2]);
    joined.resolve(undefined);
    await alone;
    await settled();
    assert.equal(asked.length, 3);
  });
});
