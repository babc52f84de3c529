/** A seed -> what is done and what goes wrong: pure, and one line of JSON. */
import type { Role } from '../../operator/api/types.ts';
import { chance, type Chance } from './random.ts';
import { scenarioNames, scenarios, type ScenarioName } from './scenarios.ts';

/** What becomes of one request, or happens while it is under way. */
export type What =
  /** The operator dies before the request gets out, or when the other side has done it. */
  | { readonly kind: 'crashBefore' | 'crashAfter' }
  /** It is done, and the answer never comes: the connection breaks, or half of the JSON comes. */
  | { readonly kind: 'lostAnswer' | 'truncated' }
  /** It is not done: the connection breaks, or nothing comes back at all. */
  | { readonly kind: 'reset' | 'hang' }
  /** It is not done, and this is answered. */
  | { readonly kind: 'refuse'; readonly status: 409 | 429 | 500 | 502 | 503 }
  /** It is done, and this is answered. */
  | { readonly kind: 'errorAfter'; readonly status: 500 | 504 }
  /** Headers come late. Milliseconds of the operator's time. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** Somebody labels and annotates the object, or writes into its status, just before. */
  | { readonly kind: 'edit' | 'scribble' }
  /** The user goes on with the next step just now. */
  | { readonly kind: 'nextStep' }
  /** Somebody changes what is deployed, past the operator. */
  | { readonly kind: 'drift'; readonly drift: Drift; readonly role: Role }
  /** The wall clock of the operator is set. */
  | { readonly kind: 'clock'; readonly ms: number }
  /** The process is stopped, past its lease, and woken. */
  | { readonly kind: 'stopped'; readonly ms: number }
  /** The operator dies, and the next one sees at first how things were so many changes ago. */
  | { readonly kind: 'timeTravel'; readonly back: number }
  | WatchFault;

export type Drift = 'undeploy' | 'delete' | 'workload';

/** What becomes of the stream of a watch, at one of its events. */
export type WatchFault =
  | {
      readonly kind: 'watchReset' | 'watchEnd' | 'watchGone' | 'watchGarbage' | 'watchSilent' | 'watchRepeat';
    }
  /** So many events are missing, and then the server has forgotten them (410). */
  | { readonly kind: 'watchSkip'; readonly events: number }
  /** Events wait so long and then come as one for each object. */
  | { readonly kind: 'watchCoalesce'; readonly ms: number }
  /** 410, and the list after it is from the past. */
  | { readonly kind: 'watchStale'; readonly back: number };

export type Side = 'kube' | 'dataflow';

/** Which requests count. `event`: not a request, but an event of the watch of pipelines. */
export type On = 'write' | 'read' | 'any' | 'list' | 'watch' | 'event' | 'lease';

export interface Fault {
  /** Counted from when this step of the scenario begins. */
  readonly step: number;
  readonly side: Side;
  readonly on: On;
  /** 1 is the first. */
  readonly nth: number;
  readonly what: What;
}

export interface FaultPlan {
  readonly seed: number;
  readonly scenario: ScenarioName;
  /** Steps follow each other without waiting for rest. */
  readonly hasty: boolean;
  /** Operators that run at a time; with one there is no lease. */
  readonly operators: 1 | 2;
  readonly faults: readonly Fault[];
}

export function planOf(seed: number): FaultPlan {
  const dice = chance(seed);
  const scenario = dice.pick(scenarioNames);
  const { steps, inOrder } = scenarios[scenario];
  const operators = dice.percent(20) ? 2 : 1;
  const faults = Array.from({ length: dice.pick([1, 1, 2, 3]) }, () =>
    faultOf(dice, steps.length, operators),
  );
  const hasty = inOrder !== true && dice.percent(30);
  return { seed, scenario, hasty, operators, faults };
}

const families = [
  'request',
  'request',
  'request',
  'crash',
  'crash',
  'watch',
  'people',
  'drift',
  'rare',
] as const;

function faultOf(dice: Chance, steps: number, operators: number): Fault {
  const step = dice.whole(0, steps - 1);
  if (operators === 2 && dice.percent(50)) {
    return { step, ...aWrite(dice), what: { kind: 'stopped', ms: dice.whole(45_000, 60_000) } };
  }
  const made: Record<(typeof families)[number], () => Omit<Fault, 'step'>> = {
    request: () => requestFault(dice),
    crash: () => ({ ...aWrite(dice), what: { kind: dice.pick(['crashBefore', 'crashAfter']) } }),
    watch: () => ({ side: 'kube', on: 'event', nth: dice.whole(1, 4), what: watchFault(dice) }),
    people: () => ({ ...anywhere(dice), what: { kind: dice.pick(['edit', 'scribble', 'nextStep']) } }),
    drift: () => ({ ...anywhere(dice), what: drift(dice) }),
    rare: () => rare(dice),
  };
  return { step, ...made[dice.pick(families)]() };
}

type Point = Pick<Fault, 'side' | 'on' | 'nth'>;

function aWrite(dice: Chance): Point {
  const side = dice.pick<Side>(['kube', 'dataflow', 'dataflow']);
  return { side, on: 'write', nth: dice.whole(1, side === 'kube' ? 4 : 6) };
}

function anywhere(dice: Chance): Point {
  if (dice.percent(50)) return aWrite(dice);
  return { side: 'dataflow', on: 'any', nth: dice.whole(1, 25) };
}

/** What may become of any request. */
export function requestWhat(dice: Chance): What {
  return dice.pick<() => What>([
    () => ({ kind: 'lostAnswer' }),
    () => ({ kind: 'truncated' }),
    () => ({ kind: 'reset' }),
    () => ({ kind: 'hang' }),
    () => ({ kind: 'refuse', status: dice.pick([409, 429, 500, 502, 503]) }),
    () => ({ kind: 'errorAfter', status: dice.pick([500, 504]) }),
    () => ({ kind: 'slow', ms: dice.whole(1_000, 40_000) }),
  ])();
}

function requestFault(dice: Chance): Omit<Fault, 'step'> {
  const what = requestWhat(dice);
  const points: readonly [Point, ...Point[]] = [
    aWrite(dice),
    aWrite(dice),
    { side: 'dataflow', on: 'read', nth: dice.whole(1, 25) },
    { side: 'kube', on: dice.pick(['list', 'watch', 'read']), nth: 1 },
  ];
  return { ...dice.pick(points), what };
}

export function watchFault(dice: Chance): WatchFault {
  return dice.pick<() => WatchFault>([
    () => ({
      kind: dice.pick(['watchReset', 'watchEnd', 'watchGone', 'watchGarbage', 'watchSilent', 'watchRepeat']),
    }),
    () => ({ kind: 'watchSkip', events: dice.whole(1, 4) }),
    () => ({ kind: 'watchCoalesce', ms: dice.whole(1_000, 10_000) }),
    () => ({ kind: 'watchStale', back: dice.whole(1, 5) }),
  ])();
}

function drift(dice: Chance): What {
  const role = dice.pick<Role>(['hotDrink', 'coldDrink', 'bar', 'bar', 'orders']);
  return { kind: 'drift', drift: dice.pick(['undeploy', 'delete', 'workload']), role };
}

function rare(dice: Chance): Omit<Fault, 'step'> {
  const back = dice.whole(1, 6);
  if (dice.percent(50)) return { ...anywhere(dice), what: { kind: 'timeTravel', back } };
  const ms = dice.pick([-3_600_000, -60_000, -5_000, 5_000, 60_000, 3_600_000]);
  return { ...anywhere(dice), what: { kind: 'clock', ms } };
}
