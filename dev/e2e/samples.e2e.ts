/** The samples, applied as they are: each becomes ready and serves. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { waitFor } from '../cluster/wait.ts';
import { harness, NAMESPACE, type Harness } from './harness.ts';
import { isEven } from './topics.ts';

const samples = [
  {
    file: 'minimal.yaml',
    name: 'minimal',
    orders: 'minimal-orders',
    hot: 'minimal-hot-drinks',
    cold: 'minimal-cold-drinks',
  },
  {
    file: 'bring-your-own-orders.yaml',
    name: 'own-orders',
    orders: 'my-orders',
    hot: 'my-hot-drinks',
    cold: 'my-cold-drinks',
  },
  {
    file: 'exactly-once.yaml',
    name: 'exactly-once',
    orders: 'paid-orders',
    hot: 'paid-hot-drinks',
    cold: 'paid-cold-drinks',
  },
] as const;

describe('the samples', () => {
  let it: Harness;

  before(async () => {
    it = await harness();
  });
  after(async () => {
    for (const { name } of samples) await it.remove(name);
  });

  for (const { file, name, orders, hot, cold } of samples) {
    test(`${file} serves`, async () => {
      await it.kubectl.run([
        '-n',
        NAMESPACE,
        'apply',
        '-f',
        join(it.target.root, 'manifests', 'samples', file),
      ]);
      await it.ready(name);
      // Numbers that no earlier run has used: the topics outlive the pipeline.
      const first = Date.now();
      const numbers = Array.from({ length: 20 }, (_, index) => first + index);
      await it.topics.order(orders, numbers);
      const keys = async (topic: string) => (await it.topics.read(topic)).map((record) => record.key);
      const ours = (found: readonly string[]) => found.filter((key) => numbers.includes(Number(key))).sort();
      await waitFor(
        'all drinks',
        async () => ours(await keys(hot)).length + ours(await keys(cold)).length >= numbers.length,
        { within: 60_000 },
      );
      const wanted = (even: boolean) =>
        numbers
          .map(String)
          .filter((number) => isEven(number) === even)
          .sort();
      assert.deepEqual(ours(await keys(hot)), wanted(true));
      assert.deepEqual(ours(await keys(cold)), wanted(false));
      await it.remove(name);
    });
  }

  test('are all tried; the recipe has a test of its own', () => {
    const files = readdirSync(join(it.target.root, 'manifests', 'samples')).filter(
      (file) => file !== 'recipe.yaml',
    );
    assert.deepEqual(files.sort(), samples.map(({ file }) => file).sort());
  });
});
