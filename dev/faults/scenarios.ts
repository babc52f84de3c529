/** What people do with a pipeline: the sequences that the plans disturb. */
import type { Role } from '../../operator/api/types.ts';
import type { Drift } from './plan.ts';

type Json = Readonly<Record<string, unknown>>;

export type Step =
  | { readonly do: 'create'; readonly spec: Json; readonly annotations?: Readonly<Record<string, string>> }
  /** A merge patch. */
  | { readonly do: 'change'; readonly spec: Json }
  /** Null removes. */
  | { readonly do: 'annotate'; readonly annotations: Readonly<Record<string, string | null>> }
  | { readonly do: 'delete' }
  | { readonly do: 'drift'; readonly drift: Drift; readonly role: Role }
  /** Somebody else makes a stream of a name that the pipeline wants, or takes it away again. */
  | { readonly do: 'squat' | 'leave'; readonly role: Role }
  /** Kill -9, and another process. */
  | { readonly do: 'restart' };

export interface Scenario {
  readonly steps: readonly Step[];
  /** Where it ends depends on how far the step before has come, so each waits for rest. */
  readonly inOrder?: true;
}

export const PIPELINE = 'p';

const topics = { orders: 'orders', hotDrinks: 'hotDrinks', coldDrinks: 'coldDrinks' };
const off = { enabled: false };
/** The worker alone, and the whole bar. */
const bar = { topics, customer: off, hotDrinkLog: off, coldDrinkLog: off };
const whole = { topics };

const create = (spec: Json, annotations?: Readonly<Record<string, string>>): Step => ({
  do: 'create',
  spec,
  ...(annotations === undefined ? {} : { annotations }),
});
const change = (spec: Json): Step => ({ do: 'change', spec });
const image = (tag: string): Step => change({ barista: { image: `barista/worker:${tag}` } });
const remove: Step = { do: 'delete' };
const drift = (kind: Drift, role: Role): Step => ({ do: 'drift', drift: kind, role });
const annotate = (annotations: Readonly<Record<string, string | null>>): Step => ({
  do: 'annotate',
  annotations,
});
const otherTopics = { orders: 'orders2', hotDrinks: 'hot2', coldDrinks: 'cold2' };

const table = {
  create: { steps: [create(whole)] },
  createSmall: { steps: [create(bar)] },
  createDelete: { steps: [create(whole), remove] },
  image: { steps: [create(whole), image('2')] },
  imageTwice: { steps: [create(bar), image('2'), image('3')] },
  imageBack: { steps: [create(bar), image('2'), image('1')] },
  // Who comes first to an app name has it.
  otherRepository: {
    steps: [create(bar), change({ barista: { image: 'elsewhere/worker:1' } })],
    inOrder: true,
  },
  ordersTopic: { steps: [create(whole), change({ topics: { orders: 'orders2' } })] },
  allTopics: { steps: [create(whole), change({ topics: otherTopics })] },
  scale: { steps: [create(bar), change({ barista: { replicas: 3 } }), change({ barista: { replicas: 2 } })] },
  scaleToNothing: {
    steps: [create(bar), change({ barista: { replicas: 0 } }), change({ barista: { replicas: 2 } })],
  },
  scaleAndImage: {
    steps: [create(bar), change({ barista: { replicas: 2, image: 'barista/worker:2' } })],
  },
  stopStart: { steps: [create(whole), change({ state: 'Stopped' }), change({ state: 'Running' })] },
  stopDelete: { steps: [create(whole), change({ state: 'Stopped' }), remove] },
  stoppedFromBirth: { steps: [create({ ...bar, state: 'Stopped' }), change({ state: 'Running' })] },
  properties: {
    steps: [
      create({ ...bar, barista: { properties: { 'some.key': '1', 'other.key': '2' } } }),
      change({ barista: { properties: { 'some.key': '3' } } }),
      change({ barista: { properties: { 'some.key': null } } }),
    ],
  },
  resources: { steps: [create(bar), change({ barista: { resources: { limits: { memory: '300Mi' } } } })] },
  streamName: { steps: [create(bar), change({ streamNames: { bar: 'p-counter' } })] },
  lessRoles: { steps: [create(whole), change({ customer: off, hotDrinkLog: off })] },
  moreRoles: {
    steps: [create(bar), change({ hotDrinkLog: { enabled: true }, customer: { enabled: true } })],
  },
  orphan: { steps: [create({ ...bar, deletionPolicy: 'Orphan' }), remove], inOrder: true },
  again: { steps: [create(bar), remove, create({ ...bar, barista: { replicas: 2 } })] },
  againOther: { steps: [create(whole), remove, create(bar), image('2')] },
  undeployed: { steps: [create(whole), drift('undeploy', 'bar')] },
  deleted: { steps: [create(whole), drift('delete', 'coldDrink'), drift('delete', 'bar')] },
  noWorkload: { steps: [create(bar), drift('workload', 'bar')] },
  driftWhileStopped: {
    steps: [create(bar), change({ state: 'Stopped' }), drift('delete', 'bar'), change({ state: 'Running' })],
  },
  squatted: {
    steps: [{ do: 'squat', role: 'bar' }, create(whole), { do: 'leave', role: 'bar' }],
    inOrder: true,
  },
  adopted: {
    steps: [{ do: 'squat', role: 'bar' }, create(bar), annotate({ 'barista.dev/adopt': 'true' })],
    inOrder: true,
  },
  squattedDelete: { steps: [{ do: 'squat', role: 'bar' }, create(whole), remove], inOrder: true },
  paused: {
    steps: [
      create(bar),
      annotate({ 'barista.dev/paused': 'true' }),
      image('2'),
      annotate({ 'barista.dev/paused': null }),
    ],
  },
  lookAgain: { steps: [create(bar), annotate({ 'barista.dev/reconcile-requested-at': 'now' })] },
  restart: { steps: [create(whole), { do: 'restart' }, image('2'), { do: 'restart' }] },
  long: {
    steps: [
      create(whole),
      image('2'),
      drift('undeploy', 'hotDrink'),
      change({ barista: { replicas: 2 } }),
      change({ state: 'Stopped' }),
      change({ state: 'Running', topics: { hotDrinks: 'hot2' } }),
      remove,
    ],
  },
} satisfies Readonly<Record<string, Scenario>>;

export type ScenarioName = keyof typeof table;

export const scenarios: Readonly<Record<ScenarioName, Scenario>> = table;

export const scenarioNames = Object.keys(scenarios) as [ScenarioName, ...ScenarioName[]];
