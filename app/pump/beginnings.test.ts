import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { MemoryBroker, memoryKafka } from '../kafka/memory.ts';
import type { Consumer, TopicOffset } from '../kafka/port.ts';
import { Beginnings, beginnings } from './beginnings.ts';
import type { Courier } from './courier.ts';
import type { PumpEvent } from './events.ts';
import { leftMark } from './leftovers.ts';

const orders = { topic: 'orders', partitions: [0, 1] };
const watermarks = [
  { partition: 0, low: '3', high: '9' },
  { partition: 1, low: '0', high: '9' },
];
const earliest = { watermarks, start: 'earliest' } as const;
const at = (partition: number, offset: string, more: object = {}): TopicOffset => ({
  topic: 'orders',
  partition,
  offset,
  ...more,
});

describe('beginnings', () => {
  it('are the first records of partitions that have no offset', () => {
    assert.deepEqual(beginnings(orders, [at(1, '7')], earliest), [at(0, '3')]);
    assert.deepEqual(beginnings(orders, [{ ...at(0, '7'), topic: 'other' }], earliest), [
      at(0, '3'),
      at(1, '0'),
    ]);
  });

  it('are the ends of such partitions when that is wanted', () => {
    const latest = { watermarks, start: 'latest' } as const;
    assert.deepEqual(beginnings(orders, [at(1, '7')], latest), [at(0, '9')]);
  });

  it('take the mark off partitions that were left', () => {
    assert.deepEqual(beginnings(orders, [at(0, '5', { metadata: leftMark }), at(1, '7')], earliest), [
      at(0, '5'),
    ]);
  });

  it('know nothing of a partition that the broker does not show', () => {
    assert.deepEqual(beginnings({ topic: 'orders', partitions: [2] }, [], earliest), []);
  });
});

describe('Beginnings', () => {
  function kit(): {
    all: Beginnings;
    begun: (readonly TopicOffset[])[];
    events: PumpEvent[];
    join: () => void;
  } {
    const broker = new MemoryBroker();
    broker.createTopic('orders', 2);
    const begun: (readonly TopicOffset[])[] = [];
    const events: PumpEvent[] = [];
    const member = Promise.withResolvers<Consumer>();
    const courier = {
      begin: async (offsets: readonly TopicOffset[]) => void begun.push(offsets),
    } as unknown as Courier;
    const all = new Beginnings({
      kafka: memoryKafka(broker, 'bar'),
      group: 'bar',
      topic: 'orders',
      start: 'earliest',
      courier,
      report: (event) => void events.push(event),
      member: member.promise,
    });
    return { all, begun, events, join: () => member.resolve({} as Consumer) };
  }

  it('waits for the member to have joined, and is pending until then', async () => {
    const { all, begun, join } = kit();
    all.assigned({ orders: [0, 1] });
    await setImmediate();
    assert.ok(all.pending !== undefined && begun.length === 0);
    join();
    await all.pending;
    assert.deepEqual(begun, [[at(0, '0'), at(1, '0')]]);
    assert.equal(all.pending, undefined);
  });

  it('commits nothing of an assignment that another one has followed', async () => {
    const { all, begun, join } = kit();
    all.assigned({ orders: [0, 1] });
    const first = all.pending;
    all.assigned({ orders: [1] });
    join();
    await Promise.all([first, all.pending]);
    assert.deepEqual(begun, [[at(1, '0')]]);
  });

  it('has nothing to do for partitions of other topics', () => {
    const { all } = kit();
    all.assigned({ old: [0] });
    assert.equal(all.pending, undefined);
  });
});
