import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MemoryBroker, memoryKafka } from '../kafka/memory.ts';
import { KafkaFailure } from '../kafka/port.ts';
import type { Batch, Transaction } from '../kafka/port.ts';
import { aBatch, records } from './batch.fixtures.ts';
import { ExactlyOnce } from './courier.ts';
import type { Load } from './courier.ts';
import { leftMark } from './leftovers.ts';
import type { Menu } from './round.ts';
import { fullRound } from './round.ts';

const menu: Menu = {
  hot: { topic: 'hot', partitions: 1 },
  cold: { topic: 'cold', partitions: 1 },
  deadLetters: { topic: 'dead', partitions: 1 },
  policy: 'Skip',
};

function load(batch: Batch, from = 0): Load {
  return { batch, from, menu, limits: fullRound, refused: undefined, searching: false, again: false };
}

function bar(): {
  broker: MemoryBroker;
  courier: () => ExactlyOnce;
  drinks: () => number;
  committed: () => unknown;
} {
  const broker = new MemoryBroker();
  for (const topic of ['orders', 'hot', 'cold']) broker.createTopic(topic);
  const kafka = memoryKafka(broker, 'bar');
  return {
    broker,
    courier: () => new ExactlyOnce(kafka, 'bar'),
    drinks: () => broker.read('hot').length + broker.read('cold').length,
    committed: () => broker.offset('bar', 'orders', 0)?.offset,
  };
}

describe('ExactlyOnce', () => {
  it('delivers a whole batch and its offset in one transaction', async () => {
    const { courier, drinks, committed } = bar();
    const carried = await courier().carry(load(aBatch({ records: records(2_500) }).batch));
    assert.ok(carried.kind === 'delivered' && carried.committed);
    assert.deepEqual(
      [carried.next, carried.tally.received, drinks(), committed()],
      [2_500, 2_500, 2_500, '2500'],
    );
  });

  it('serves nothing of a batch that was fetched before another worker committed', async () => {
    const { broker, courier, drinks } = bar();
    broker.setOffset('bar', { topic: 'orders', partition: 0, offset: '2' });
    const carried = await courier().carry(load(aBatch().batch));
    assert.deepEqual(carried, { kind: 'elsewhere', offset: '2' });
    assert.equal(drinks(), 0);
  });

  it('reads again what is not committed although the consumer is past it', async () => {
    const { broker, courier } = bar();
    broker.setOffset('bar', { topic: 'orders', partition: 0, offset: '2' });
    const ahead = aBatch({ records: records(3, 5), fetchedFrom: '5' });
    assert.deepEqual(await courier().carry(load(ahead.batch)), { kind: 'elsewhere', offset: '2' });
    const middle = aBatch({ records: records(6) });
    assert.deepEqual(await courier().carry(load(middle.batch, 4)), { kind: 'elsewhere', offset: '2' });
  });

  it('takes a gap in the log for what it is', async () => {
    const { broker, courier, drinks } = bar();
    broker.setOffset('bar', { topic: 'orders', partition: 0, offset: '2' });
    const carried = await courier().carry(load(aBatch({ records: records(3, 5), fetchedFrom: '2' }).batch));
    assert.deepEqual([carried.kind, drinks()], ['delivered', 3]);
  });

  it('keeps out a worker that has lost the partition and does not know it', async () => {
    const { courier, drinks, committed } = bar();
    const zombie = courier();
    const next = { records: records(2, 2), fetchedFrom: '2' };
    await zombie.carry(load(aBatch({ records: records(2) }).batch));
    const heir = courier();
    await heir.carry(load(aBatch({ ...next, generation: 2 }).batch));
    await assert.rejects(zombie.carry(load(aBatch(next).batch)), {
      name: 'KafkaFailure',
    });
    assert.deepEqual([drinks(), committed()], [4, '4']);
  });

  it('looks anew where the group is after every assignment', async () => {
    const { broker, courier } = bar();
    const one = courier();
    await one.carry(load(aBatch({ records: records(2) }).batch));
    broker.setOffset('bar', { topic: 'orders', partition: 0, offset: '9' });
    const again = aBatch({ records: records(2, 2), fetchedFrom: '2', generation: 2 });
    assert.deepEqual(await one.carry(load(again.batch)), { kind: 'elsewhere', offset: '9' });
  });

  it('commits nothing for orders that leave nothing to write', async () => {
    const { courier, committed } = bar();
    const tombstones = records(2).map((record) => ({ ...record, value: null }));
    const carried = await courier().carry(load(aBatch({ records: tombstones }).batch));
    assert.ok(carried.kind === 'delivered' && !carried.committed && carried.next === 2);
    assert.equal(committed(), undefined);
  });

  it('reads on at the start of the log when that has grown past the group', async () => {
    const { broker, courier, drinks, committed } = bar();
    broker.append([{ topic: 'orders', records: records(12).map((record) => ({ ...record, partition: 0 })) }]);
    broker.expire('orders', 0, 10);
    broker.setOffset('bar', { topic: 'orders', partition: 0, offset: '2' });
    const there = aBatch({ records: records(2, 10), fetchedFrom: '10' });
    const carried = await courier().carry(load(there.batch));
    assert.deepEqual([carried.kind, drinks(), committed()], ['delivered', 2, '12']);
    const ahead = aBatch({ records: records(1, 11), fetchedFrom: '11' });
    broker.setOffset('bar', { topic: 'orders', partition: 0, offset: '2' });
    assert.deepEqual(await courier().carry(load(ahead.batch)), { kind: 'elsewhere', offset: '10' });
  });

  it('serves orders that it has although they expire meanwhile', async () => {
    const { broker, courier, drinks } = bar();
    broker.append([{ topic: 'orders', records: records(3).map((record) => ({ ...record, partition: 0 })) }]);
    broker.setOffset('bar', { topic: 'orders', partition: 0, offset: '0' });
    broker.expire('orders', 0, 2);
    const carried = await courier().carry(load(aBatch().batch));
    assert.deepEqual([carried.kind, drinks()], ['delivered', 3]);
  });

  for (const [advice, aborts] of [
    ['split', 1],
    ['tell', 1],
    ['wait', 0],
    ['rebuild', 0],
  ] as const) {
    it(`${aborts === 1 ? 'aborts' : 'leaves to the next producer'} a transaction whose records fail (${advice})`, async () => {
      const { broker } = bar();
      const calls: string[] = [];
      const failing = memoryKafka(broker, 'bar');
      const noting = (transaction: Transaction): Transaction => ({
        ...transaction,
        abort: () => Promise.reject(new KafkaFailure('rebuild', String(calls.push('abort')))),
      });
      const courier = new ExactlyOnce(
        {
          ...failing,
          transactional: async (id) => {
            const producer = await failing.transactional(id);
            return {
              begin: async () => noting(await producer.begin()),
              close: async () => void calls.push('close'),
            };
          },
        },
        'bar',
      );
      broker.faults.write = () => new KafkaFailure(advice, 'no');
      await assert.rejects(courier.carry(load(aBatch().batch)), { advice });
      assert.deepEqual(calls, aborts === 1 ? ['abort', 'close'] : ['close']);
    });
  }

  it('writes down where the group begins, unless it has begun', async () => {
    const { broker, courier, committed } = bar();
    const start = { topic: 'orders', partition: 0, offset: '3' };
    await courier().begin([start]);
    assert.equal(committed(), '3');
    broker.setOffset('bar', { ...start, offset: '8' });
    await courier().begin([start]);
    assert.equal(committed(), '8');
    broker.setOffset('bar', { ...start, offset: '8', metadata: leftMark });
    await courier().begin([{ ...start, offset: '8' }]);
    assert.equal(broker.offset('bar', 'orders', 0)?.metadata, undefined);
  });

  it('ends what a former owner has open before it looks where the group begins', async () => {
    const { courier, committed } = bar();
    const zombie = courier();
    await zombie.carry(load(aBatch({ records: records(2) }).batch));
    await courier().begin([{ topic: 'orders', partition: 0, offset: '0' }]);
    assert.equal(committed(), '2');
    const more = aBatch({ records: records(2, 2), fetchedFrom: '2' });
    await assert.rejects(zombie.carry(load(more.batch)), { advice: 'rebuild' });
  });
});
