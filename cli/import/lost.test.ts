import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse as parseYaml } from 'yaml';
import { parsePipeline } from '../../operator/api/validate.ts';
import type { KubeObject } from '../../operator/kube/port.ts';
import { World } from '../../operator/reconcile/world.fixtures.ts';
import { FakeWorld } from '../world.fixtures.ts';
import { canary, make, printed, resource, said, type Read } from './import.fixtures.ts';

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

  async function lost(
    own: object = spec,
    world = World.make({ watched: false }),
  ): Promise<{ world: World; instance: string }> {
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

  it('have apps by the names that the pipeline gave, also where others have these', async () => {
    const world = World.make({ watched: false });
    const taken = {
      type: 'source',
      name: 'clock',
      version: '1',
      uri: 'docker:others/clock:1',
      bootVersion: '3',
    } as const;
    await world.others.register(taken);
    const { instance } = await lost(spec, world);
    assert.match((await world.others.definition('downtown-orders'))?.originalDsl ?? '', /clock-[0-9a-f]{8}/);
    const text = await printed(world, { instance });
    assert.match(text, /does nothing\.$/m);
    assert.deepEqual((parseYaml(text) as Read).spec['customer']?.['app'], spec.customer.app);
  });

  it('are those that say so: a stream of somebody else that reads its drinks is none of them', async () => {
    const { world, instance } = await lost();
    await make(world, 'their-log', ':c > log');
    await make(world, 'their-second', ':h > log');
    world.pass(10_000);
    assert.deepEqual((await resource(world, { instance })).spec, spec);
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
