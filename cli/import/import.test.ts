import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse as parseYaml } from 'yaml';
import {
  aServerOfHand,
  canary,
  fails,
  make,
  printed,
  recipeByHand,
  resource,
  said,
  wiring,
  type Properties,
  type Read,
} from './import.fixtures.ts';

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
    const mine: Properties = Object.fromEntries(
      Object.entries(wiring).map(([key, value]) => [key.replace('barista-app', 'python-bar'), value]),
    );
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
    await make(world, 'corner-bar', 'python-bar', mine);
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
    await world.others.register({
      type: 'processor',
      name: 'filter',
      version: '1',
      uri: 'docker:acme/filter:1',
      bootVersion: '3',
    });
    await world.others.create({ name: 'grinder', definition: ':hotDrinks > filter | log', description: '' });
    const text = said(await printed(world));
    assert.match(
      text,
      /^# - Stream bar-pipeline: memory is left out: a key of deployerProperties begins with kubernetes\./m,
    );
    assert.match(
      text,
      /^# - Stream grinder \(:hotDrinks > filter \| log\) reads hotDrinks too and stays as it is/m,
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

  it('has as many workers as it was scaled to', async () => {
    const world = await recipeByHand({ 'deployer.barista-app.count': '2' });
    await world.others.scale('bar-pipeline', 'barista-app', 3);
    world.pass(10_000);
    assert.deepEqual((await resource(world)).spec['barista'], { replicas: 3 });
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
