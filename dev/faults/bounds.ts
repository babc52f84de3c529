/** How many writes more than an undisturbed run a plan may make. */
import type { Fault, Side, What } from './plan.ts';

/** For each fault that happened. */
const perFault: Readonly<Record<Side, Partial<Record<What['kind'], number>>>> = {
  // What was true once is done again, and then undone.
  dataflow: { timeTravel: 20, watchStale: 20 },
  kube: { timeTravel: 12, watchStale: 12 },
};
const usual: Readonly<Record<Side, number>> = { dataflow: 4, kube: 6 };

/** How often a pipeline on its way is looked at, and so what its status says meanwhile, is a matter of time. */
const perStep: Readonly<Record<Side, number>> = { dataflow: 0, kube: 2 };

export function boundOf(
  side: Side,
  undisturbed: number,
  happened: { fired: readonly Fault[]; steps: number },
): number {
  const allowed = undisturbed + happened.steps * perStep[side];
  return happened.fired.reduce((sum, { what }) => sum + (perFault[side][what.kind] ?? usual[side]), allowed);
}
