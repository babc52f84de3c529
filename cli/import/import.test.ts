import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse as parseYaml } from 'yaml';
import { parsePipeline } from '../../operator/api/validate.ts';
import type { ServerConfig } from '../../operator/config/servers.ts';
import { aServer } from '../../operator/config/server.fixtures.ts';
import { HttpDataflow } from '../../operator/dataflow/http.ts';
import { WIRING } from '../../operator/desired/desired.ts';
import type { KubeObject } from '../../operator/kube/port.ts';
import { World } from '../../operator/reconcile/world.fixtures.ts';
import { FakeClock } from '../../operator/runtime/clock.fixtures.ts';
import { parse } from '../arguments.ts';
import { CliError } from '../errors.ts';
import { table } from '../table.ts';
import { FakeWorld } from '../world.fixtures.ts';
import { imported, importBar } from './command.ts';

const canary = 'canary-6b1f';
const url = 'http://scdf';
const worker = 'docker:barista/worker:1';
const wiring = {
  [`app.barista-app.${WIRING.orders}`]: 'orders',
  [`app.barista-app.${WIRING.hotDrinks}`]: 'hotDrinks',
  [`app.barista-app.${WIRING.coldDrinks}`]: 'coldDrinks',
};

type Properties = Readonly<Record<string, string>>;

/** A server with the apps that the shell's user has registered. */
async function aServerOfHand(): Promise<World> {
  const world = World.make({ watched: false });
  const register = (type: 'app' | 'source' | 'sink', name: string, version: string, uri: string) =>
    world.others.register({ type, name, version, uri, bootVersion: '3' });
  await register('app', 'barista-app', '1', worker);
  await register('source', 'time', '5.1.1', 'docker:springcloudstream/time-source-kafka:5.1.1');
  await register('sink', 'log', '5.1.1', 'docker:springcloudstream/log-sink-kafka:5.1.1');
  return world;
}

/** As the recipe has it, by the shell. */
async function make(
  world: World,
  name: string,
  definition: string,
  properties: Properties | undefined = {},
): Promise<void> {
  await world.others.create({ name, definition, description: '' });
  const platform = { 'spring.cloud.dataflow.skipper.platformName': 'default' };
  await world.others.deploy(name, { ...platform, ...properties });
}

async function recipeByHand(bar: Properties = {}, customer: Properties = {}): Promise<World> {
  const world = await aServerOfHand();
  await make(world, 'hot-drink-pipeline', ':hotDrinks > hot-drink-log: log');
  await make(world, 'cold-drink-pipeline', ':coldDrinks > cold-drink-log: log');
  await make(world, 'bar-pipeline', 'barista-app', { ...wiring, ...bar });
  await make(world, 'orders-pipeline', 'customer: time > :orders', customer);
  world.pass(10_000);
  return world;
}

interface Where {
  readonly words?: readonly string[];
  readonly instance?: string | undefined;
  readonly config?: ServerConfig | undefined;
  readonly kubectl?: FakeWorld;
}

async function printed(
  world: World,
  { words = [], instance = 'cluster-1', config = aServer(url), kubectl }: Where = {},
): Promise<string> {
  return imported(new HttpDataflow(world.transport), {
    args: parse(words, table['import']!),
    world: kubectl ?? new FakeWorld([]),
    sight: { instance, workerImage: 'barista/worker:1', servers: [], trouble: undefined },
    found: { url, config },
    clock: new FakeClock(Date.UTC(2026, 10, 23, 21, 1)),
  });
}

interface Read {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: Record<string, Record<string, unknown>> & { state?: string };
}

async function resource(world: World, where?: Where): Promise<Read> {
  return parseYaml(await printed(world, where)) as Read;
}

/** Each point on one line. */
const said = (text: string): string => text.replace(/\n# (?!-) */g, ' ');

const fails = (world: World, pattern: RegExp, ...words: readonly string[]) =>
  assert.rejects(printed(world, { words }), (error: unknown) => {
    assert.ok(error instanceof CliError, String(error));
    assert.match(error.message, pattern);
    return true;
  });

describe('a bar that was made by hand', () => {
  it('is a pipeline with its topics and the names of its streams, and nothing that is a default', async () => {
    assert.deepEqual(await resource(await recipeByHand()), {
      apiVersion: 'barista.dev/v1alpha1',
      kind: 'BaristaPipeline',
      metadata: { name: 'bar', annotations: { 'barista.dev/adopt': 'true' } },
      spec: {
        topics: { orders: 'orders', hotDrinks: 'hotDrinks', coldDrinks: 'coldDrinks' },
        streamNames: {
          hotDrink: 'hot-drink-pipeline',
          coldDrink: 'cold-drink-pipeline',
          bar: 'bar-pipeline',
          orders: 'orders-pipeline',
        },
      },
    });
  });

  it('is told what would be made anew, and who made it', async () => {
    const text = said(await printed(await recipeByHand()));
    assert.match(text, /^# Read from SCDF at http:\/\/scdf: a bar that was made by hand\./);
    for (const name of ['hot-drink-pipeline', 'cold-drink-pipeline', 'bar-pipeline', 'orders-pipeline'])
      assert.match(text, new RegExp(`^# - adopt: the stream ${name} was made by somebody else`, 'm'));
    assert.match(text, /deletionPolicy, progressDeadlineSeconds and barista\.upgrade/);
  });

  it('has its settings in fields of their own, and the rest as properties', async () => {
    const world = await recipeByHand(
      {
        'app.barista-app.barista.delivery': 'ExactlyOnce',
        'app.barista-app.barista.topics.partitions': '6',
        'app.barista-app.logging.level.root': 'DEBUG',
        'app.barista-app.spring.cloud.stream.bindings.orders.group': 'the-baristas',
        'deployer.barista-app.count': '2',
        'deployer.barista-app.kubernetes.limits.memory': '512Mi',
        'deployer.barista-app.kubernetes.terminationGracePeriodSeconds': '60',
      },
      { 'app.customer.spring.cloud.stream.poller.fixed-delay': '500' },
    );
    const { spec } = await resource(world, { words: ['--name=downtown', '--namespace=cafe'] });
    assert.equal(spec['topics']?.['partitions'], 6);
    assert.deepEqual(spec['customer'], { interval: '500ms' });
    assert.deepEqual(spec['barista'], {
      replicas: 2,
      delivery: 'ExactlyOnce',
      resources: { limits: { memory: '512Mi' } },
      properties: {
        'logging.level.root': 'DEBUG',
        'spring.cloud.stream.bindings.orders.group': 'the-baristas',
      },
      deployerProperties: { 'kubernetes.terminationGracePeriodSeconds': '60' },
    });
  });

  it('has brokers, a Secret and a platform of its own where all its streams have them', async () => {
    const world = await aServerOfHand();
    const of = (label: string): Properties => ({
      [`app.${label}.spring.cloud.stream.kafka.binder.brokers`]: 'kafka:9092',
      [`deployer.${label}.kubernetes.secretRefs`]: '[kafka]',
      'spring.cloud.dataflow.skipper.platformName': 'other',
    });
    await make(world, 'bar-pipeline', 'barista-app', { ...wiring, ...of('barista-app') });
    await make(world, 'ordering', 'time > :orders', of('time'));
    world.pass(10_000);
    const { spec } = await resource(world);
    assert.deepEqual(spec['kafka'], { bootstrapServers: 'kafka:9092', secretRef: { name: 'kafka' } });
    assert.deepEqual(spec['dataflow'], { platform: 'other' });
    assert.equal(spec['barista'], undefined);
    assert.equal(spec['customer'], undefined);
    assert.deepEqual(spec['hotDrinkLog'], { enabled: false });
  });

  it('may be a worker alone, of another image, which is told', async () => {
    const world = await aServerOfHand();
    await world.others.register({
      type: 'app',
      name: 'python-bar',
      version: '3',
      uri: 'docker:acme/python-bar:3',
      bootVersion: '3',
    });
    const mine = Object.entries(wiring).map(([key, value]) => [
      key.replace('barista-app', 'python-bar'),
      value,
    ]);
    const inline = Object.entries(wiring).map(
      ([key, value]) => `--${key.replace(/^app\.barista-app\./, '')}=${value}`,
    );
    const definition = ['python-bar', ...inline].join(' ');
    await world.others.create({ name: 'Corner_Bar2', definition, description: '' });
    await fails(
      world,
      /No pipeline can describe this bar: spec\.streamNames\.bar: a stream name has letters/,
    );
    await world.others.destroy('Corner_Bar2');
    await make(world, 'corner-bar', 'python-bar', Object.fromEntries(mine));
    world.pass(10_000);
    const text = await printed(world);
    const { metadata, spec } = parseYaml(text) as Read;
    assert.equal(metadata.name, 'corner');
    assert.deepEqual(spec['barista'], { image: 'acme/python-bar:3' });
    for (const field of ['customer', 'hotDrinkLog', 'coldDrinkLog'])
      assert.deepEqual(spec[field], { enabled: false });
    assert.match(
      said(text),
      /the stream runs acme\/python-bar:3: as that is no image of the same name, see that it answers/,
    );
  });

  it('shows no secret, and says which are to be given by a Secret', async () => {
    const world = await recipeByHand({
      'app.barista-app.spring.kafka.ssl.key-password': canary,
      'app.barista-app.spring.kafka.properties.sasl.jaas.config': `Login required password=${canary};`,
      'deployer.barista-app.kubernetes.environmentVariables': `MODE=fast,LIST='a,b',DB_PASSWORD=${canary}`,
      'deployer.barista-app.kubernetes.imagePullSecret': 'registry',
    });
    const text = await printed(world);
    assert.ok(!text.includes(canary), text);
    assert.ok(!text.includes('******'), text);
    const { barista } = (parseYaml(text) as Read).spec;
    assert.deepEqual(barista?.['deployerProperties'], {
      'kubernetes.environmentVariables': "MODE=fast,LIST='a,b'",
      'kubernetes.imagePullSecret': 'registry',
    });
    for (const key of [
      'spring.kafka.ssl.key-password',
      'sasl.jaas.config',
      'the environment variable DB_PASSWORD',
    ])
      assert.match(
        said(text),
        new RegExp(`^# - Stream bar-pipeline: [^\\n]*${key}[^\\n]* look like secrets`, 'm'),
      );
  });

  it('says what a pipeline cannot have, and why', async () => {
    const world = await recipeByHand(
      { 'deployer.barista-app.memory': '512Mi', 'app.barista-app.barista.delivery': 'Sometimes' },
      { 'deployer.customer.count': '2' },
    );
    await make(world, 'audit', ':hotDrinks > log | log2: log').catch(() => undefined);
    await make(world, 'bridge', ':hotDrinks > :elsewhere').catch(() => undefined);
    const text = said(await printed(world));
    assert.match(
      text,
      /^# - Stream bar-pipeline: memory is left out: a key of deployerProperties begins with kubernetes\./m,
    );
    assert.match(text, /barista\.delivery is left out: set spec\.barista\.delivery/);
    assert.match(text, /^# - Stream orders-pipeline has 2 instances, and a pipeline says no count of it/m);
  });

  it('is stopped when nothing of it runs, with what it was deployed with last', async () => {
    const world = await recipeByHand({
      'deployer.barista-app.kubernetes.terminationGracePeriodSeconds': '60',
    });
    for (const name of ['orders-pipeline', 'bar-pipeline', 'hot-drink-pipeline', 'cold-drink-pipeline'])
      await world.others.undeploy(name);
    world.pass(10_000);
    const { spec } = await resource(world);
    assert.equal(spec.state, 'Stopped');
    assert.deepEqual(spec['barista'], {
      deployerProperties: { 'kubernetes.terminationGracePeriodSeconds': '60' },
    });
  });

  it('has no worker when that alone is undeployed, and is told what is deployed with it', async () => {
    const world = await recipeByHand();
    await world.others.undeploy('bar-pipeline');
    await world.others.undeploy('hot-drink-pipeline');
    world.pass(10_000);
    const text = await printed(world);
    assert.deepEqual((parseYaml(text) as Read).spec['barista'], { replicas: 0 });
    assert.match(said(text), /Stream hot-drink-pipeline is undeployed: the operator deploys it\./);
  });

  it('becomes ready as it is printed, and the plan says nothing more', async () => {
    const world = await recipeByHand({ 'app.barista-app.logging.level.root': 'DEBUG' });
    const { metadata, spec } = await resource(world, { words: ['--namespace=cafe'] });
    await world.apply(metadata.name, spec, metadata.annotations);
    await world.live(metadata.name);
    const instance = /^barista\.dev\/v1alpha1 (.+)\/cafe\/bar$/.exec(
      (await world.others.definition('bar-pipeline'))?.description ?? '',
    )?.[1];
    const again = await printed(world, { instance });
    assert.match(again, /^# Applied, the operator finds all as it should be, and does nothing\.$/m);
    assert.deepEqual((parseYaml(again) as Read).spec, spec);
  });
});

describe('the streams of a pipeline that is lost', () => {
  const spec = {
    topics: { orders: 'o', hotDrinks: 'h', coldDrinks: 'c', partitions: 5 },
    kafka: { bootstrapServers: 'kafka:9092', secretRef: { name: 'kafka' } },
    customer: {
      interval: '90s',
      app: { name: 'clock', uri: 'docker:acme/clock:2' },
      deployerProperties: { 'kubernetes.environmentVariables': "MODE=fast,LIST='a,b'" },
    },
    hotDrinkLog: { app: { version: '5.0.0' }, properties: { 'log.level': 'WARN' } },
    coldDrinkLog: { enabled: false },
    barista: {
      image: 'barista/worker:2',
      replicas: 2,
      delivery: 'ExactlyOnce',
      badOrders: 'Skip',
      deadLetterTopic: 'letters',
      resources: { limits: { cpu: '1', memory: '256Mi' }, requests: { cpu: '100m' } },
      properties: { 'logging.level.root': 'DEBUG', 'a.note': 'with a space; and more' },
      deployerProperties: { 'kubernetes.terminationGracePeriodSeconds': '60' },
    },
  };

  async function lost(own: object = spec): Promise<{ world: World; instance: string }> {
    const world = World.make({ watched: false });
    await world.apply('downtown', own);
    await world.live('downtown');
    const { description = '' } = (await world.others.definition('downtown-bar')) ?? {};
    return { world, instance: description.split(' ')[1]?.split('/')[0] ?? '' };
  }

  it('are described by its own spec, under its own name, and nothing would be done', async () => {
    const { world, instance } = await lost();
    const text = await printed(world, { instance });
    assert.match(text, /^# Applied, the operator finds all as it should be, and does nothing\.$/m);
    const { metadata, spec: found } = parseYaml(text) as Read;
    assert.deepEqual(metadata, { name: 'downtown', namespace: 'cafe' });
    assert.deepEqual(found, spec);
  });

  it('go on with nothing written when what is printed is applied', async () => {
    const { world, instance } = await lost();
    const before = world.writes.made.length;
    const { metadata, spec: found } = await resource(world, { instance });
    await world.become(metadata.name, found);
    await world.live(metadata.name);
    const toSimulator = world.writes.made.slice(before).filter((it) => !/status|event|patch/i.test(it));
    assert.deepEqual(toSimulator, []);
  });

  it('are its own also when it was stopped', async () => {
    const { world, instance } = await lost();
    await world.become('downtown', { ...spec, state: 'Stopped' });
    await world.live('downtown');
    const text = await printed(world, { instance });
    assert.match(text, /does nothing\.$/m);
    assert.deepEqual((parseYaml(text) as Read).spec, { ...spec, state: 'Stopped' });
  });

  it('are to be adopted from another operator, and under another name', async () => {
    const { world, instance } = await lost();
    const text = await printed(world, { instance: 'another' });
    assert.deepEqual((parseYaml(text) as Read).metadata.annotations, { 'barista.dev/adopt': 'true' });
    assert.match(said(text), /of another operator \(instance .+\)\. As long as that one looks after it/);
    const renamed = await resource(world, { instance, words: ['--name=uptown'] });
    assert.deepEqual(renamed.metadata.annotations, { 'barista.dev/adopt': 'true' });
    assert.equal(renamed.spec['streamNames']?.['bar'], 'downtown-bar');
  });

  it('are not lost when the pipeline is there', async () => {
    const { world, instance } = await lost();
    const kubectl = new FakeWorld([
      [/^get baristapipelines\.barista\.dev downtown .* --namespace=cafe$/, 'bp/downtown'],
    ]);
    assert.match(
      said(await printed(world, { instance, kubectl })),
      /cafe\/downtown is in this cluster: nothing of it is lost/,
    );
  });

  it('with a secret that SCDF does not show are told to be made anew without it', async () => {
    const { world, instance } = await lost({
      ...spec,
      barista: { properties: { 'spring.kafka.ssl.key-password': canary } },
    });
    const text = await printed(world, { instance });
    assert.ok(!text.includes(canary));
    assert.match(said(text), /^# - replace: .*spring\.kafka\.ssl\.key-password/m);
  });

  it('are valid for the operator, and for the API server by the same rules', async () => {
    const { world, instance } = await lost();
    const found = parseYaml(await printed(world, { instance })) as KubeObject;
    assert.ok('pipeline' in parsePipeline({ ...found, metadata: { ...found.metadata } }));
  });
});

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
