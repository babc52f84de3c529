/** What is done to workers and brokers while orders are served: follows from a seed alone. */
import type { Delivery } from '../../app/config/config.ts';
import { chance, type Chance } from '../faults/random.ts';

export type Action =
  /** A worker is gone at once, and another one comes for it, as Kubernetes does it. */
  | { readonly kind: 'kill' }
  /** A worker is asked to leave, and another one comes for it. */
  | { readonly kind: 'term' }
  /** A worker is stopped in its tracks for longer than its session lasts, and then goes on. */
  | { readonly kind: 'stop'; readonly ms: number }
  /** One worker more, which makes the group deal out its partitions anew. */
  | { readonly kind: 'join' }
  /** A broker goes, gracefully or not, and comes back after a while. */
  | { readonly kind: 'broker'; readonly signal: 'SIGTERM' | 'SIGKILL'; readonly ms: number }
  /** The orders topic has one partition more. */
  | { readonly kind: 'partition' };

export interface Blow {
  /** When so much of all orders was served, 0 to 1 … */
  readonly at: number;
  /** … and so many milliseconds have passed since. */
  readonly after: number;
  readonly action: Action;
}

export interface ChaosPlan {
  readonly seed: number;
  readonly delivery: Delivery;
  /** Three have three replicas of everything, of which two have to be in sync. */
  readonly brokers: 1 | 3;
  readonly workers: number;
  readonly partitions: number;
  readonly orders: number;
  /** In the order in which they are due. */
  readonly blows: readonly Blow[];
}

function actionOf(dice: Chance): Action {
  const kind = dice.pick(['kill', 'kill', 'term', 'stop', 'join', 'broker', 'partition'] as const);
  if (kind === 'stop') return { kind, ms: dice.whole(3_500, 6_000) };
  if (kind === 'broker')
    return { kind, signal: dice.pick(['SIGTERM', 'SIGKILL'] as const), ms: dice.whole(0, 3_000) };
  return { kind };
}

export function planOf(seed: number): ChaosPlan {
  const dice = chance(seed * 7_919);
  const blows = Array.from({ length: dice.whole(3, 5) }, () => ({
    at: Math.round(dice.next() * 90) / 100,
    after: dice.whole(0, 400),
    action: actionOf(dice),
  })).sort((a, b) => a.at - b.at);
  return {
    seed,
    delivery: dice.pick(['AtLeastOnce', 'ExactlyOnce'] as const),
    brokers: dice.percent(20) ? 3 : 1,
    workers: dice.whole(1, 3),
    partitions: dice.whole(2, 4),
    orders: 8_000,
    blows,
  };
}
