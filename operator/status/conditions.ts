/** Conditions as kstatus wants them: Ready is always there, Reconciling and Stalled only while they are true. Pure. */
import type { Condition, ConditionType } from '../api/types.ts';

export interface Finding {
  readonly status: 'True' | 'False' | 'Unknown';
  /** CamelCase, from the list in reasons.ts or Kubernetes' own word for what ails a pod. */
  readonly reason: string;
  /** Sentences for people. */
  readonly message: string;
}

export type Findings = Readonly<Partial<Record<ConditionType, Finding>>>;

const order: readonly ConditionType[] = [
  'Ready',
  'Reconciling',
  'Stalled',
  'AppsRegistered',
  'StreamsDeployed',
];

/** The conditions that follow from `findings`; the time of a condition moves only when its status changes. */
export function conditions(
  findings: Findings,
  before: readonly Condition[],
  at: { readonly generation: number; readonly now: number },
): Condition[] {
  return order.flatMap((type) => {
    const finding = findings[type];
    if (finding === undefined) return [];
    const old = before.find((condition) => condition.type === type);
    const lastTransitionTime =
      old?.status === finding.status
        ? old.lastTransitionTime
        : new Date(at.now).toISOString().replace(/\.\d+Z$/, 'Z');
    return [{ ...finding, type, observedGeneration: at.generation, lastTransitionTime }];
  });
}
