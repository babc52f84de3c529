import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Rebalancing } from '../kafka/memory-member.ts';
import { fieldsOf, KafkaFailure } from '../kafka/port.ts';
import type { TopicRecords } from '../kafka/port.ts';
import type { Delivery } from '../config/config.ts';
import { aConfig, Bar, evens, odds } from './pump.fixtures.ts';

const wait = new KafkaFailure('wait', 'the leader moves');

function writes(
  topic: string,
  failure: KafkaFailure,
): (batch: readonly TopicRecords[]) => KafkaFailure | undefined {
  return (batch) => (batch.some((each) => each.topic === topic) ? failure : undefined);
}

/** Calls back `times` times, then no more. */
function first<T>(times: number, then: () => T): () => T | undefined {
  let left = times;
  return () => {
    left -= 1;
    return left >= 0 ? then() : undefined;
  };
}

for (const delivery of ['AtLeastOnce', 'ExactlyOnce'] satisfies Delivery[]) {
  describe(`a worker, ${delivery}`, () => {
    it('creates topics, serves all orders, commits, and leaves when told', async () => {
      const bar = new Bar();
      const worker = bar.start(aConfig({ delivery }));
      await bar.until('to join', () => worker.of('assigned').length > 0);
      bar.numbers('orders', 300);
      await bar.until('all drinks', () => bar.read('hot').length + bar.read('cold').length >= 300);
      assert.equal(await worker.stop(), 'stopped');
      assert.deepEqual([bar.served('hot'), bar.served('cold')], [evens(300), odds(300)]);
      assert.deepEqual(
        [0, 1, 2].map((partition) => bar.committed('orders', partition)),
        ['100', '100', '100'],
      );
      assert.equal(bar.broker.topics.get('hot')?.length, 3);
      const received = worker.of('served').reduce((sum, { tally }) => sum + tally.received, 0);
      assert.equal(received, 300);
    });

    it('keeps the order of a key and of an input partition', async () => {
      const bar = new Bar(7);
      bar.broker.createTopic('orders', 3);
      bar.order(
        'orders',
        Array.from({ length: 200 }, (_, at) => ({
          value: String(at),
          timestamp: String(at),
          partition: at % 3,
          key: at % 2 === 0 ? Buffer.from(`table ${at % 3}`) : null,
        })),
      );
      const worker = bar.start(aConfig({ delivery }));
      await bar.until('all drinks', () => bar.read('hot').length + bar.read('cold').length >= 200);
      await worker.stop();
      for (const topic of ['hot', 'cold']) {
        const groups = Map.groupBy(
          bar.read(topic),
          ({ key, timestamp }) => key?.toString() ?? Number(timestamp) % 3,
        );
        for (const same of groups.values()) {
          const times = same.map(({ timestamp }) => Number(timestamp));
          assert.deepEqual(
            times,
            times.toSorted((a, b) => a - b),
          );
        }
      }
    });

    it('loses nothing when it is killed between writing and committing', async () => {
      const bar = new Bar(20);
      bar.broker.createTopic('orders', 3);
      bar.numbers('orders', 300);
      const victim = bar.start(aConfig({ delivery }));
      let commits = 0;
      bar.broker.faults.commit = ({ offset }) => {
        // Where the group begins is committed before anything is written.
        if (offset !== '0') commits += 1;
        if (commits !== 3) return undefined;
        victim.kill();
        return new Rebalancing('killed');
      };
      await bar.until('the kill', () => commits >= 3);
      const heir = bar.start(aConfig({ delivery }));
      const all = (): number => new Set([...bar.served('hot'), ...bar.served('cold')]).size;
      await bar.until('all drinks', () => all() === 300);
      await heir.stop();
      const drinks = [bar.served('hot'), bar.served('cold')];
      assert.deepEqual(
        drinks.map((list) => [...new Set(list)]),
        [evens(300), odds(300)],
      );
      const repeated = drinks.flat().length - 300;
      assert.ok(delivery === 'ExactlyOnce' ? repeated === 0 : repeated > 0, `${repeated} repeated`);
    });

    it('serves each order once over a rebalance in the middle', async () => {
      const bar = new Bar(10);
      bar.broker.createTopic('orders', 3);
      bar.numbers('orders', 300);
      const one = bar.start(aConfig({ delivery }));
      await bar.until('some drinks', () => bar.read('hot').length > 10);
      const two = bar.start(aConfig({ delivery }));
      const all = (): number => new Set([...bar.served('hot'), ...bar.served('cold')]).size;
      await bar.until('all drinks', () => all() === 300);
      await Promise.all([one.stop(), two.stop()]);
      assert.ok(two.of('served').length > 0 && one.of('served').length > 0, 'both have served');
      if (delivery === 'ExactlyOnce') assert.equal(bar.read('hot').length + bar.read('cold').length, 300);
    });

    it('goes on where it was when writing works again', async () => {
      const bar = new Bar();
      bar.broker.createTopic('orders', 3);
      bar.numbers('orders', 9);
      bar.broker.faults.write = first(3, () => wait);
      const worker = bar.start(aConfig({ delivery }));
      await bar.until('all drinks', () => bar.read('hot').length + bar.read('cold').length >= 9);
      await worker.stop();
      assert.deepEqual([bar.served('hot'), bar.served('cold')], [evens(9), odds(9)]);
      // What the three partitions have ready at one moment is one write; when it fails, each is tried by itself: two of these fail.
      assert.equal(worker.of('retried').length, delivery === 'AtLeastOnce' ? 2 : 0);
      assert.equal(worker.of('aborted').length, delivery === 'AtLeastOnce' ? 0 : 3);
    });

    it('counts an answer that got lost as not written', async () => {
      const bar = new Bar();
      bar.broker.createTopic('orders', 3);
      bar.numbers('orders', 9);
      bar.broker.faults.answer = first(2, () => wait);
      const worker = bar.start(aConfig({ delivery }));
      const all = (): number => new Set([...bar.served('hot'), ...bar.served('cold')]).size;
      await bar.until('all drinks', () => all() === 9);
      await bar.until('all commits', () =>
        [0, 1, 2].every((partition) => bar.committed('orders', partition) === '3'),
      );
      await worker.stop();
      if (delivery === 'ExactlyOnce') assert.equal(bar.read('hot').length + bar.read('cold').length, 9);
    });

    it('keeps bad orders in the dead-letter topic, with their bytes and where they came from', async () => {
      const bar = new Bar();
      bar.broker.createTopic('orders', 3);
      bar.order('orders', [
        { value: '2' },
        { value: 'tea', key: Buffer.from('k'), timestamp: '5' },
        { value: '4' },
      ]);
      const worker = bar.start(aConfig({ delivery }));
      await bar.until('the commit', () => bar.committed('orders') === '3');
      await worker.stop();
      const [letter] = bar.read('dead');
      assert.deepEqual(
        [letter?.value?.toString(), letter?.key?.toString(), letter?.timestamp],
        ['tea', 'k', '5'],
      );
      assert.equal(String(fieldsOf(letter?.headers)['x-original-offset']), '1');
      assert.equal(bar.read('hot').length, 2);
    });

    it('skips bad orders when told, and needs no dead-letter topic', async () => {
      const bar = new Bar();
      bar.broker.createTopic('orders', 3);
      bar.order('orders', [{ value: 'tea' }, { value: '4' }]);
      const worker = bar.start(aConfig({ delivery, badOrders: 'Skip' }));
      await bar.until('the commit', () => bar.committed('orders') === '2');
      await worker.stop();
      assert.deepEqual([bar.read('hot').length, bar.broker.topics.has('dead')], [1, false]);
    });

    it('stops a partition at a bad order when told, serves what is before it, and the other partitions', async () => {
      const bar = new Bar();
      bar.broker.createTopic('orders', 3);
      bar.order('orders', [{ value: '2' }, { value: 'tea' }, { value: '4' }, { value: '6', partition: 1 }]);
      const worker = bar.start(aConfig({ delivery, badOrders: 'Stop' }));
      await bar.until('the stop', () => worker.of('held').length > 0 && bar.committed('orders', 1) === '1');
      await bar.pass(60_000);
      await worker.stop();
      assert.deepEqual([bar.read('hot').length, bar.committed('orders')], [2, '1']);
      const [held] = worker.of('held');
      assert.deepEqual([held?.offset, held?.retry, worker.of('held').length], ['1', false, 1]);
      assert.match(held?.why ?? '', /DeadLetter or Skip/);
    });

    it('holds the partition while dead letters cannot be written, and loses none', async () => {
      const bar = new Bar();
      bar.broker.createTopic('orders', 3);
      bar.order('orders', [{ value: 'tea' }, { value: '4' }, { value: '6', partition: 1 }]);
      bar.broker.faults.write = writes('dead', new KafkaFailure('tell', 'not allowed to write to dead'));
      const worker = bar.start(aConfig({ delivery }));
      await bar.until('the other partition', () => bar.committed('orders', 1) === '1');
      await bar.until('the hold', () => worker.of('held').length > 0);
      assert.equal(bar.committed('orders', 0), '0');
      bar.broker.faults.write = () => undefined;
      await bar.until('the dead letter', () => bar.committed('orders', 0) === '2');
      await worker.stop();
      assert.equal(bar.read('dead').length, 1);
      assert.equal(worker.of('released').length > 0, true);
    });

    it('finds the one order that the broker refuses, and serves the others', async () => {
      const bar = new Bar();
      bar.broker.createTopic('orders', 3);
      bar.numbers('orders', 90);
      bar.broker.faults.write = (batch) =>
        batch.some(
          ({ topic, records }) => topic !== 'dead' && records.some(({ timestamp }) => timestamp === '44'),
        )
          ? new KafkaFailure('split', 'too large')
          : undefined;
      const worker = bar.start(aConfig({ delivery }));
      await bar.until('the commits', () =>
        [0, 1, 2].every((partition) => bar.committed('orders', partition) === '30'),
      );
      await worker.stop();
      const hot = new Set(bar.served('hot'));
      assert.deepEqual(
        [...hot],
        evens(90).filter((number) => number !== 44),
      );
      assert.deepEqual(
        bar.read('dead').map(({ value }) => value?.toString()),
        ['44'],
      );
    });

    it('waits for Kafka as long as it takes, at the start and later', async () => {
      const bar = new Bar();
      bar.broker.faults.away = true;
      const worker = bar.start(aConfig({ delivery }));
      await bar.until('waiting', () => worker.of('waiting').length > 20);
      assert.equal(worker.of('connected').length, 0);
      bar.broker.faults.away = false;
      await bar.until('to join', () => worker.of('assigned').length === 1);
      bar.numbers('orders', 3);
      await bar.until('drinks', () => bar.read('hot').length + bar.read('cold').length === 3);
      bar.broker.faults.away = true;
      bar.numbers('orders', 3, 3);
      await bar.pass(60_000);
      bar.broker.faults.away = false;
      await bar.until('drinks', () => bar.read('hot').length + bar.read('cold').length === 6);
      assert.equal(await worker.stop(), 'stopped');
    });
  });
}
