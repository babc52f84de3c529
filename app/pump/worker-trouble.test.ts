import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Delivery } from '../config/config.ts';
import { KafkaFailure } from '../kafka/port.ts';
import type { Kafka } from '../kafka/port.ts';
import { aConfig, Bar } from './pump.fixtures.ts';

describe('a worker in trouble', () => {
  it('says which topic is missing when it may not create it', async () => {
    const bar = new Bar();
    const worker = bar.start(aConfig({ topics: { create: false } }));
    await bar.until('waiting', () => worker.of('waiting').length > 0);
    const [event] = worker.of('waiting');
    assert.match(event?.why ?? '', /Topic orders does not exist.*barista\.topics\.create/);
    assert.equal(event?.person, true);
    for (const topic of ['orders', 'hot', 'cold', 'dead']) bar.broker.createTopic(topic);
    await bar.until('to join', () => worker.of('assigned').length > 0);
    await worker.stop();
    assert.deepEqual(worker.of('fewer-partitions')[0], {
      type: 'fewer-partitions',
      topic: 'orders',
      has: 1,
      wanted: 3,
    });
  });

  it('creates a drinks topic again that somebody deletes, and serves what waited for it', async () => {
    const bar = new Bar();
    const worker = bar.start();
    await bar.until('to join', () => worker.of('assigned').length > 0);
    bar.broker.topics.delete('hot');
    bar.order('orders', [{ value: '2' }]);
    await bar.until('the drink', () => bar.read('hot').length === 1);
    await worker.stop();
  });

  it('begins at the latest order where that is wanted, and only where the group is new', async () => {
    for (const delivery of ['AtLeastOnce', 'ExactlyOnce'] as const) {
      const bar = new Bar();
      bar.broker.createTopic('orders', 3);
      bar.broker.setOffset('bar', { topic: 'orders', partition: 0, offset: '1' });
      bar.numbers('orders', 9);
      const worker = bar.start(aConfig({ startOffset: 'latest', delivery }));
      await bar.until('to begin', () => bar.committed('orders', 2) !== undefined);
      bar.numbers('orders', 9, 9);
      await bar.until('the late ones', () => bar.drinks() >= 11);
      await worker.stop();
      // 3 and 6 are on the partition where the group was before.
      assert.deepEqual(
        [...bar.served('hot'), ...bar.served('cold')].sort((a, b) => a - b),
        [3, 6, 9, 10, 11, 12, 13, 14, 15, 16, 17],
      );
    }
  });

  it('takes no orders while it is paused, also with another consumer, and goes on where it was', async () => {
    const bar = new Bar();
    bar.broker.createTopic('orders', 3);
    const { worker, of } = bar.start();
    await bar.until('to join', () => of('assigned').length === 1);
    worker.pause();
    bar.numbers('orders', 9);
    bar.broker.faults.away = true;
    await bar.until('to lose Kafka', () => of('left').length > 0);
    bar.broker.faults.away = false;
    await bar.until('to join again', () => of('assigned').length === 2);
    await bar.pass(5_000);
    assert.deepEqual([bar.drinks(), worker.isPaused], [0, true]);
    worker.resume();
    await bar.until('all drinks', () => bar.drinks() === 9);
    worker.stop();
    await bar.pass(1_000);
    assert.deepEqual([of('paused').length, of('resumed').length], [1, 1]);
  });

  it('makes a new consumer when one breaks, and gives up when they all do', async () => {
    const bar = new Bar();
    bar.broker.createTopic('orders', 3);
    bar.order('orders', [{ value: '2' }]);
    let broken = 0;
    bar.broker.faults.commit = ({ offset }) => {
      if (offset === '0') return undefined;
      broken += 1;
      return new TypeError('a mistake');
    };
    const worker = bar.start();
    await bar.until('giving up', () => broken >= 5);
    const outcome = await worker.done;
    assert.ok(outcome instanceof KafkaFailure);
    assert.equal(outcome.advice, 'rebuild');
    assert.equal(worker.of('restarting').length, 4);
  });

  it('tells the lag of its topic also when nothing comes in', async () => {
    const bar = new Bar();
    bar.broker.createTopic('orders', 3);
    bar.numbers('orders', 9);
    bar.broker.faults.write = () => new KafkaFailure('tell', 'not allowed');
    const worker = bar.start();
    await bar.until('lag', () => worker.of('lag').length > 2);
    assert.deepEqual(
      worker
        .of('lag')
        .at(-1)
        ?.lags.map(({ lag }) => lag),
      [3, 3, 3],
    );
    bar.broker.faults.write = () => undefined;
    await bar.until(
      'no lag',
      () =>
        worker
          .of('lag')
          .at(-1)
          ?.lags.every(({ lag }) => lag === 0) === true,
    );
    await worker.stop();
  });

  it('connects everything anew when a write is never answered, also when nothing of the old can be closed', async () => {
    const bar = new Bar();
    bar.broker.createTopic('orders', 3);
    bar.numbers('orders', 9);
    let hung = 0;
    const never = (): Promise<never> => new Promise(() => undefined);
    const hanging = (kafka: Kafka): Kafka => ({
      ...kafka,
      producer: async () => {
        const producer = await kafka.producer();
        if (hung >= 2) return producer;
        hung += 1;
        return { send: never, close: never };
      },
      consume: async (options) => {
        const consumer = await kafka.consume(options);
        return hung > 2 ? consumer : { ...consumer, ended: never(), stop: never };
      },
    });
    const worker = bar.start(aConfig(), hanging);
    await bar.until('the trouble', () => worker.of('waiting').length > 0);
    assert.match(worker.of('waiting')[0]?.why ?? '', /not answered a write for 45 s/);
    assert.deepEqual([worker.of('restarting'), worker.of('retried')], [[], []]);
    hung = 3;
    await bar.until('the drinks', () => new Set([...bar.served('hot'), ...bar.served('cold')]).size === 9);
    assert.equal(await worker.stop(), 'stopped');
  });

  it('never gives up over writes that are not answered', async () => {
    const bar = new Bar();
    bar.broker.createTopic('orders', 3);
    bar.numbers('orders', 9);
    const hanging = (kafka: Kafka): Kafka => ({
      ...kafka,
      producer: async () => ({ ...(await kafka.producer()), send: () => new Promise(() => undefined) }),
    });
    const worker = bar.start(aConfig(), hanging);
    await bar.until('much trouble', () => worker.of('waiting').length >= 8);
    assert.deepEqual(worker.of('restarting'), []);
    assert.equal(await worker.stop(), 'stopped');
  });

  it('serves the other partitions while nobody leads one, says which, and serves that when it is led again', async () => {
    const bar = new Bar();
    bar.broker.createTopic('orders', 3);
    bar.numbers('orders', 9);
    bar.broker.lead('orders', 1, false);
    const worker = bar.start();
    await bar.until('the others', () => bar.drinks() === 6);
    await bar.until('it to say so', () => worker.of('leaderless').length === 1);
    assert.deepEqual(worker.of('leaderless')[0]?.partitions, [{ topic: 'orders', partition: 1 }]);
    bar.broker.lead('orders', 1, true);
    await bar.until('all', () => bar.drinks() === 9);
    await bar.until('it to say so', () => worker.of('leaderless').length === 2);
    assert.deepEqual(worker.of('leaderless')[1]?.partitions, []);
    assert.equal(await worker.stop(), 'stopped');
    assert.deepEqual(worker.of('waiting'), []);
  });

  it('does so wherever it is to start, when the group knows where it is', async () => {
    const bar = new Bar();
    bar.broker.createTopic('orders', 3);
    for (const partition of [0, 1, 2])
      bar.broker.setOffset('bar', { topic: 'orders', partition, offset: '0' });
    bar.numbers('orders', 9);
    bar.broker.lead('orders', 1, false);
    const worker = bar.start(aConfig({ startOffset: 'latest' }));
    await bar.until('the others', () => bar.drinks() === 6);
    assert.equal(await worker.stop(), 'stopped');
    assert.deepEqual(worker.of('waiting'), []);
  });

  it('serves on when retention has overtaken the group', async () => {
    for (const delivery of ['AtLeastOnce', 'ExactlyOnce'] satisfies Delivery[]) {
      const bar = new Bar();
      bar.broker.createTopic('orders', 3);
      bar.numbers('orders', 30);
      for (const partition of [0, 1, 2]) {
        bar.broker.setOffset('bar', { topic: 'orders', partition, offset: '2' });
        bar.broker.expire('orders', partition, 5);
      }
      const worker = bar.start(aConfig({ delivery }));
      await bar.until('the drinks', () => bar.drinks() >= 15);
      await worker.stop();
      assert.deepEqual([bar.drinks(), bar.committed('orders')], [15, '10']);
    }
  });
});
