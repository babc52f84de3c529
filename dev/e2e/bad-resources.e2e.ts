/** Resources that cannot be: refused when they are applied, or a clear condition; all others go on. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { barOnly, fresh, harness, NAMESPACE, type Harness } from './harness.ts';

type Json = Readonly<Record<string, unknown>>;

const topics = { orders: 'o', hotDrinks: 'h', coldDrinks: 'c' };
const refused: readonly { what: string; spec: Json; name?: string; says: RegExp }[] = [
  { what: 'no topics', spec: {}, says: /topics/ },
  { what: 'a topic with a space', spec: { topics: { ...topics, orders: 'my orders' } }, says: /orders/ },
  { what: 'a topic named ..', spec: { topics: { ...topics, orders: '..' } }, says: /orders/ },
  { what: 'an empty topic', spec: { topics: { ...topics, orders: '' } }, says: /orders/ },
  {
    what: 'a topic of 250 characters',
    spec: { topics: { ...topics, orders: 'o'.repeat(250) } },
    says: /orders/,
  },
  {
    what: 'one topic twice',
    spec: { topics: { ...topics, coldDrinks: 'h' } },
    says: /differ|same|distinct/i,
  },
  {
    what: 'dead letters onto the orders',
    spec: { topics, barista: { deadLetterTopic: 'o' } },
    says: /differ|same|distinct/i,
  },
  { what: 'no partitions', spec: { topics: { ...topics, partitions: 0 } }, says: /partitions/ },
  {
    what: 'a replication factor of -1',
    spec: { topics: { ...topics, replicationFactor: -1 } },
    says: /replicationFactor/,
  },
  { what: 'replicas of -1', spec: { topics, barista: { replicas: -1 } }, says: /replicas/ },
  { what: 'an image with a space', spec: { topics, barista: { image: 'my image' } }, says: /image/ },
  { what: 'an image with an empty tag', spec: { topics, barista: { image: 'worker:' } }, says: /image/ },
  { what: 'an unknown state', spec: { topics, state: 'Sleeping' }, says: /state/ },
  { what: 'an unknown deletion policy', spec: { topics, deletionPolicy: 'Keep' }, says: /deletionPolicy/ },
  { what: 'an unknown delivery', spec: { topics, barista: { delivery: 'MaybeOnce' } }, says: /delivery/ },
  { what: 'an interval that is none', spec: { topics, customer: { interval: 'often' } }, says: /interval/ },
  {
    what: 'a uri that SCDF cannot read',
    spec: { topics, customer: { app: { name: 'time', uri: 'nonsense' } } },
    says: /uri/,
  },
  {
    what: 'a group that SCDF cannot read back',
    spec: { topics, hotDrinkLog: { properties: { 'spring.cloud.stream.bindings.input.group': 'g' } } },
    says: /choose the consumer group with spec\.streamNames/,
  },
  { what: 'a stream name with a dot', spec: { topics, streamNames: { bar: 'my.bar' } }, says: /bar/ },
  {
    what: 'one stream name twice',
    spec: { topics, streamNames: { bar: 'x', orders: 'x' } },
    says: /differ|same|distinct/i,
  },
  {
    what: 'a stream name that is too long',
    spec: { topics, streamNames: { bar: 'b'.repeat(50) } },
    says: /long|58/,
  },
  {
    what: 'a name that makes stream names too long',
    spec: { topics },
    name: 'n'.repeat(60),
    says: /long|58/,
  },
  {
    what: 'a property with a prefix',
    spec: { topics, barista: { properties: { 'app.x.y': 'z' } } },
    says: /propert/,
  },
  {
    what: 'an empty property',
    spec: { topics, barista: { properties: { flavour: '' } } },
    says: /propert|empty/i,
  },
  {
    what: 'a single quote in a property',
    spec: { topics, barista: { properties: { greeting: "it's" } } },
    says: /single quote/,
  },
  {
    what: 'the operator’s own property',
    spec: { topics, barista: { properties: { 'barista.revision': '1' } } },
    says: /revision/,
  },
  {
    what: 'a deployer property of another platform',
    spec: { topics, barista: { deployerProperties: { 'local.x': 'y' } } },
    says: /kubernetes/,
  },
  {
    what: 'a deadline of no time',
    spec: { topics, progressDeadlineSeconds: 0 },
    says: /progressDeadlineSeconds/,
  },
];

describe('a bad resource', () => {
  let it: Harness;
  const good = fresh('good');

  before(async () => {
    it = await harness();
    await it.apply(good, barOnly(good));
  });
  after(() => it.remove(good));

  for (const { what, spec, name, says } of refused) {
    test(`${what}: refused by kubectl apply`, async () => {
      const object = {
        apiVersion: 'barista.dev/v1alpha1',
        kind: 'BaristaPipeline',
        metadata: { name: name ?? 'bad', namespace: NAMESPACE },
        spec,
      };
      const { code, tail } = await it.kubectl.attempt(['apply', '-f', '-'], JSON.stringify(object));
      assert.notEqual(code, 0, 'it was taken');
      assert.match(tail, says);
    });
  }

  test('an unknown server: a condition says which there are', async () => {
    const name = fresh('lost');
    await it.apply(name, { ...barOnly(name), dataflow: { server: 'nowhere' } });
    const ready = await it.conditionIs(name, (found) => found.reason === 'UnknownServer', 30_000);
    assert.match(ready.message, /nowhere.*default/);
    await it.kubectl.run(['-n', NAMESPACE, 'wait', '--for=condition=Stalled', `bp/${name}`, '--timeout=10s']);
    await it.remove(name);
  });

  test('an unknown server can be corrected, and then it stays', async () => {
    const name = fresh('found');
    await it.apply(name, { ...barOnly(name), dataflow: { server: 'nowhere' } });
    await it.conditionIs(name, (found) => found.reason === 'UnknownServer', 30_000);
    await it.apply(name, { ...barOnly(name), dataflow: { server: 'default' } });
    await it.ready(name);
    const change = JSON.stringify({ spec: { dataflow: { server: 'nowhere' } } });
    const patch = ['-n', NAMESPACE, 'patch', 'bp', name, '--type=merge', '-p', change];
    const { code, tail } = await it.kubectl.attempt(patch);
    assert.notEqual(code, 0, 'it was taken');
    assert.match(tail, /delete the pipeline and apply it anew/);
    await it.remove(name);
  });

  test('an unknown platform: a condition says so', async () => {
    const name = fresh('astray');
    await it.apply(name, { ...barOnly(name), dataflow: { platform: 'the-moon' } });
    const ready = await it.conditionIs(
      name,
      (found) => found.status === 'False' && found.message.includes('the-moon'),
      60_000,
    );
    assert.equal(ready.status, 'False');
    await it.remove(name);
  });

  test('and the good one beside them serves', async () => {
    await it.ready(good);
  });
});
