/** The status of a pipeline: a pure function of what was found and done. Written only when it differs. */
import { defined } from '../api/defined.ts';
import type { AppStatus, Pipeline, PipelineStatus } from '../api/types.ts';
import type { DataflowError, NewAppRegistration } from '../dataflow/port.ts';
import type { Desired } from '../desired/desired.ts';
import type { Observed } from '../observed/observed.ts';
import { titleOf } from '../plan/registrations.ts';
import type { Plan, Step } from '../plan/step.ts';
import { assess } from './assess.ts';
import { conditions, type Findings } from './conditions.ts';
import { formerStreams, reportStreams } from './streams.ts';

export interface StatusInput {
  readonly pipeline: Pipeline;
  readonly desired: Desired;
  readonly observed: Observed;
  readonly plan: Plan;
  readonly failure: DataflowError | undefined;
  /** The steps of the plan that were carried out. */
  readonly done: readonly Step[];
  /** Registrations that are known to be this operator's through another pipeline. */
  readonly registeredByOthers: (app: NewAppRegistration) => boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export function status(input: StatusInput): PipelineStatus {
  const { pipeline, desired, observed, plan, now } = input;
  const reports = reportStreams(desired, observed, plan);
  const former = formerStreams(pipeline, desired, observed);
  const findings = assess({ pipeline, plan, reports, former: former.length, failure: input.failure, now });
  const bar = reports.find((report) => report.stream.role === 'bar');
  const wanted = reports.filter((report) => report.stream.running);
  return defined<PipelineStatus>({
    observedGeneration: pipeline.generation,
    conditions: conditions(findings, pipeline.status.conditions ?? [], {
      generation: pipeline.generation,
      now,
    }),
    streams: [...reports.map((report) => report.status), ...former],
    apps: appStatuses(input),
    streamsReady: `${reports.filter((report) => report.running).length}/${wanted.length}`,
    replicas: Number(bar?.status.instances?.split('/')[1] ?? 0),
    selector: bar === undefined ? undefined : `spring-group-id=${bar.stream.name}`,
    lastHandledReconcileAt: pipeline.reconcileRequestedAt,
  });
}

/** The status of a pipeline about which only this is known: the rest stays as it was. */
export function partialStatus(
  pipeline: Pick<Pipeline, 'generation' | 'status'>,
  findings: Findings,
  now: number,
): PipelineStatus {
  return {
    ...pipeline.status,
    observedGeneration: pipeline.generation,
    conditions: conditions(findings, pipeline.status.conditions ?? [], {
      generation: pipeline.generation,
      now,
    }),
  };
}

/**
 * The registrations that the pipeline uses or has made. A registration is entered as the pipeline's own before it is made, so that
 * a crash in between leaves none behind; and it stays entered until it is taken away, or others are found to use it.
 */
function appStatuses({ pipeline, plan, done, registeredByOthers }: StatusInput): AppStatus[] {
  const entries = new Map((pipeline.status.apps ?? []).map((app) => [titleOf(app), app]));
  for (const [id, app] of entries) if (!app.registeredByPipeline) entries.delete(id);
  const unregistered = done.flatMap((step) => (step.kind === 'unregister' ? [step.app] : []));
  for (const app of [...plan.released, ...unregistered]) entries.delete(titleOf(app));
  for (const app of plan.apps) {
    const { type, name, version, uri } = app;
    const id = titleOf(app);
    const registeredByPipeline =
      entries.get(id)?.registeredByPipeline === true ||
      plan.steps.some((step) => step.kind === 'register' && titleOf(step.app) === id) ||
      registeredByOthers(app);
    entries.set(id, { type, name, version, uri, registeredByPipeline });
  }
  return [...entries.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, app]) => app);
}
