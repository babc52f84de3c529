/** Parts that are away, and the operator killed at the worst time. On the stack of this machine only. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { waitFor } from '../cluster/wait.ts';
import { setSkipperDown, startPart, stackOf, stopPart } from '../stack/controls.ts';
import { barOnly, fresh, harness, unlessOurs, type Harness } from './harness.ts';
import { killOperator } from './operator-process.ts';

const skip = unlessOurs('parts are stopped');
/** A real Skipper is a process of whoever named it. */
const noStandIn =
  (process.env['SKIPPER_URI'] ?? '') !== '' && 'SKIPPER_URI names a Skipper that is not ours to stop';

describe('outages', { skip }, () => {
  let it: Harness;
  const stack = stackOf();
  const made: string[] = [];

  before(async () => {
    it = await harness();
  });
  after(async () => {
    setSkipperDown(stack, false);
    await startPart(stack, 'dataflow');
    await startPart(stack, 'kafka');
    for (const name of made) await it.remove(name);
  });

  async function start(word: string): Promise<string> {
    const name = fresh(word);
    made.push(name);
    await it.apply(name, barOnly(name));
    return name;
  }

  test('SCDF away at the time of apply: the condition says so, and it heals by itself', async () => {
    await stopPart(stack, 'dataflow');
    const name = await start('no-scdf');
    const ready = await it.conditionIs(name, (found) => found.reason === 'DataflowUnavailable', 60_000);
    assert.match(ready.message, /SCDF server default/);
    await startPart(stack, 'dataflow');
    await it.ready(name);
  });

  test(
    'Skipper away at the time of apply: the condition says so, and it heals by itself',
    { skip: noStandIn },
    async () => {
      setSkipperDown(stack, true);
      const name = await start('no-skipper');
      await it.conditionIs(name, (found) => found.reason === 'SkipperUnavailable', 60_000);
      setSkipperDown(stack, false);
      await it.ready(name);
    },
  );

  test('Kafka away at the time of apply: the condition says so, and it heals by itself', async () => {
    await stopPart(stack, 'kafka');
    const name = await start('no-kafka');
    const ready = await it.conditionIs(name, (found) => found.reason === 'KafkaUnavailable', 120_000);
    assert.ok(ready.message.includes(`${name}-bar`), ready.message);
    await startPart(stack, 'kafka');
    await it.ready(name);
    await it.topics.order(`${name}.orders`, [2]);
    await waitFor('a drink', async () => (await it.topics.read(`${name}.hot`)).length === 1, {
      within: 30_000,
    });
  });

  test('the operator killed in the middle of a creation: the end is the same', async () => {
    const name = fresh('killed-making');
    made.push(name);
    const spec = { ...barOnly(name), hotDrinkLog: { enabled: true }, coldDrinkLog: { enabled: true } };
    await it.apply(name, spec);
    await waitFor(
      'the first stream',
      async () => (await it.scdf.streams()).some((found) => found.startsWith(name)),
      {
        within: 30_000,
        every: 50,
      },
    );
    await killOperator(it);
    await it.ready(name);
    const mine = (await it.scdf.streams()).filter((found) => found.startsWith(name));
    assert.deepEqual(mine.sort(), [`${name}-bar`, `${name}-cold-drink`, `${name}-hot-drink`]);
    for (const stream of mine) assert.equal((await it.deployments(stream)).length, 1);
  });

  test('the operator killed in the middle of a deletion: nothing is left all the same', async () => {
    const name = made.pop() ?? '';
    await it.kubectl.run(['-n', 'cafe', 'delete', 'bp', name, '--wait=false']);
    await waitFor(
      'the first stream to go',
      async () => (await it.scdf.streams()).filter((found) => found.startsWith(name)).length < 3,
      { within: 30_000, every: 50 },
    );
    await killOperator(it);
    await waitFor('the pipeline to go', async () => (await it.pipeline(name)) === undefined, {
      within: 120_000,
    });
    assert.deepEqual(
      (await it.scdf.streams()).filter((found) => found.startsWith(name)),
      [],
    );
    for (const stream of [`${name}-bar`, `${name}-cold-drink`, `${name}-hot-drink`]) {
      assert.deepEqual(await it.deployments(stream), []);
    }
  });
});
