/** What a turn may have done, and the one event that tells of it: shown in docs/reasons.md. */
import { release } from '../plan/plan.fixtures.ts';
import { run, type Case } from '../plan/specify.fixtures.ts';
import { writeEvent, type EventDraft, type Origin } from './events.ts';

const nothing = { exists: false } as const;
const none = { orders: nothing, hotDrink: nothing, coldDrink: nothing, bar: nothing } as const;
const topics = { orders: 'orders', hotDrinks: 'hotDrinks', coldDrinks: 'coldDrinks' };

export interface EventCase extends Omit<Case, 'steps'> {
  /** `reason: note`. */
  readonly event: string;
}

export function eventOf(it: Omit<Case, 'steps'>, origin: Partial<Origin> = {}): EventDraft | undefined {
  return writeEvent(run({ ...it, steps: [] }).steps, { generation: undefined, writer: undefined, ...origin });
}

export const eventCases: readonly EventCase[] = [
  {
    name: 'a pipeline that is new',
    observed: none,
    apps: [],
    event:
      'Deployed: Created and deployed streams downtown-hot-drink (sink/log 5.1.1), downtown-cold-drink (sink/log 5.1.1), ' +
      'downtown-bar (app/barista-app 1.0.0), downtown-orders (source/time 5.1.1); ' +
      'registered sink/log 5.1.1, app/barista-app 1.0.0, source/time 5.1.1',
  },
  {
    name: 'one that is new and stopped',
    pipeline: { spec: { topics, state: 'Stopped' } },
    observed: { bar: nothing },
    event: 'Created: Created stream downtown-bar',
  },
  {
    name: 'another revision',
    observed: { bar: { revision: 'old' } },
    event: 'Updated: Updated stream downtown-bar (app/barista-app 1.0.0)',
  },
  {
    name: 'another count',
    pipeline: { spec: { topics, barista: { replicas: 3 } } },
    observed: { bar: { replicas: 1 } },
    event: 'Scaled: Scaled stream downtown-bar (3 instances)',
  },
  {
    name: 'a stop',
    pipeline: { spec: { topics, state: 'Stopped' } },
    observed: Object.fromEntries(
      Object.keys(none).map((role) => [role, { state: 'deployed', keepWorkload: true }]),
    ),
    event:
      'Undeployed: Undeployed streams downtown-orders, downtown-bar, downtown-hot-drink, downtown-cold-drink: as the spec says',
  },
  {
    name: 'what ran has gone',
    observed: {
      bar: { state: 'undeployed', history: [release('DEPLOYED', { version: 3, lastDeployed: 0 })] },
    },
    event:
      'Deployed: Undeployed and deployed stream downtown-bar (app/barista-app 1.0.0): ' +
      'nothing of it runs although release 3 should: deploying it again',
  },
  {
    name: 'another definition',
    observed: { hotDrink: { originalDsl: ':tea > hot-drink-log: log' } },
    event:
      'Deployed: Deleted, created and deployed stream downtown-hot-drink (sink/log 5.1.1): ' +
      'the definition becomes ":hotDrinks > hot-drink-log: log" (it was ":tea > hot-drink-log: log")',
  },
];
