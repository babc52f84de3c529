import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parsePipeline } from '../../operator/api/validate.ts';
import type { KubeObject } from '../../operator/kube/port.ts';
import type { Plan } from '../../operator/plan/step.ts';
import { World } from '../../operator/reconcile/world.fixtures.ts';
import { FakeClock } from '../../operator/runtime/clock.fixtures.ts';
import { parse } from '../arguments.ts';
import { CliError } from '../errors.ts';
import { table } from '../table.ts';
import { FakeWorld } from '../world.fixtures.ts';
import { installationOf } from './installation.ts';
import { describe as told, isNothing } from './render.ts';
import { whatIf } from './what-if.ts';

const installation = { instance: 'cluster-1', workerImage: 'barista/worker:1' };
const spec = { topics: { orders: 'orders', hotDrinks: 'hotDrinks', coldDrinks: 'coldDrinks' } };

async function planOf(world: World, object: KubeObject): Promise<Plan> {
  const parsed = parsePipeline(object);
  assert.ok('pipeline' in parsed);
  return whatIf({
    pipeline: parsed.pipeline,
    installation,
    platform: 'default',
    dataflow: world.others,
    clock: new FakeClock(),
    signal: new AbortController().signal,
  });
}

describe('kubectl barista diff', () => {
  it('plans nothing for a pipeline that the operator has made, and says so', async () => {
    const world = World.make({ watched: false });
    await world.apply('downtown', spec);
    await world.live('downtown');
    const plan = await planOf(world, (await world.object('downtown'))!);
    assert.ok(isNothing(plan), JSON.stringify(plan));
    assert.match(
      told(plan, 'cafe/downtown', 'http://scdf'),
      /^cafe\/downtown is in SCDF .*nothing would be done\.\n$/,
    );
  });

  it('plans what the operator would do with another spec, writes nothing, and tells each step', async () => {
    const world = World.make({ watched: false });
    await world.apply('downtown', spec);
    await world.live('downtown');
    const object = (await world.object('downtown'))!;
    const before = world.writes.made.length;
    const other = {
      ...object,
      spec: { ...(object.spec as object), barista: { properties: { 'logging.level.root': 'DEBUG' } } },
    };
    const plan = await planOf(world, other);
    assert.equal(isNothing(plan), false);
    assert.deepEqual(
      plan.steps.map(({ kind }) => kind),
      ['update'],
    );
    const text = told(plan, 'cafe/downtown', 'http://scdf');
    assert.match(text, /^ {2}downtown-bar +update/m);
    assert.match(text, /^It would:\n {2}1\. update stream downtown-bar: /m);
    assert.equal(world.writes.made.length, before);
  });

  it('plans all of it for a pipeline that is not there', async () => {
    const world = World.make({ watched: false });
    await world.apply('downtown', spec);
    const plan = await planOf(world, (await world.object('downtown'))!);
    assert.deepEqual(
      plan.steps.filter(({ kind }) => kind === 'create').map((step) => 'stream' in step && step.stream),
      ['downtown-hot-drink', 'downtown-cold-drink', 'downtown-bar', 'downtown-orders'],
    );
  });
});

describe('what the operator decides by', () => {
  const deployment = {
    metadata: { namespace: 'barista-system' },
    spec: {
      template: {
        spec: {
          containers: [{ env: [{ name: 'BARISTA_WORKER_IMAGE', value: 'barista/worker:7' }] }],
          volumes: [{ projected: { sources: [{ secret: {} }, { configMap: { name: 'barista-servers' } }] } }],
        },
      },
    },
  };
  const servers = 'servers: [{name: default, url: "http://scdf:9393", platform: other}]';
  const answers = [
    [/^get deployments --all-namespaces/, JSON.stringify({ items: [deployment] })],
    [/^get namespace kube-system/, 'the-uid'],
    [/^get configmap barista-servers .* --namespace=barista-system$/, servers],
  ] as const;
  const asked = (world: FakeWorld, ...words: readonly string[]) =>
    installationOf(parse(words, table['diff']!), world.kubectl);

  it('is read from its Deployment and its servers file', async () => {
    const found = await asked(new FakeWorld(answers), 'downtown');
    assert.deepEqual([found.instance, found.workerImage], ['the-uid', 'barista/worker:7']);
    assert.deepEqual([found.servers[0]?.url, found.servers[0]?.platform], ['http://scdf:9393', 'other']);
  });

  it('is not asked of the cluster when all of it is given', async () => {
    const world = new FakeWorld([]);
    const all = ['--server=http://here:1', '--platform=p', '--instance=me', '--worker-image=w:1'];
    assert.deepEqual(await asked(world, 'downtown', ...all), {
      instance: 'me',
      workerImage: 'w:1',
      servers: [],
    });
    assert.deepEqual(world.asked, []);
  });

  it('is asked for where it cannot be seen', async () => {
    const none = new FakeWorld([[/^get deployments/, JSON.stringify({ items: [] })]]);
    await assert.rejects(asked(none, 'downtown'), (error: unknown) => {
      assert.ok(error instanceof CliError);
      assert.match(error.message, /give --server, --platform, --instance and --worker-image/);
      return true;
    });
    const two = new FakeWorld([[/^get deployments/, JSON.stringify({ items: [deployment, deployment] })]]);
    await assert.rejects(asked(two, 'downtown'), /several operators/);
  });
});
