/** Pipelines, servers and statuses of any kind, for tests that try very many. */
import fc from 'fast-check';
import { roles, type Role } from '../api/types.ts';

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const optional = <T>(key: string, values: readonly T[]) =>
  fc.constantFrom({}, ...values.map((value) => ({ [key]: value })));
const flavour = optional('flavour', ['mocha', 'mint']);
const limits = optional('kubernetes.limits.cpu', ['1', '2']);

/** A spec that is valid, in whatever it says. */
export const anySpec = fc
  .record({
    orders: fc.constantFrom('orders', 'orders2'),
    hotDrinks: fc.constantFrom('hotDrinks', 'hot2'),
    state: fc.constantFrom('Running', 'Running', 'Running', 'Stopped'),
    customer: fc.boolean(),
    hotDrinkLog: fc.boolean(),
    timeVersion: fc.constantFrom('5.1.1', '5.1.2'),
    logLimits: limits,
    image: fc.constantFrom('barista/worker:1', 'barista/worker:2', 'elsewhere/worker:1'),
    replicas: fc.constantFrom(0, 1, 1, 2, 3),
    delivery: fc.constantFrom('AtLeastOnce', 'ExactlyOnce'),
    properties: flavour,
    deployerProperties: optional('kubernetes.terminationGracePeriodSeconds', ['30', '60']),
    bar: maybe(fc.constantFrom('counter', 'downtown-hot-drink2')),
    customerName: maybe(fc.constant('queue')),
    platform: maybe(fc.constant('other')),
  })
  .map((it) => ({
    topics: { orders: it.orders, hotDrinks: it.hotDrinks, coldDrinks: 'coldDrinks' },
    state: it.state,
    customer: {
      enabled: it.customer,
      app: { uri: `docker:springcloudstream/time-source-kafka:${it.timeVersion}` },
    },
    hotDrinkLog: { enabled: it.hotDrinkLog, deployerProperties: it.logLimits },
    barista: {
      image: it.image,
      replicas: it.replicas,
      delivery: it.delivery,
      properties: it.properties,
      deployerProperties: it.deployerProperties,
    },
    streamNames: {
      ...(it.bar === undefined ? {} : { bar: it.bar }),
      ...(it.customerName === undefined ? {} : { orders: it.customerName }),
    },
    dataflow: it.platform === undefined ? {} : { platform: it.platform },
  }));
export type AnySpec = typeof anySpec extends fc.Arbitrary<infer T> ? T : never;

/** How a stream came to be what it is. */
export const lives = [
  'only created',
  'deployed long ago',
  'deployed just now',
  'undeployed',
  'its Deployment deleted',
  'its Deployment scaled',
  'scaled to nothing',
  'being upgraded',
  'upgraded to what never starts',
  'an upgrade failed',
  'half deployed',
] as const;

const anyStream = fc.oneof(
  { weight: 2, arbitrary: fc.constant({ kind: 'absent' } as const) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('ours' as const),
      spec: anySpec,
      life: fc.constantFrom(...lives),
    }),
  },
);
export type AnyStream = typeof anyStream extends fc.Arbitrary<infer T> ? T : never;

const registration = fc.record({
  app: fc.constantFrom('app/barista-app', 'source/time', 'sink/log'),
  repository: fc.constantFrom('the same', 'another'),
  version: fc.constantFrom('1', '2', '5.1.1'),
  isDefault: fc.boolean(),
});
export type AnyRegistration = typeof registration extends fc.Arbitrary<infer T> ? T : never;

const time = fc.constantFrom('2026-11-23T20:00:00Z', '2026-11-23T21:00:00Z', '');
const anyStatus = fc.record(
  {
    observedGeneration: fc.nat(3),
    conditions: fc.array(
      fc.record({
        type: fc.constantFrom('Ready', 'Reconciling', 'Stalled', 'StreamsDeployed'),
        status: fc.constantFrom('True', 'False', 'Unknown'),
        reason: fc.constantFrom('StreamsReady', 'UpgradeFailed'),
        message: fc.constant('?'),
        observedGeneration: fc.nat(3),
        lastTransitionTime: time,
      }),
      { maxLength: 3 },
    ),
    streams: fc.array(
      fc.record({
        name: fc.constantFrom('downtown-bar', 'counter', 'queue', 'downtown-orders', 'of-others', 'nowhere'),
        role: fc.constantFrom(...roles),
        state: fc.constantFrom('deployed', 'absent', 'failed'),
        revision: fc.constantFrom('abc', 'def'),
      }),
      { maxLength: 4 },
    ),
    apps: fc.array(
      fc.record({
        type: fc.constantFrom('app', 'source', 'sink'),
        name: fc.constantFrom('barista-app', 'barista-app-706c50b6', 'time', 'log'),
        version: fc.constantFrom('1', '2', '5.1.1'),
        uri: fc.constantFrom('docker:barista/worker:1', 'docker:elsewhere/worker:1', 'docker:x/y:9'),
        registeredByPipeline: fc.boolean(),
      }),
      { maxLength: 4 },
    ),
    streamsReady: fc.constant('4/4'),
    lastHandledReconcileAt: fc.constant('yesterday'),
  },
  { requiredKeys: [] },
);

/** Anything that the operator may find. */
export const anySituation = fc.record({
  streams: fc.record(
    Object.fromEntries(roles.map((role) => [role, anyStream])) as Record<Role, typeof anyStream>,
  ),
  foreign: fc.subarray([...roles], { maxLength: 1 }),
  registrations: fc.array(registration, { maxLength: 2 }),
  status: maybe(anyStatus),
  spec: anySpec,
  adopt: fc.boolean(),
  watched: fc.boolean(),
});
export type AnySituation = typeof anySituation extends fc.Arbitrary<infer T> ? T : never;

/** What may happen to a pipeline in its life. */
export const anyHappening = fc.oneof(
  fc.record({ kind: fc.constant('spec' as const), spec: anySpec, bad: fc.nat(9).map((it) => it === 0) }),
  fc.record({ kind: fc.constant('turns' as const), count: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant('time' as const), ms: fc.constantFrom(100, 1000, 5000, 60_000) }),
  fc.record({
    kind: fc.constant('drift' as const),
    what: fc.constantFrom(
      'undeploy',
      'delete',
      'delete Deployments',
      'scale',
      'scale to nothing',
      'unregister',
    ),
    which: fc.nat(3),
  }),
  fc.record({ kind: fc.constant('blow' as const), at: fc.nat(6), which: fc.nat(6) }),
  fc.constant({ kind: 'stale' } as const),
  fc.constant({ kind: 'delete' } as const),
);
export type AnyHappening = typeof anyHappening extends fc.Arbitrary<infer T> ? T : never;
