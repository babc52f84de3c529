/** What every implementation of the port has to do: run on the one in memory and on the real one. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { transactionSuite } from './conformance-transactions.ts';
import { fieldsOf, type ConsumerOptions, type KafkaFailure } from './port.ts';
import {
  committed,
  longAgo,
  order,
  orders,
  readAll,
  reading,
  text,
  topicOf,
  until,
  write,
} from './world.fixtures.ts';
import type { Reader, World } from './world.fixtures.ts';

const isFailure = (advice: KafkaFailure['advice']) => (error: KafkaFailure) => {
  assert.equal(error.name, 'KafkaFailure');
  assert.equal(error.advice, advice);
  return true;
};

function adminSuite(world: World): void {
  it('creates a topic, and does not mind that it is there', async () => {
    const admin = await world.kafka('none').admin();
    const topic = world.unique('topic');
    await admin.createTopic({ topic, partitions: 3, replicationFactor: 1 });
    await admin.createTopic({ topic, partitions: 5, replicationFactor: 1 });
    assert.equal(await admin.partitions(topic), 3);
    await admin.close();
  });

  it('tells a topic that is not there from one that cannot be looked at', async () => {
    const topic = await topicOf(world, 1);
    const admin = await world.kafka('none').admin();
    const nowhere = world.unique('nowhere');
    assert.equal(await admin.partitions(nowhere), undefined);
    assert.equal(await admin.watermarks(nowhere), undefined);
    assert.equal((await admin.watermarks(topic))?.length, 1);
    await assert.rejects(admin.partitions('no topic name'), isFailure('tell'));
    await assert.rejects(admin.watermarks('no topic name'), isFailure('tell'));
    await admin.close();
  });

  it('knows where a topic begins and ends', async () => {
    const topic = await topicOf(world, 2);
    await write(world, topic, orders(7, 1));
    const admin = await world.kafka('none').admin();
    const found = ((await admin.watermarks(topic)) ?? []).map(({ partition, low, high }) => [
      partition,
      low,
      high,
    ]);
    assert.deepEqual(found.sort(), [
      [0, '0', '0'],
      [1, '0', '7'],
    ]);
    await admin.close();
  });

  it('finds no partition without a leader where all have one, nor in a topic that is not there', async () => {
    const topic = await topicOf(world, 2);
    const admin = await world.kafka('none').admin();
    assert.deepEqual(await admin.leaderless([topic, world.unique('nowhere')]), []);
    await admin.close();
  });

  it('finds no offsets of a group that never was', async () => {
    assert.deepEqual(await committed(world, world.unique('group')), {});
  });

  it('keeps the comment on an offset, and lists all topics of the group', async () => {
    const [one, two] = [await topicOf(world, 1), await topicOf(world, 1)];
    const group = world.unique('group');
    const { consumer } = await reading(world, group, [one], async () => undefined);
    await consumer.commit([
      { topic: one, partition: 0, offset: '1' },
      { topic: two, partition: 0, offset: '2', metadata: 'a comment' },
    ]);
    await consumer.stop();
    const admin = await world.kafka(group).admin();
    const found = (await admin.committed(group)).map((each) => [
      each.topic,
      each.offset,
      each.metadata ?? '',
    ]);
    assert.deepEqual(
      found.sort(),
      [
        [one, '1', ''],
        [two, '2', 'a comment'],
      ].sort(),
    );
    await admin.close();
  });
}

function producerSuite(world: World): void {
  it('keeps key, value, headers and timestamp, and the order of a partition', async () => {
    const topic = await topicOf(world, 1);
    const headers = { one: Buffer.from('1'), list: [Buffer.from('a'), Buffer.from('b')] };
    const full = order(1, 0, { key: Buffer.from('key'), value: Buffer.from([0, 255]), headers });
    await write(world, topic, [full, order(2), order(3, 0, { value: null })]);
    const [first, second, third] = await readAll(world, topic, 3);
    assert.deepEqual([first!.key?.toString(), [...(first!.value ?? [])]], ['key', [0, 255]]);
    assert.deepEqual({ ...fieldsOf(first!.headers) }, headers);
    assert.equal(Number(first!.timestamp), longAgo + 1);
    assert.deepEqual([second!.key, text(second!), third!.value], [null, 'order 2', null]);
  });

  it('keeps a null header, or writes it as an empty one and counts it', async () => {
    const topic = await topicOf(world, 1);
    const producer = await world.kafka('none').producer();
    const receipt = await producer.send([
      { topic, records: [order(1, 0, { headers: { a: null, b: 'x' } })] },
    ]);
    await producer.close();
    assert.equal(receipt.nullHeaders, world.keepsNullHeaders ? 0 : 1);
    const [record] = await readAll(world, topic, 1);
    const expected = world.keepsNullHeaders ? null : Buffer.alloc(0);
    assert.deepEqual({ ...fieldsOf(record!.headers) }, { a: expected, b: Buffer.from('x') });
  });

  it('fails when the topic or the partition is not there, and writes again afterwards', async () => {
    const topic = await topicOf(world, 1);
    const producer = await world.kafka('none').producer();
    const nowhere = world.unique('nowhere');
    await assert.rejects(producer.send([{ topic: nowhere, records: [order(1)] }]), isFailure('wait'));
    await assert.rejects(producer.send([{ topic, records: [order(1, 9)] }]), isFailure('wait'));
    await producer.send([{ topic, records: [order(2)] }]);
    await producer.close();
    assert.deepEqual((await readAll(world, topic, 1)).map(text), ['order 2']);
  });
}

function consumerSuite(world: World): void {
  it('starts at the earliest record, and goes on where the group has committed', async () => {
    const topic = await topicOf(world, 1);
    const group = world.unique('group');
    await write(world, topic, orders(5));
    const seen: string[] = [];
    const handler: Reader = async (batch) => {
      seen.push(...batch.records.map(text));
      batch.resolve(batch.records.at(-1)!.offset);
      batch.commit(String(Number(batch.records.at(-1)!.offset) + 1));
    };
    const first = await reading(world, group, [topic], handler);
    await until('five records', () => seen.length === 5);
    await first.consumer.stop();
    assert.deepEqual(await committed(world, group), { [`${topic}/0`]: '5' });
    await write(world, topic, [order(5)]);
    const second = await reading(world, group, [topic], handler);
    await until('the sixth record', () => seen.length >= 6);
    await second.consumer.stop();
    assert.deepEqual(
      seen,
      [0, 1, 2, 3, 4, 5].map((id) => `order ${id}`),
    );
  });

  it('fetches again what was not resolved', async () => {
    const topic = await topicOf(world, 1);
    await write(world, topic, orders(4));
    const batches: string[][] = [];
    const { consumer } = await reading(world, world.unique('group'), [topic], async (batch) => {
      batches.push(batch.records.map(text));
      batch.resolve(batch.records[Math.min(1, batch.records.length - 1)]!.offset);
    });
    await until('two batches', () => batches.length >= 2);
    await consumer.stop();
    assert.deepEqual(batches.slice(0, 2), [
      ['order 0', 'order 1', 'order 2', 'order 3'],
      ['order 2', 'order 3'],
    ]);
  });

  it('says where a batch was fetched from and where the partition ends', async () => {
    const topic = await topicOf(world, 1);
    await write(world, topic, orders(3));
    let seen: unknown[] = [];
    const { consumer } = await reading(world, world.unique('group'), [topic], async (batch) => {
      seen = [batch.topic, batch.partition, batch.fetchedFrom, batch.highWatermark, batch.generation];
      batch.resolve(batch.records.at(-1)!.offset);
    });
    await until('a batch', () => seen.length > 0);
    await consumer.stop();
    assert.deepEqual(seen, [topic, 0, '0', '3', 1]);
  });

  it('leaves a paused partition alone until it is resumed, and serves the others meanwhile', async () => {
    const topic = await topicOf(world, 2);
    await write(world, topic, [...orders(1, 0), ...orders(1, 1)]);
    const seen: number[] = [];
    let resume: (() => void) | undefined;
    const { consumer } = await reading(world, world.unique('group'), [topic], async (batch) => {
      seen.push(batch.partition);
      if (batch.partition === 0 && resume === undefined) resume = batch.pause();
      else batch.resolve(batch.records.at(-1)!.offset);
    });
    await until('both partitions', () => seen.includes(0) && seen.includes(1));
    await write(world, topic, orders(1, 1));
    await until('the other partition again', () => seen.filter((partition) => partition === 1).length === 2);
    assert.equal(seen.filter((partition) => partition === 0).length, 1);
    resume?.();
    await until('the resumed partition', () => seen.filter((partition) => partition === 0).length === 2);
    await consumer.stop();
  });

  it('takes nothing while it is paused as a whole, also of partitions that were left alone before, and goes on', async () => {
    const topic = await topicOf(world, 2);
    await write(world, topic, [...orders(1, 0), ...orders(1, 1)]);
    const seen: string[] = [];
    let paused = false;
    let held = false;
    const onBatch: Reader = async (batch) => {
      seen.push(...batch.records.map((record) => `${batch.partition} ${text(record)}`));
      if (batch.partition === 0 && !held) {
        held = true;
        const resume = batch.pause();
        paused = true;
        setTimeout(resume, 300);
      } else batch.resolve(batch.records.at(-1)!.offset);
    };
    const options = { onBatch, isPaused: () => paused };
    const { consumer } = await reading(world, world.unique('group'), [topic], options);
    await until('the pause', () => paused);
    const before = seen.length;
    await write(world, topic, [order(7, 0), order(7, 1)]);
    // Longer than a fetch waits for records.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    assert.ok(seen.length <= before + 1, 'one batch may have been under way');
    paused = false;
    await until('all of them', () => new Set(seen).size === 4);
    await consumer.stop();
  });

  it('goes where it is sent', async () => {
    const topic = await topicOf(world, 1);
    await write(world, topic, orders(4));
    const batches: string[][] = [];
    const { consumer } = await reading(world, world.unique('group'), [topic], async (batch) => {
      batches.push(batch.records.map(text));
      batch.resolve(batch.records.at(-1)!.offset);
      if (batches.length === 1) batch.seek('2');
    });
    await until('two batches', () => batches.length >= 2);
    await consumer.stop();
    assert.deepEqual(batches[1], ['order 2', 'order 3']);
  });

  it('lets the batch in flight finish and commit when it is stopped', async () => {
    const topic = await topicOf(world, 1);
    const group = world.unique('group');
    await write(world, topic, orders(3));
    const entered = Promise.withResolvers<undefined>();
    const { consumer } = await reading(world, group, [topic], async (batch) => {
      entered.resolve(undefined);
      await until('the stop', () => !batch.isRunning());
      batch.resolve('0');
      batch.commit('1');
      // The second commit has to wait for the first.
      await new Promise((resolve) => setImmediate(resolve));
      batch.resolve('1');
      batch.commit('2');
    });
    await entered.promise;
    await consumer.stop();
    await consumer.ended;
    assert.deepEqual(await committed(world, group), { [`${topic}/0`]: '2' });
  });

  it('tells what was committed, and is settled then', async () => {
    const topic = await topicOf(world, 2);
    const group = world.unique('group');
    await write(world, topic, [...orders(3, 0), ...orders(2, 1)]);
    const told = new Map<number, string>();
    const onCommitted: ConsumerOptions['onCommitted'] = (offsets, ok) => {
      for (const { partition, offset } of offsets) told.set(partition, `${offset} ${ok}`);
    };
    const settled: Record<string, string>[] = [];
    const handler: Reader = async (batch) => {
      batch.resolve(batch.records.at(-1)!.offset);
      batch.commit(batch.endOffset);
      await batch.settled();
      settled.push(await committed(world, group));
    };
    const { consumer } = await reading(world, group, [topic], { onBatch: handler, onCommitted });
    await until('both partitions', () => settled.length === 2);
    assert.deepEqual([told.get(0), told.get(1)], ['3 true', '2 true']);
    assert.deepEqual(settled.at(-1), { [`${topic}/0`]: '3', [`${topic}/1`]: '2' });
    await consumer.stop();
  });

  it('ends with the failure that a handler throws', async () => {
    const topic = await topicOf(world, 1);
    await write(world, topic, orders(1));
    const { consumer } = await reading(world, world.unique('group'), [topic], async () => {
      throw new TypeError('a mistake of ours');
    });
    await assert.rejects(consumer.ended, isFailure('rebuild'));
    await consumer.stop();
  });
}

function groupSuite(world: World): void {
  it('gives members only what they subscribe to, and one that comes its share', async () => {
    const [old, fresh] = [await topicOf(world, 2), await topicOf(world, 3)];
    const group = world.unique('group');
    const idle: Reader = async () => undefined;
    const before = await reading(world, group, [old], idle);
    const after = await reading(world, group, [fresh], idle);
    const all = await reading(world, group, [old, fresh], idle);
    const members = [before, after, all];
    const total = (topic: string): number[] =>
      members.flatMap(({ assigned }) => assigned()[topic] ?? []).sort((a, b) => a - b);
    await until(
      'every partition to have one reader',
      () => total(old).join() === '0,1' && total(fresh).join() === '0,1,2',
    );
    assert.equal(before.assigned()[fresh], undefined);
    assert.equal(after.assigned()[old], undefined);
    await Promise.all(members.map(({ consumer }) => consumer.stop()));
  });

  it('tells a batch by its heartbeat that the group is rebalancing, and hands over what was not committed', async () => {
    const topic = await topicOf(world, 1);
    const group = world.unique('group');
    await write(world, topic, orders(1));
    const told: unknown[] = [];
    const first = await reading(world, group, [topic], async (batch) => {
      // Who gets the partition after the rebalance is the group's choice: a second batch is held, and not committed either.
      if (told.length > 0) return;
      await until('the heartbeat to tell', async () => {
        await batch.heartbeat().catch((error: unknown) => told.push(error));
        return told.length > 0;
      });
      throw told[0] as Error;
    });
    const handed: string[] = [];
    const second = await reading(world, group, [topic], async (batch) => {
      handed.push(...batch.records.map(text));
      batch.resolve(batch.records.at(-1)!.offset);
    });
    await until('the rebalance', () => told.length > 0);
    assert.ok(told[0] instanceof Error && told[0].name !== 'KafkaFailure');
    await first.consumer.stop();
    await until('the record', () => handed.length > 0);
    // Nobody commits it, so who has it already gets it again when the first one leaves.
    assert.deepEqual([...new Set(handed)], ['order 0']);
    await second.consumer.stop();
  });
}

export function conformance(name: string, world: World): void {
  describe(name, () => {
    describe('admin', () => adminSuite(world));
    describe('producer', () => producerSuite(world));
    describe('consumer', () => consumerSuite(world));
    describe('group', () => groupSuite(world));
    describe('transactions', () => transactionSuite(world));
  });
}
