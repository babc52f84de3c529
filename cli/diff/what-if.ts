/** What the operator would do for a pipeline: its own plan on what SCDF says, with nobody to carry it out. */
import type { Pipeline } from '../../operator/api/types.ts';
import type { Dataflow } from '../../operator/dataflow/port.ts';
import { desired as desiredOf } from '../../operator/desired/desired.ts';
import { AppLookup } from '../../operator/observed/app-lookup.ts';
import { observe, withDeployments } from '../../operator/observed/observe.ts';
import { unknownWorkload } from '../../operator/observed/workload.ts';
import { plan as planOf } from '../../operator/plan/plan.ts';
import type { Plan } from '../../operator/plan/step.ts';
import type { Clock } from '../../operator/runtime/clock.ts';
import type { Installation } from './installation.ts';

export interface WhatIf {
  readonly pipeline: Pipeline;
  readonly installation: Pick<Installation, 'instance' | 'workerImage'>;
  /** When the pipeline names none. */
  readonly platform: string;
  readonly dataflow: Dataflow;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Reads only. It does not know of other pipelines, so that it takes every registration for one that somebody needs, and nobody for older: a conflict with another
 * pipeline's stream shows all the same, by the stream's description.
 */
export async function whatIf({
  pipeline,
  installation,
  platform,
  dataflow,
  clock,
  signal,
}: WhatIf): Promise<Plan> {
  const desired = desiredOf(pipeline, { ...installation, platform });
  const former = (pipeline.status.streams ?? []).map(({ name }) => name);
  const observed = await observe({
    dataflow,
    streams: [...desired.streams.map(({ name }) => name), ...former],
    apps: desired.streams.map(({ app }) => app),
    lookup: new AppLookup(dataflow, clock),
    // SCDF is asked what runs, in place of the cluster.
    workloadOf: () => unknownWorkload,
    clock,
    signal,
  });
  const planWith = (seen: typeof observed): Plan =>
    planOf({ pipeline, desired, observed: seen, olderClaims: new Map(), usedByPipelines: () => true });
  const first = planWith(observed);
  const updates = first.verdicts.filter(({ kind }) => kind === 'update').map(({ stream }) => stream);
  if (updates.length === 0) return first;
  return planWith(await withDeployments(observed, updates, { dataflow, signal }));
}
