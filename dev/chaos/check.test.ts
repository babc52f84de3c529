import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { check, type Everything, type Seen } from './check.ts';

function seen(id: number, value: string | null, more: Partial<Seen> = {}): Seen {
  const headers = ['id', String(id), 'a', 'b'];
  return { partition: 0, offset: id, key: 'table', value, headers, timestamp: 1_000 + id, ...more };
}

const hot = 'Serve Hot drink';
const cold = 'Serve Cold drink';
const why = { headers: ['id', '5', 'a', 'b', 'why', 'no digit'] };

const good: Everything = {
  delivery: 'ExactlyOnce',
  orders: [seen(1, '1'), seen(2, '{"order": 2}'), seen(3, '3'), seen(4, null), seen(5, 'tea')],
  hot: [seen(2, hot)],
  cold: [seen(1, cold), seen(3, cold)],
  dead: [seen(5, 'tea', why)],
};

const wrong = (change: Partial<Everything>) => check({ ...good, ...change }).violations;

describe('the checker of chaos', () => {
  it('finds nothing where all is well', () => {
    assert.deepEqual(check(good), { violations: [], duplicates: 0 });
  });

  it('finds each thing that may be wrong', () => {
    const cases: [Partial<Everything>, RegExp][] = [
      [{ cold: [seen(1, cold)] }, /cold: 1 of order 3 lost/],
      [{ dead: [] }, /dead: 1 of order 5 lost/],
      [{ hot: [seen(2, hot), seen(3, hot)] }, /hot: one of order 3, which belongs to cold/],
      [{ hot: [seen(2, hot), seen(4, hot)] }, /hot: one of order 4, which belongs to nobody/],
      [{ hot: [seen(2, hot), seen(9, hot)] }, /hot: one of order 9, which belongs to nobody/],
      [{ hot: [seen(2, cold)] }, /hot: of order 2, the value is Serve Cold/],
      [{ hot: [seen(2, hot, { key: null })] }, /the key is null/],
      [{ hot: [seen(2, hot, { timestamp: 5 })] }, /the timestamp is 5/],
      [{ hot: [seen(2, hot, { headers: ['id', '2', 'a', 'c'] })] }, /the headers are id,2,a,c/],
      [{ dead: [seen(5, 'coffee', why)] }, /the value is coffee/],
      [{ hot: [seen(2, hot), seen(2, hot)] }, /1 came more than once/],
      [{ cold: [seen(3, cold), seen(1, cold)] }, /cold: order 1 of table came after a later one/],
    ];
    for (const [change, message] of cases) {
      const found = wrong(change);
      assert.ok(
        found.some((each) => message.test(each)),
        `${message}: ${found.join('; ')}`,
      );
    }
  });

  it('counts what came twice, and allows it, in order, where at least once was asked for', () => {
    const twice = [seen(1, cold), seen(3, cold), seen(1, cold), seen(3, cold)];
    assert.deepEqual(check({ ...good, delivery: 'AtLeastOnce', cold: twice }), {
      violations: [],
      duplicates: 2,
    });
  });

  it('expects an order that was written twice to be served twice', () => {
    const orders = [...good.orders, seen(2, '{"order": 2}', { offset: 6 })];
    assert.match(wrong({ orders }).join(), /hot: 1 of order 2 lost/);
    assert.deepEqual(wrong({ orders, hot: [seen(2, hot), seen(2, hot)] }), []);
  });
});
