/** The recipe, from apply to drinks; what a person sees and types; and that nothing is left of it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { waitFor } from '../cluster/wait.ts';
import { OPERATOR, OPERATOR_NAMESPACE } from '../install/install.ts';
import { harness, NAMESPACE, removeDemo, type Harness } from './harness.ts';
import { isEven, type TopicRecord } from './topics.ts';

const streams = {
  'orders-pipeline': 'customer: time > :orders',
  'hot-drink-pipeline': ':hotDrinks > hot-drink-log: log',
  'cold-drink-pipeline': ':coldDrinks > cold-drink-log: log',
  'bar-pipeline': 'barista-app',
};

/** How many orders must have been served before they are compared. */
const ORDERS = 60;

describe('the recipe', () => {
  let it: Harness;
  /** Of the first order of this run: the topics may hold orders of an earlier one. */
  let since = 0;

  before(async () => {
    it = await harness();
    await removeDemo(it.kubectl);
  });

  test('is applied and becomes ready', async () => {
    since = Date.now();
    const sample = readFileSync(join(it.target.root, 'manifests', 'samples', 'recipe.yaml'), 'utf8');
    await it.kubectl.run(['-n', NAMESPACE, 'apply', '-f', '-'], sample);
    await it.kubectl.run(['-n', NAMESPACE, 'wait', '--for=condition=Ready', 'bp/recipe', '--timeout=300s']);
    const all = '--for=jsonpath={.status.streamsReady}=4/4';
    await it.kubectl.run(['-n', NAMESPACE, 'wait', all, 'bp/recipe', '--timeout=10s']);
  });

  test('has the four streams of the recipe, with its definitions and bindings', async () => {
    for (const [name, definition] of Object.entries(streams)) {
      const found = await it.scdf.definition(name);
      assert.equal(found?.originalDslText, definition);
      assert.match(found.description, new RegExp(`^barista\\.dev/v1alpha1 \\S+/${NAMESPACE}/recipe$`));
      assert.equal(found.status, 'deployed');
    }
    const bar = (await it.scdf.definition('bar-pipeline'))?.dslText ?? '';
    assert.match(bar, /--spring\.cloud\.stream\.bindings\.orders\.destination=orders\b/);
    assert.match(bar, /--spring\.cloud\.stream\.bindings\.hot\.drink\.destination=hotDrinks\b/);
    assert.match(bar, /--spring\.cloud\.stream\.bindings\.cold\.drink\.destination=coldDrinks\b/);
  });

  test('has a worker that meets the restricted Pod Security Standard', async () => {
    const [pod] = await it.kubectl.list('pods', '-A', '-l', 'spring-group-id=bar-pipeline');
    const { containers, securityContext } = pod?.['spec'] as {
      containers: readonly { name: string; image: string; securityContext: unknown }[];
      securityContext: unknown;
    };
    const bare = containers.map(({ name, image, securityContext }) => ({ name, image, securityContext }));
    const twin = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'twin', namespace: OPERATOR_NAMESPACE },
      spec: { containers: bare, securityContext },
    };
    // The namespace of the operator refuses any other.
    await it.kubectl.run(['create', '--dry-run=server', '-f', '-'], JSON.stringify(twin));
  });

  test('kubectl shows it', async () => {
    const table = await it.kubectl.run(['-n', NAMESPACE, 'get', 'baristapipelines']);
    assert.match(table, /NAME +READY +STATUS +STREAMS +REPLICAS +AGE\nrecipe +True +StreamsReady +4\/4 +1 /);
    const description = await it.kubectl.run(['-n', NAMESPACE, 'describe', 'bp', 'recipe']);
    for (const word of ['hot-drink-pipeline', 'Streams Ready', 'Events:']) {
      assert.ok(description.includes(word), `describe shows ${word}:\n${description}`);
    }
    assert.match(description, /Created and deployed streams .*bar-pipeline \(app\/barista-app/);
  });

  test('is scaled, and two workers share the partitions', async () => {
    await it.kubectl.run(['-n', NAMESPACE, 'scale', 'bp/recipe', '--replicas=2']);
    await it.ready('recipe');
    assert.equal((await it.pipeline('recipe'))?.status?.replicas, 2);
    await waitFor(
      'both workers to have partitions',
      async () => {
        const shares = await assignedPartitions(it, 'bar-pipeline');
        return (
          shares.length === 2 && shares.every((share) => share > 0) && shares.reduce((a, b) => a + b) === 3
        );
      },
      { within: 60_000, every: 2000, seen: () => assignedPartitions(it, 'bar-pipeline') },
    );
    await it.kubectl.run(['-n', NAMESPACE, 'scale', 'bp/recipe', '--replicas=1']);
    await it.ready('recipe');
  });

  test(`serves each order of ${ORDERS} once, where it belongs`, async () => {
    const orders = await waitFor(
      `${ORDERS} orders`,
      async () => {
        const found = (await it.topics.read('orders')).filter((order) => order.timestamp >= since);
        return found.length >= ORDERS ? found : undefined;
      },
      { within: 180_000, every: 2000 },
    );
    const last = Math.max(...orders.map((order) => order.timestamp));
    const wanted = {
      hot: orders.filter((order) => isEven(order.value)).map(moment),
      cold: orders.filter((order) => !isEven(order.value)).map(moment),
    };
    const served = (records: readonly TopicRecord[], value: string): string[] => {
      const ours = records.filter((record) => record.timestamp >= since && record.timestamp <= last);
      for (const record of ours) assert.equal(record.value, value);
      return ours.map(moment).sort();
    };
    await waitFor(
      'all of them to be served',
      async () => {
        const hot = served(await it.topics.read('hotDrinks'), 'Serve Hot drink');
        const cold = served(await it.topics.read('coldDrinks'), 'Serve Cold drink');
        if (hot.length < wanted.hot.length || cold.length < wanted.cold.length) return false;
        assert.deepEqual(hot, wanted.hot.sort());
        assert.deepEqual(cold, wanted.cold.sort());
        return true;
      },
      { within: 30_000 },
    );
  });

  test('settled, it is written to no more', async () => {
    const before = await it.writes();
    await it.look('recipe');
    assert.equal(await it.writes(), before);
  });

  test('restarted, the operator finds all as it should be and writes nothing', async () => {
    const operator = `deployment/${OPERATOR}`;
    await it.kubectl.run(['-n', OPERATOR_NAMESPACE, 'rollout', 'restart', operator]);
    await it.kubectl.run(['-n', OPERATOR_NAMESPACE, 'rollout', 'status', operator, '--timeout=120s']);
    await it.look('recipe');
    assert.equal(await it.writes(), 0, 'writes to SCDF since the start');
    assert.equal((await it.condition('recipe', 'Ready'))?.status, 'True');
  });

  test('deleted, nothing of it is left', async () => {
    const apps = (await it.pipeline('recipe'))?.status?.apps ?? [];
    await it.remove('recipe');
    const left = (await it.scdf.streams()).filter((name) => name in streams);
    assert.deepEqual(left, []);
    for (const name of Object.keys(streams)) assert.deepEqual(await it.deployments(name), []);
    const registered = await it.scdf.apps();
    for (const app of apps.filter((it) => it.registeredByPipeline)) {
      assert.ok(
        !registered.some((found) => found.endsWith(`/${app.name}:${app.version}`)),
        `${app.name} is unregistered`,
      );
    }
  });
});

/** What is the same of an order and of its drink: the time at which it was ordered. */
function moment(record: TopicRecord): string {
  return String(record.timestamp);
}

/** How many partitions each worker of a stream has, as its metrics say. */
async function assignedPartitions(it: Harness, stream: string): Promise<number[]> {
  const pods = await it.kubectl.list(
    'pods',
    '-A',
    '-l',
    `spring-group-id=${stream}`,
    '--field-selector=status.phase=Running',
  );
  return Promise.all(
    pods.map(async (pod) => {
      const { name, namespace } = pod['metadata'] as { name: string; namespace: string };
      const path = `/api/v1/namespaces/${namespace}/pods/${name}:8080/proxy/metrics`;
      const text = await it.kubectl.run(['get', '--raw', path]);
      return Number(/^kafka_consumer_assigned_partitions(?:\{[^}]*\})? (\d+)/m.exec(text)?.[1] ?? 0);
    }),
  );
}
