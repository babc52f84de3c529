/** Several pipelines on one server, streams of other people, and what a deletion leaves. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { barOnly, fresh, harness, NAMESPACE, type Harness } from './harness.ts';

describe('neighbours', () => {
  let it: Harness;
  const made: string[] = [];

  before(async () => {
    it = await harness();
  });
  after(async () => {
    for (const name of made) await it.remove(name);
  });

  async function start(name: string, more: Record<string, unknown> = {}): Promise<void> {
    made.push(name);
    await it.apply(name, { ...barOnly(name), ...more });
  }

  test('two pipelines side by side share nothing but SCDF', async () => {
    const [one, two] = [fresh('one'), fresh('two')];
    await Promise.all([start(one), start(two)]);
    await Promise.all([it.ready(one), it.ready(two)]);
    await it.topics.order(`${one}.orders`, [2, 4, 6]);
    await it.topics.order(`${two}.orders`, [1, 3]);
    const keys = async (topic: string, count: number) => {
      const deadline = performance.now() + 30_000;
      let found = await it.topics.read(topic);
      while (found.length < count && performance.now() < deadline) found = await it.topics.read(topic);
      return found.map((record) => record.key).sort();
    };
    assert.deepEqual(await keys(`${one}.hot`, 3), ['2', '4', '6']);
    assert.deepEqual(await keys(`${two}.cold`, 2), ['1', '3']);
    assert.deepEqual(await it.topics.read(`${one}.cold`), []);
    assert.deepEqual(await it.topics.read(`${two}.hot`), []);
    await it.remove(one);
    assert.equal((await it.ready(two)).status, 'True');
    await it.topics.order(`${two}.orders`, [5]);
    assert.deepEqual(await keys(`${two}.cold`, 3), ['1', '3', '5']);
  });

  test('of two that want one stream name the older has it, and when it goes the younger gets it', async () => {
    const [older, younger] = [fresh('older'), fresh('younger')];
    const bar = fresh('the-bar');
    await start(older, { streamNames: { bar } });
    await it.ready(older);
    await start(younger, { streamNames: { bar } });
    const ready = await it.conditionIs(younger, (found) => found.reason === 'NameConflict');
    assert.ok(ready.message.includes(bar), ready.message);
    assert.equal((await it.ready(older)).status, 'True');
    await it.remove(older);
    await it.ready(younger);
    assert.match((await it.scdf.definition(bar))?.description ?? '', new RegExp(`/${NAMESPACE}/${younger}$`));
  });

  test('a stream of somebody else is left alone until it is adopted', async () => {
    const name = fresh('adopting');
    const bar = `${name}-bar`;
    await it.scdf.register('app/stranger/dev', 'docker:docker.io/barista/worker:dev');
    await it.scdf.create(bar, 'stranger', 'made by hand');
    await start(name);
    await it.conditionIs(name, (found) => found.reason === 'NameConflict');
    assert.equal((await it.scdf.definition(bar))?.description, 'made by hand');
    await it.kubectl.run(['-n', NAMESPACE, 'annotate', `bp/${name}`, 'barista.dev/adopt=true']);
    await it.ready(name);
    assert.match((await it.scdf.definition(bar))?.description ?? '', /^barista\.dev\//);
  });

  test('with deletionPolicy Orphan everything is left', async () => {
    const name = fresh('orphan');
    await start(name, { deletionPolicy: 'Orphan' });
    await it.ready(name);
    await it.remove(name);
    assert.equal((await it.scdf.definition(`${name}-bar`))?.status, 'deployed');
    assert.equal((await it.deployments(`${name}-bar`)).length, 1);
    // A pipeline that is created again under its name owns its streams again, without a write.
    const before = await it.writes();
    await start(name);
    await it.ready(name);
    assert.equal(await it.writes(), before);
    await it.remove(name);
    assert.equal(await it.scdf.definition(`${name}-bar`), undefined);
  });
});
