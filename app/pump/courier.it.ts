/** Transactions that are given up, on the real Kafka that KAFKA_BROKERS names. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { realWorld } from '../kafka/real-world.fixtures.ts';
import { order, readAll, text, topicOf, write } from '../kafka/world.fixtures.ts';
import { aBatch, records } from './batch.fixtures.ts';
import { ExactlyOnce } from './courier.ts';
import { fullRound } from './round.ts';

const world = realWorld('barista');

describe('ExactlyOnce on a real Kafka', () => {
  it('does not keep readers waiting for a transaction whose records were refused', async () => {
    const group = world.unique('group');
    const hot = await topicOf(world, 1);
    const output = { topic: hot, partitions: 1 };
    const courier = new ExactlyOnce(world.kafka(group), group);
    const [small, large] = records(2);
    // More than a broker takes by default; what was written before it in the transaction would keep readers waiting for a minute.
    const refused = { ...large!, key: Buffer.alloc(2 << 20), value: Buffer.from('2') };
    const { batch } = aBatch({ topic: await topicOf(world, 1), records: [small!, refused] });
    const menu = { hot: output, cold: output, deadLetters: output, policy: 'Skip' } as const;
    const load = {
      batch,
      from: 0,
      menu,
      limits: fullRound,
      refused: undefined,
      searching: false,
      again: false,
    };
    await assert.rejects(courier.carry(load), { advice: 'split' });
    await write(world, hot, [order(7)]);
    assert.deepEqual((await readAll(world, hot, 1)).map(text), ['order 7']);
    await courier.close();
  });
});
