/** What the operator may do to SCDF: one step is one external write. Plain data. */
import type { Role } from '../api/types.ts';
import type { AppKey, NewAppRegistration } from '../dataflow/port.ts';

type Properties = Readonly<Record<string, string>>;

interface OnStream {
  readonly role: Role | undefined;
  readonly stream: string;
}

type Action =
  | { readonly kind: 'register'; readonly app: NewAppRegistration }
  | { readonly kind: 'makeDefault'; readonly app: AppKey }
  | { readonly kind: 'unregister'; readonly app: AppKey }
  | (OnStream & { readonly kind: 'create'; readonly definition: string; readonly description: string })
  | (OnStream & { readonly kind: 'deploy'; readonly owner: string; readonly properties: Properties })
  /** `redeploy`: what to deploy with when SCDF sees no difference, as it does after an upgrade that failed. */
  | (OnStream & {
      readonly kind: 'update';
      readonly owner: string;
      readonly properties: Properties;
      readonly redeploy: Properties;
    })
  | (OnStream & {
      readonly kind: 'scale';
      readonly owner: string;
      readonly label: string;
      readonly count: number;
    })
  | (OnStream & { readonly kind: 'undeploy'; readonly owner: string })
  /** `owner` is the description that the live stream must carry when it is taken away; undefined: whatever it carries (adopting). */
  | (OnStream & { readonly kind: 'delete'; readonly owner: string | undefined });

/**
 * The order of steps. Who takes stands before who gives is started, and the other way round on stopping, so that no order
 * is produced before someone takes it. Steps of one phase do not depend on each other.
 */
export const phases = {
  register: 0,
  stopCustomer: 1,
  stopBar: 2,
  stopSinks: 3,
  create: 4,
  startSinks: 5,
  startBar: 6,
  startCustomer: 7,
  unregister: 8,
} as const;
export type Phase = (typeof phases)[keyof typeof phases];

export type Step = Action & {
  readonly phase: Phase;
  /** A clause for people: why, or with what. */
  readonly reason: string;
};

/** What the plan came to for a stream. */
export type VerdictKind =
  | 'create'
  | 'adopt'
  | 'deploy'
  | 'update'
  | 'scale'
  | 'undeploy'
  | 'redeploy'
  | 'replace'
  | 'delete'
  | 'wait'
  | 'stalled'
  | 'conflict'
  | 'none';

export interface Verdict {
  readonly kind: VerdictKind;
  readonly role: Role | undefined;
  readonly stream: string;
  /** CamelCase, fit for a condition. */
  readonly reason: string;
  /** A sentence for people; empty when there is nothing to say. */
  readonly message: string;
}

export interface Plan {
  /** The registrations that the streams use. */
  readonly apps: readonly NewAppRegistration[];
  /** Those of them that are not there yet. */
  readonly missing: readonly AppKey[];
  /** Registrations that were the pipeline's and are not any more: they are gone, or left to others who use them. */
  readonly released: readonly AppKey[];
  /** Registrations of the pipeline that no stream of it uses any more, and that are there still. */
  readonly obsolete: readonly AppKey[];
  /** There are registrations that may have to go, and nobody has looked yet whether streams of others use them. */
  readonly unsettled: boolean;
  readonly verdicts: readonly Verdict[];
  /** In the order in which they are done. */
  readonly steps: readonly Step[];
}

export function stopPhase(role: Role | undefined): Phase {
  if (role === 'orders' || role === undefined) return phases.stopCustomer;
  return role === 'bar' ? phases.stopBar : phases.stopSinks;
}

export function startPhase(role: Role): Phase {
  if (role === 'orders') return phases.startCustomer;
  return role === 'bar' ? phases.startBar : phases.startSinks;
}
