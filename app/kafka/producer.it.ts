/** Writing on the real Kafka that KAFKA_BROKERS names, where the port has no words for what is done to it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addPartitions } from './admin.fixtures.ts';
import type { OutRecord } from './port.ts';
import { realBrokers, realWorld } from './real-world.fixtures.ts';
import { order, orders, readAll, text, topicOf, until } from './world.fixtures.ts';

const world = realWorld('barista');

async function grown(topic: string, count: number): Promise<void> {
  await addPartitions(realBrokers(), topic, count);
  const admin = await world.kafka('none').admin();
  await until('the partitions', async () => (await admin.partitions(topic)) === count);
  await admin.close();
}

/** Some for a partition that was there, and one for one that was not. */
const both: readonly OutRecord[] = [order(3, 0), order(4, 0), order(5, 2)];

describe('writing to partitions that were added', () => {
  it('takes one attempt, and writes nothing twice', async () => {
    const topic = await topicOf(world, 1);
    const producer = await world.kafka('none').producer();
    await producer.send([{ topic, records: orders(3) }]);
    await grown(topic, 3);
    await producer.send([{ topic, records: both }]);
    await producer.close();
    const found = (await readAll(world, topic, 6)).map(text).sort();
    assert.deepEqual(
      found,
      [0, 1, 2, 3, 4, 5].map((id) => `order ${id}`),
    );
  });

  it('takes one attempt in a transaction, too', async () => {
    const topic = await topicOf(world, 1);
    const producer = await world.kafka(world.unique('group')).transactional(world.unique('id'));
    const before = await producer.begin();
    await before.send([{ topic, records: orders(3) }]);
    await before.commit({ topic, partition: 0, offset: '1' });
    await grown(topic, 3);
    const after = await producer.begin();
    await after.send([{ topic, records: both }]);
    await after.commit({ topic, partition: 0, offset: '2' });
    await producer.close();
    assert.equal((await readAll(world, topic, 6)).length, 6);
  });
});
