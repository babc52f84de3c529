/** What may happen to a pipeline: each scenario begins with a world at rest and ends with one. */
import { PIPELINES } from '../api/types.ts';
import type { World } from './world.fixtures.ts';

export const name = 'downtown';
const key = { namespace: 'cafe', name };
const topics = { orders: 'orders', hotDrinks: 'hotDrinks', coldDrinks: 'coldDrinks' };
export const spec = { topics };
const flavoured = { ...spec, barista: { properties: { flavour: 'mocha' } } };
const limited = { ...spec, hotDrinkLog: { deployerProperties: { 'kubernetes.limits.cpu': '1' } } };

export interface Scenario {
  readonly name: string;
  /** The spec that is in place before; undefined: the pipeline is new. */
  readonly from?: unknown;
  /** What else there is before. */
  readonly before?: (world: World) => unknown;
  readonly act: (world: World) => unknown;
  /** A write that is half done here ends otherwise, for this reason. */
  readonly butHalf?: string;
  /** It takes another way where the operator cannot see the Deployments. */
  readonly unseenToo?: true;
}

const change = (what: string, to: object, from: object = spec): Scenario => ({
  name: what,
  from,
  act: (world) => world.become(name, to),
});
const unseenToo = (scenario: Scenario): Scenario => ({ ...scenario, unseenToo: true });
const annotate = (world: World, annotations: object) =>
  world.kube.patch(PIPELINES, key, { metadata: { annotations } });
const barista = (more: object) => ({ ...spec, barista: more });
const remove = (world: World) => world.kube.delete(PIPELINES, key);

async function foreignBar(world: World): Promise<void> {
  const app = { type: 'app', name: 'other', version: '1', uri: 'docker:someone/other:1' } as const;
  await world.others.register({ ...app, bootVersion: '3' });
  await world.others.create({ name: `${name}-bar`, definition: 'other', description: 'of somebody' });
  await world.others.deploy(`${name}-bar`, {});
  world.pass(60_000);
}

async function failedUpgrade(world: World): Promise<void> {
  await world.become(name, barista({ image: 'barista/worker:bad' }));
  await world.live(name);
}

export const scenarios: readonly Scenario[] = [
  { name: 'created', act: (world) => world.apply(name, spec) },
  { name: 'created stopped', act: (world) => world.apply(name, { ...spec, state: 'Stopped' }) },
  unseenToo(change('another image', barista({ image: 'barista/worker:2' }))),
  change('another repository', barista({ image: 'elsewhere/worker:1' })),
  change('another orders topic', { topics: { ...topics, orders: 'orders2' } }),
  change('another drinks topic', { topics: { ...topics, hotDrinks: 'hot2' } }),
  change('a property added', flavoured),
  change('a property removed', spec, flavoured),
  change('a deployer property added', limited),
  change('a deployer property removed', spec, limited),
  unseenToo(change('scaled up', barista({ replicas: 3 }))),
  unseenToo(change('scaled down', barista({ replicas: 1 }), barista({ replicas: 3 }))),
  change('scaled to none', barista({ replicas: 0 })),
  change('scaled up from none', barista({ replicas: 2 }), barista({ replicas: 0 })),
  unseenToo(change('image and scale', barista({ image: 'barista/worker:2', replicas: 2 }))),
  change('the bar renamed', { ...spec, streamNames: { bar: 'counter' } }),
  change('all renamed', {
    ...spec,
    streamNames: { bar: 'b', orders: 'o', hotDrink: 'h', coldDrink: 'c' },
  }),
  change('the customer switched off', { ...spec, customer: { enabled: false } }),
  change('the customer switched on', spec, { ...spec, customer: { enabled: false } }),
  change('another platform', { ...spec, dataflow: { platform: 'other' } }),
  change('another app version', {
    ...spec,
    customer: { app: { uri: 'docker:springcloudstream/time-source-kafka:5.1.2' } },
  }),
  change('everything at once', {
    topics: { orders: 'a', hotDrinks: 'b', coldDrinks: 'c' },
    barista: { image: 'elsewhere/worker:1', replicas: 2, properties: { flavour: 'mocha' } },
    streamNames: { orders: 'queue' },
    dataflow: { platform: 'other' },
  }),
  change('stopped', { ...spec, state: 'Stopped' }),
  change('started', spec, { ...spec, state: 'Stopped' }),
  change('started with another image', barista({ image: 'barista/worker:2' }), { ...spec, state: 'Stopped' }),
  { name: 'deleted', from: spec, act: remove },
  { name: 'deleted with Orphan', from: { ...spec, deletionPolicy: 'Orphan' }, act: remove },
  {
    name: 'deleted with an invalid spec',
    from: spec,
    before: (world) => world.become(name, { topics: { orders: 'a', hotDrinks: 'a', coldDrinks: 'a' } }),
    act: remove,
  },
  change('an invalid spec', { topics: { orders: 'a', hotDrinks: 'a', coldDrinks: 'a' } }),
  {
    name: 'created beside a foreign stream',
    before: foreignBar,
    act: (world) => world.apply(name, spec),
  },
  {
    name: 'another image beside a foreign stream',
    from: spec,
    before: (world) =>
      world.others.create({ name: 'taken', definition: ':x > log', description: 'of somebody' }),
    act: (world) =>
      world.become(name, { ...barista({ image: 'barista/worker:2' }), streamNames: { hotDrink: 'taken' } }),
  },
  {
    name: 'adopted',
    before: async (world) => {
      await foreignBar(world);
      await world.apply(name, spec);
      await world.live(name);
    },
    act: (world) => annotate(world, { 'barista.dev/adopt': 'true' }),
  },
  {
    name: 'healed: a stream undeployed',
    unseenToo: true,
    from: spec,
    act: (world) => world.simulator.undeployBehind(`${name}-bar`),
  },
  {
    name: 'healed: a stream deleted',
    from: spec,
    act: (world) => world.simulator.deleteBehind(`${name}-orders`),
  },
  {
    name: 'healed: a Deployment gone',
    unseenToo: true,
    from: spec,
    act: (world) => world.simulator.deleteDeployments(`${name}-hot-drink`),
  },
  {
    name: 'healed: a Deployment scaled to nothing',
    unseenToo: true,
    from: spec,
    act: (world) => world.simulator.scaleDeployment(`${name}-hot-drink-hot-drink-log-v1`, 0),
  },
  {
    ...unseenToo(change('an upgrade that fails', barista({ image: 'barista/worker:bad' }))),
    butHalf:
      'SCDF then shows what was before, as if the upgrade that failed had been to another spec: that one is tried',
  },
  {
    name: 'back after a failed upgrade',
    unseenToo: true,
    from: spec,
    before: failedUpgrade,
    act: (world) => world.become(name, spec),
  },
  {
    name: 'on to another image after a failed upgrade',
    from: spec,
    before: failedUpgrade,
    act: (world) => world.become(name, barista({ image: 'barista/worker:2' })),
  },
  {
    name: 'tried again after a failed upgrade',
    unseenToo: true,
    from: spec,
    before: failedUpgrade,
    act: async (world) => {
      world.simulator.settings.images.clear();
      await annotate(world, { 'barista.dev/reconcile-requested-at': 'now' });
    },
  },
];
