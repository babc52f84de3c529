/** Other topics for a pipeline whose customer goes on ordering: what was acknowledged on the old ones is served all the same. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { waitFor } from '../cluster/wait.ts';
import { barOnly, fresh, harness, type Harness } from './harness.ts';
import { isEven } from './topics.ts';

/** Orders on the old topic before the change, and on the new one after it. */
const ORDERS = 20;

describe('a pipeline whose topics change while orders come in', () => {
  const name = fresh('moving');
  const old = { orders: `${name}.orders`, hotDrinks: `${name}.hot`, coldDrinks: `${name}.cold` };
  const next = { orders: `${name}.orders2`, hotDrinks: `${name}.hot2`, coldDrinks: `${name}.cold2` };
  let it: Harness;

  before(async () => {
    it = await harness();
  });
  after(() => it.remove(name));

  const apply = (topics: typeof old) =>
    it.apply(name, { ...barOnly(name, { topics }), customer: { enabled: true, interval: '200ms' } });

  const enough = (topic: string) =>
    waitFor(`${ORDERS} orders on ${topic}`, async () => (await it.topics.read(topic)).length >= ORDERS, {
      within: 60_000,
    });

  /** The times of all records of some topics: an order and its drink have the same. */
  async function times(...topics: string[]): Promise<number[]> {
    const records = await Promise.all(topics.map((topic) => it.topics.read(topic)));
    return records.flat().map(({ timestamp }) => timestamp);
  }

  test('serves from the new ones, and loses no order of the old ones', async () => {
    await apply(old);
    await it.ready(name);
    await enough(old.orders);
    await apply(next);
    await it.ready(name);
    await enough(next.orders);

    const orders = [...(await it.topics.read(old.orders)), ...(await it.topics.read(next.orders))];
    const missing = async () => {
      const hot = new Set(await times(old.hotDrinks, next.hotDrinks));
      const cold = new Set(await times(old.coldDrinks, next.coldDrinks));
      return orders.filter(({ value, timestamp }) => !(isEven(value) ? hot : cold).has(timestamp));
    };
    await waitFor('a drink for each order', async () => (await missing()).length === 0, {
      within: 60_000,
      seen: missing,
    });
  });

  test('leaves nothing of the old wiring', async () => {
    const [placed, served] = [await times(old.orders), await times(old.hotDrinks, old.coldDrinks)];
    await enough(next.orders);
    const fed = (await times(next.orders)).length;
    await waitFor('more orders on the new topic', async () => (await times(next.orders)).length > fed, {
      within: 30_000,
    });
    assert.deepEqual(await times(old.orders), placed, 'no more orders on the old topic');
    assert.deepEqual(await times(old.hotDrinks, old.coldDrinks), served, 'no more drinks on the old topics');
    for (const stream of [`${name}-bar`, `${name}-orders`]) {
      const text = `${(await it.scdf.definition(stream))?.dslText} ${JSON.stringify(await it.deployments(stream))}`;
      const wired = new Set(text.split(/[\s"'=:,]+/));
      assert.deepEqual(
        Object.values(old).filter((topic) => wired.has(topic)),
        [],
        `in stream ${stream}`,
      );
      assert.ok(wired.has(next.orders), `${next.orders} in stream ${stream}`);
    }
  });
});
