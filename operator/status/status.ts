/** The status of a pipeline: a pure function of what was found and done. Written only when it differs. */
import { defined } from '../api/defined.ts';
import type { AppStatus, Pipeline, PipelineStatus } from '../api/types.ts';
import type { AppKey, DataflowError, NewAppRegistration } from '../dataflow/port.ts';
import type { Desired } from '../desired/desired.ts';
import type { Observed } from '../observed/observed.ts';
import { titleOf } from '../plan/registrations.ts';
import type { Plan } from '../plan/step.ts';
import { assess } from './assess.ts';
import { conditions, type Findings } from './conditions.ts';
import { formerStreams, reportStreams } from './streams.ts';

export interface StatusInput {
  readonly pipeline: Pipeline;
  readonly desired: Desired;
  readonly observed: Observed;
  readonly plan: Plan;
  readonly failure: DataflowError | undefined;
  /** Registrations that were made in this turn. */
  readonly registered: readonly AppKey[];
  /** Registrations that were taken away in this turn, or that SCDF keeps for itself. */
  readonly dropped: readonly AppKey[];
  /** Registrations that are known to be this operator's through another pipeline. */
  readonly registeredByOthers: (app: NewAppRegistration) => boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export function status(input: StatusInput): PipelineStatus {
  const { pipeline, desired, observed, plan, now } = input;
  const reports = reportStreams(pipeline, desired, observed, plan);
  const former = formerStreams(pipeline, desired, observed);
  const findings = assess({ ...input, reports, former: former.length });
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
    selector:
      bar === undefined || bar.verdict?.kind === 'conflict'
        ? undefined
        : `spring-group-id=${bar.stream.name}`,
    lastHandledReconcileAt: isHandled(input)
      ? pipeline.reconcileRequestedAt
      : pipeline.status.lastHandledReconcileAt,
  });
}

/** A request to try again is not used up by a try that failed, or that could not be made yet. */
function isHandled({ failure, plan }: StatusInput): boolean {
  return (
    failure === undefined && !plan.verdicts.some((it) => it.kind === 'wait' && it.reason === 'UpgradeFailed')
  );
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
function appStatuses(input: StatusInput): AppStatus[] {
  const { plan, registeredByOthers } = input;
  const entries = new Map(formerApps(input).map((app) => [titleOf(app), app]));
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

/** The pipeline's own registrations as they were before, but for those that went. */
function formerApps({ pipeline, plan, dropped }: StatusInput): AppStatus[] {
  const gone = new Set([...plan.released, ...dropped].map(titleOf));
  const obsolete = new Set(plan.obsolete.map(titleOf));
  return (pipeline.status.apps ?? [])
    .filter((app) => app.registeredByPipeline && !gone.has(titleOf(app)))
    .map((app) => (obsolete.has(titleOf(app)) ? { ...app, obsolete: true } : app));
}
