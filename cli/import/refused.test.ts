import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse as parseYaml } from 'yaml';
import { HttpDataflow } from '../../operator/dataflow/http.ts';
import { WIRING } from '../../operator/desired/desired.ts';
import { FakeClock } from '../../operator/runtime/clock.fixtures.ts';
import { parse } from '../arguments.ts';
import { CliError } from '../errors.ts';
import { table } from '../table.ts';
import { FakeWorld } from '../world.fixtures.ts';
import { imported, importBar } from './command.ts';
import {
  aServerOfHand,
  fails,
  make,
  recipeByHand,
  resource,
  said,
  url,
  wiring,
  type Read,
} from './import.fixtures.ts';

describe('what cannot be imported', () => {
  it('is said with what was looked for and what there is', async () => {
    const world = await aServerOfHand();
    await fails(
      world,
      /No bar is to be seen on http:\/\/scdf: .*bindings\.orders\.destination.* There are no streams there\./,
    );
    await world.others.create({ name: 'idle', definition: 'barista-app', description: '' });
    await fails(
      world,
      /There is idle\. What a stream is to be deployed with shows only once it was deployed/,
    );
    await fails(world, /There is no stream tea on http:\/\/scdf\. There is idle\./, '--streams=tea');
  });

  it('is one of several bars, each of which is named with its streams', async () => {
    const world = await recipeByHand();
    await make(world, 'other-bar', 'barista-app', {
      ...wiring,
      [`app.barista-app.${WIRING.orders}`]: 'others',
    });
    world.pass(10_000);
    await fails(
      world,
      /There are 2 bars on http:\/\/scdf: say which is meant\.\n {2}--streams=bar-pipeline,.*orders-pipeline.*\(made by hand\)\n {2}--streams=other-bar/,
    );
    const { spec } = await resource(world, { words: ['--streams=other-bar, hot-drink-pipeline'] });
    assert.equal(spec['topics']?.['orders'], 'others');
    assert.equal(spec['hotDrinkLog'], undefined);
    assert.deepEqual(spec['coldDrinkLog'], { enabled: false });
    await fails(
      world,
      /orders-pipeline of --streams has no part in the bar of stream other-bar/,
      '--streams=other-bar,orders-pipeline',
    );
  });

  it('is one of two sinks of the same drinks', async () => {
    const world = await recipeByHand();
    await make(world, 'second-log', ':hotDrinks > log');
    await fails(
      world,
      /hot-drink-pipeline and second-log all read hotDrinks, and a pipeline has one of them/,
    );
    const words = ['--streams=bar-pipeline,second-log'];
    const { spec } = await resource(world, { words });
    assert.equal(spec['streamNames']?.['hotDrink'], 'second-log');
  });

  it('is a stream in between two versions', async () => {
    const world = await recipeByHand();
    await world.others.register({
      type: 'app',
      name: 'barista-app',
      version: 'bad',
      uri: 'docker:barista/worker:bad',
      bootVersion: '3',
    });
    await world.others.update('bar-pipeline', { 'version.barista-app': 'bad' });
    await fails(
      world,
      /SCDF is upgrading stream bar-pipeline .*\. Import it when that has come to its end\./,
    );
  });

  it('is on a server that nobody knows, or that does not answer', async () => {
    const run = (fake: FakeWorld, ...words: readonly string[]) =>
      importBar(parse(words, table['import']!), fake);
    const none = new FakeWorld([[/^get deployments/, JSON.stringify({ items: [] })]]);
    await assert.rejects(
      run(none, '--server=main'),
      /Where the server main is cannot be told: No operator is to be seen .* --server=http:\/\/… is enough/,
    );
    await assert.rejects(run(none, '--server=http://localhost:1'), (error: unknown) => {
      assert.ok(error instanceof CliError, String(error));
      assert.match(error.message, /\(http:\/\/localhost:1; --server names another address of it\)$/);
      return true;
    });
  });

  it('says without an operator that its plan is not known, and names the image', async () => {
    const world = await recipeByHand();
    const text = await imported(new HttpDataflow(world.transport), {
      args: parse([], table['import']!),
      world: new FakeWorld([]),
      sight: { instance: undefined, workerImage: undefined, servers: [], trouble: 'none' },
      found: { url, config: undefined },
      clock: new FakeClock(Date.UTC(2026, 10, 23, 21, 1)),
    });
    const { spec } = parseYaml(text) as Read;
    assert.deepEqual(spec['barista'], { image: 'barista/worker:1' });
    assert.deepEqual(spec['dataflow'], { platform: 'default' });
    assert.match(said(text), /What the operator would do with it is not known/);
    assert.match(said(text), /By which name the operator knows the server/);
  });
});
