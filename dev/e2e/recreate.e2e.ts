/** Upgrades of a worker while orders come in: by Recreate never two versions at a time, and no order is lost over it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { waitFor } from '../cluster/wait.ts';
import { barOnly, fresh, harness, type Harness } from './harness.ts';
import { PodWatch } from './pod-watch.ts';
import { isEven } from './topics.ts';

/** Orders before the change, and after it. */
const ORDERS = 20;

describe('a worker that is upgraded by Recreate while orders come in', () => {
  const name = fresh('recreate');
  const bar = `${name}-bar`;
  const topics = { orders: `${name}.orders`, hotDrinks: `${name}.hot`, coldDrinks: `${name}.cold` };
  let it: Harness;
  let pods: PodWatch;

  before(async () => {
    it = await harness();
    pods = new PodWatch(it.target.env, bar);
  });
  after(async () => {
    pods.stop();
    await it.remove(name);
  });

  const apply = (barista: Readonly<Record<string, unknown>>) =>
    it.apply(name, {
      ...barOnly(name, { topics, barista: { upgrade: 'Recreate', ...barista } }),
      customer: { enabled: true, interval: '200ms' },
    });

  const moreOrders = async () => {
    const before = (await it.topics.read(topics.orders)).length;
    const now = async () => (await it.topics.read(topics.orders)).length;
    await waitFor(`${ORDERS} more orders`, async () => (await now()) >= before + ORDERS, { within: 60_000 });
  };

  async function allServed(): Promise<void> {
    const orders = await it.topics.read(topics.orders);
    const times = async (topic: string) =>
      new Set((await it.topics.read(topic)).map(({ timestamp }) => timestamp));
    const missing = async () => {
      const [hot, cold] = [await times(topics.hotDrinks), await times(topics.coldDrinks)];
      return orders.filter(({ value, timestamp }) => !(isEven(value) ? hot : cold).has(timestamp));
    };
    const seen = missing;
    await waitFor('a drink for each order', async () => (await missing()).length === 0, {
      within: 60_000,
      seen,
    });
  }

  for (const [what, barista, versions] of [
    ['another property is an upgrade', { properties: { flavour: 'mocha' } }, 2],
    ['one property less makes the stream anew', {}, 3],
  ] as const) {
    test(`${what}: the old version is gone before the new one is there, and each order is served`, async () => {
      if (pods.isEmpty) {
        await apply({});
        await it.ready(name);
      }
      await moreOrders();
      await apply(barista);
      await it.ready(name);
      await moreOrders();
      assert.equal(pods.versions().length, versions, pods.versions().join());
      assert.deepEqual(pods.overlaps(), []);
      await allServed();
    });
  }

  test('another number of workers takes nobody away', async () => {
    const before = pods.versions();
    await apply({ replicas: 2 });
    await it.ready(name);
    assert.deepEqual(pods.versions(), before);
    assert.equal(pods.isEmpty, false);
  });
});
