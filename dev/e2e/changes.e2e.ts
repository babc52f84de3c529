/** Changing a pipeline that serves: topics, image, properties, state. No order is lost over any of it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { waitFor } from '../cluster/wait.ts';
import { retagImage, stackOf, untagImage } from '../stack/controls.ts';
import { barOnly, fresh, harness, NAMESPACE, unlessOurs, type Harness } from './harness.ts';
import { isEven } from './topics.ts';

const numbers = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index);

describe('a pipeline that serves', () => {
  const name = fresh('changing');
  let it: Harness;
  let sent: number[] = [];

  before(async () => {
    it = await harness();
    await it.apply(name, barOnly(name));
    await it.ready(name);
  });
  after(() => it.remove(name));

  async function order(topic: string, count: number): Promise<void> {
    const more = numbers(sent.length, count);
    await it.topics.order(topic, more);
    sent = [...sent, ...more];
  }

  /** Every order is a drink of its kind in one of the topics; none is in the wrong one. */
  async function allServed(hotTopics: readonly string[], coldTopics: readonly string[]): Promise<void> {
    const keys = async (topics: readonly string[]) =>
      new Set(
        (await Promise.all(topics.map((topic) => it.topics.read(topic)))).flat().map((record) => record.key),
      );
    await waitFor(
      `${sent.length} orders to be served`,
      async () => {
        const [hot, cold] = [await keys(hotTopics), await keys(coldTopics)];
        for (const key of hot) assert.ok(isEven(key), `${key} is a hot drink`);
        for (const key of cold) assert.ok(!isEven(key), `${key} is a cold drink`);
        return sent.every((number) => (isEven(String(number)) ? hot : cold).has(String(number)));
      },
      {
        within: 60_000,
        seen: async () => ({ hot: (await keys(hotTopics)).size, cold: (await keys(coldTopics)).size }),
      },
    );
  }

  test('serves its orders', async () => {
    await order(`${name}.orders`, 200);
    await allServed([`${name}.hot`], [`${name}.cold`]);
  });

  test('is told of with who asked for it: each write to SCDF a line, each turn an event', async () => {
    const scale = (count: number) =>
      it.kubectl.run(['-n', NAMESPACE, 'scale', `bp/${name}`, `--replicas=${count}`]);
    await scale(2);
    await it.ready(name);
    const bp = await it.pipeline(name);
    assert.ok(bp !== undefined);
    const { uid, generation } = bp.metadata;
    const log = (await it.operatorLog()).filter((line) => line['uid'] === uid);
    const writes = log.filter(({ message }) => message === 'wrote to SCDF');
    const last = { ...writes.at(-1) };
    assert.equal(writes[0]?.['generation'], 1);
    const { level, step, stream, server } = last;
    assert.deepEqual(
      { level, step, stream, server },
      { level: 'info', step: 'scale', stream: `${name}-bar`, server: 'default' },
    );
    assert.equal(last['generation'], generation);
    assert.match(String(last['writer']), /^kubectl/);
    const told = `(generation ${generation}, by ${String(last['writer'])})`;
    const events = () =>
      it.kubectl.list('-n', NAMESPACE, 'events.events.k8s.io', `--field-selector=regarding.uid=${uid}`);
    await waitFor('the event', async () => JSON.stringify(await events()).includes(told), {
      within: 60_000,
      seen: events,
    });
    await scale(1);
    await it.ready(name);
  });

  test(
    'gets another image without losing an order',
    { skip: unlessOurs('a second tag of the worker is made') },
    async () => {
      const stack = stackOf();
      const tag = fresh('next');
      const image = `docker.io/barista/worker:${tag}`;
      await retagImage(stack, it.target.workerImage, image);
      try {
        await order(`${name}.orders`, 100);
        await it.apply(name, barOnly(name, { barista: { image } }));
        await order(`${name}.orders`, 100);
        await it.ready(name);
        await order(`${name}.orders`, 100);
        const deployments = await it.deployments(`${name}-bar`);
        assert.equal(deployments.length, 1, 'the old version is gone');
        assert.ok(JSON.stringify(deployments).includes(image), 'the new image runs');
        await allServed([`${name}.hot`], [`${name}.cold`]);
      } finally {
        await it.apply(name, barOnly(name));
        await it.ready(name);
        await untagImage(stack, image);
        const isRegistered = async () => (await it.scdf.apps()).some((app) => app.endsWith(`:${tag}`));
        await waitFor('the former tag to be unregistered', async () => !(await isRegistered()), {
          within: 90_000,
        });
      }
    },
  );

  test('gets one more property, another value, and one less', async () => {
    const withProperties = async (properties: Record<string, string>) => {
      await it.apply(name, barOnly(name, { barista: { properties } }));
      await it.ready(name);
      return JSON.stringify(await it.deployments(`${name}-bar`));
    };
    assert.match(await withProperties({ flavour: 'mocha' }), /--flavour=mocha/);
    assert.match(await withProperties({ flavour: 'vanilla' }), /--flavour=vanilla/);
    assert.doesNotMatch(await withProperties({}), /--flavour/);
    await order(`${name}.orders`, 20);
    await allServed([`${name}.hot`], [`${name}.cold`]);
  });

  test('is stopped, keeps the orders that come meanwhile, and serves them when it is started', async () => {
    await it.apply(name, { ...barOnly(name), state: 'Stopped' });
    assert.equal((await it.ready(name)).reason, 'Stopped');
    await waitFor('nothing to run', async () => (await it.deployments(`${name}-bar`)).length === 0, {
      within: 60_000,
    });
    assert.equal((await it.scdf.definition(`${name}-bar`))?.status, 'undeployed');
    await order(`${name}.orders`, 50);
    await it.apply(name, { ...barOnly(name), state: 'Running' });
    await it.ready(name);
    await allServed([`${name}.hot`], [`${name}.cold`]);
  });

  test('moves to other topics, and serves what was still on the old ones', async () => {
    await it.apply(name, { ...barOnly(name), state: 'Stopped' });
    await it.ready(name);
    await order(`${name}.orders`, 100);
    const next = { orders: `${name}.orders2`, hotDrinks: `${name}.hot2`, coldDrinks: `${name}.cold2` };
    await it.apply(name, barOnly(name, { topics: next }));
    await it.ready(name);
    const old = (await it.topics.read(`${name}.hot`)).length;
    await order(next.orders, 100);
    await allServed([`${name}.hot`, next.hotDrinks], [`${name}.cold`, next.coldDrinks]);
    assert.equal((await it.topics.read(`${name}.hot`)).length, old, 'nothing more on the old topics');
    const dsl = (await it.scdf.definition(`${name}-bar`))?.dslText ?? '';
    assert.ok(!new RegExp(`destination='?${name}\\.(orders|hot|cold)'?( |$)`).test(dsl), dsl);
  });

  test('is left alone while it is paused', async () => {
    await it.kubectl.run(['-n', NAMESPACE, 'annotate', `bp/${name}`, 'barista.dev/paused=true']);
    const before = await it.writes();
    const next = { orders: `${name}.orders3`, hotDrinks: `${name}.hot2`, coldDrinks: `${name}.cold2` };
    await it.kubectl.run([
      '-n',
      NAMESPACE,
      'patch',
      `bp/${name}`,
      '--type=merge',
      '-p',
      JSON.stringify({ spec: { topics: next } }),
    ]);
    const paused = await it.conditionIs(name, (ready) => ready.reason === 'Paused');
    assert.equal(paused.status, 'Unknown', 'nothing is claimed of a spec that nobody has looked at');
    assert.equal(await it.writes(), before);
    await it.kubectl.run(['-n', NAMESPACE, 'annotate', `bp/${name}`, 'barista.dev/paused-']);
    await it.conditionIs(name, (ready) => ready.reason === 'StreamsReady');
    assert.notEqual(await it.writes(), before);
  });
});
