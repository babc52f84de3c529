/** The part of `conformance.ts` about transactions. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { committed, order, orders, readAll, text, topicOf } from './world.fixtures.ts';
import type { World } from './world.fixtures.ts';

export function transactionSuite(world: World): void {
  it('makes records and the offset visible with the commit, and not before', async () => {
    const topic = await topicOf(world, 1);
    const group = world.unique('group');
    const producer = await world.kafka(group).transactional(world.unique('id'));
    const transaction = await producer.begin();
    await transaction.send([{ topic, records: orders(2) }]);
    assert.deepEqual(await committed(world, group), {});
    await transaction.commit({ topic, partition: 0, offset: '7' });
    await producer.close();
    assert.deepEqual(await committed(world, group), { [`${topic}/0`]: '7' });
    assert.deepEqual((await readAll(world, topic, 2)).map(text), ['order 0', 'order 1']);
  });

  it('shows nothing of an aborted one', async () => {
    const topic = await topicOf(world, 1);
    const producer = await world.kafka(world.unique('group')).transactional(world.unique('id'));
    const given = await producer.begin();
    await given.send([{ topic, records: [order(1)] }]);
    await given.abort();
    const kept = await producer.begin();
    await kept.send([{ topic, records: [order(2)] }]);
    await kept.commit({ topic, partition: 0, offset: '1' });
    await producer.close();
    assert.deepEqual((await readAll(world, topic, 1)).map(text), ['order 2']);
  });

  it('shows exactly what was committed when several producers give up and commit across each other', async () => {
    const topic = await topicOf(world, 1);
    const kafka = world.kafka(world.unique('group'));
    const producers = await Promise.all(['a', 'b', 'c'].map((id) => kafka.transactional(world.unique(id))));
    const open = await Promise.all(producers.map((producer) => producer.begin()));
    for (const [id, transaction] of open.entries()) await transaction.send([{ topic, records: [order(id)] }]);
    for (const transaction of open.toReversed()) await transaction.abort();
    for (const [id, producer] of producers.entries()) {
      const kept = await producer.begin();
      await kept.send([{ topic, records: [order(10 + id)] }]);
      await kept.commit({ topic, partition: 0, offset: String(id) });
    }
    await Promise.all(producers.map((producer) => producer.close()));
    const found = await readAll(world, topic, 3);
    assert.deepEqual(found.map(text), ['order 10', 'order 11', 'order 12']);
  });
  fencing(world);
}

function fencing(world: World): void {
  it('fences a producer of the same id: what it has open never becomes visible', async () => {
    const topic = await topicOf(world, 1);
    const group = world.unique('group');
    const id = world.unique('id');
    const zombie = await world.kafka(group).transactional(id);
    const open = await zombie.begin();
    await open.send([{ topic, records: [order(1)] }]);
    const heir = await world.kafka(group).transactional(id);
    const next = await heir.begin();
    await assert.rejects(open.commit({ topic, partition: 0, offset: '1' }), { name: 'KafkaFailure' });
    await next.send([{ topic, records: [order(2)] }]);
    await next.commit({ topic, partition: 0, offset: '2' });
    await Promise.all([zombie.close(), heir.close()]);
    assert.deepEqual((await readAll(world, topic, 1)).map(text), ['order 2']);
    assert.deepEqual(await committed(world, group), { [`${topic}/0`]: '2' });
  });
}
