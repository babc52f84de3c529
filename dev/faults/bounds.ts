/** How many writes more than an undisturbed run a plan may make. */
import type { Fault, Side, What } from './plan.ts';

/** For each fault that happened. */
const perFault: Readonly<Record<Side, Partial<Record<What['kind'], number>>>> = {
  dataflow: {},
  kube: {},
};
const usual: Readonly<Record<Side, number>> = { dataflow: 4, kube: 6 };

export function boundOf(side: Side, undisturbed: number, fired: readonly Fault[]): number {
  return fired.reduce((sum, { what }) => sum + (perFault[side][what.kind] ?? usual[side]), undisturbed);
}
