/**
 * One turn for one pipeline: observe, plan, execute, status. Level-triggered: everything follows from the key, and nothing
 * depends on how the state came about.
 */
import { defined } from '../api/defined.ts';
import { FINALIZER, PIPELINES, type Pipeline, type PipelineStatus } from '../api/types.ts';
import { describeProblems, parsePipeline } from '../api/validate.ts';
import { masked } from '../dataflow/masked.ts';
import { DataflowError, type AppKey, type StreamDefinition } from '../dataflow/port.ts';
import { hideInError, secretsOf } from '../dataflow/secrets.ts';
import { desired as desiredOf, type Desired, type DesiredStream } from '../desired/desired.ts';
import { execute, LeaseLost, type Execution } from '../execute/execute.ts';
import { KubeError, type KubeObject } from '../kube/port.ts';
import { observe, withDeployments } from '../observed/observe.ts';
import type { Observed } from '../observed/observed.ts';
import { plan as planOf } from '../plan/plan.ts';
import { titleOf } from '../plan/registrations.ts';
import type { Plan } from '../plan/step.ts';
import { settled, type Outcome } from '../runtime/outcome.ts';
import type { Findings } from '../status/conditions.ts';
import { failureOf } from '../status/failure.ts';
import { outcome } from '../status/outcome.ts';
import { reasons } from '../status/reasons.ts';
import { partialStatus, status as statusOf, type StatusInput } from '../status/status.ts';
import { reportStreams } from '../status/streams.ts';
import { account, accountWrite } from './account.ts';
import type { Dependencies, Server } from './dependencies.ts';
import { discreet, discreetOutcome, discreetStatus } from './discreet.ts';
import { withHints } from './hints.ts';
import { remove } from './removal.ts';
import { writeStatus, type Subject } from './status-writer.ts';
import { olderClaimsUnseen } from './unseen.ts';
import { droppedBy, foreignTo, registeredApps, registeredBy, withUsers } from './registered-apps.ts';
import { workloadOf } from './workloads.ts';

/** So long a write of somebody else, or a cache that is behind, takes to show. */
const CONFLICT_MS = 200;

export async function reconcile(key: string, parts: Dependencies, signal: AbortSignal): Promise<Outcome> {
  const [namespace = '', name = ''] = key.split('/');
  const object = parts.pipelines.get({ namespace, name });
  if (object === undefined) return settled;
  const secrets = secretsOf(object);
  try {
    const deps = discreet(parts, secrets);
    return discreetOutcome(await reconcileObject(key, object, deps, signal), secrets);
  } catch (thrown) {
    const error = hideInError(thrown, secrets);
    if (error instanceof KubeError) return afterKubeError(error);
    if (error instanceof LeaseLost) return { kind: 'stalled', reason: error.message };
    await confess(object, error, parts, signal);
    throw error;
  }
}

function subjectOf(object: KubeObject): Subject & { generation: number } {
  const parsed = parsePipeline(object);
  return 'pipeline' in parsed ? parsed.pipeline : parsed.identity;
}

/** Whoever waits for the pipeline is told of our own mistake too, and not only the log. */
async function confess(
  object: KubeObject,
  error: unknown,
  deps: Dependencies,
  signal: AbortSignal,
): Promise<void> {
  const message =
    `The operator failed on this pipeline, which is a bug: ${masked(String(error))}. ` +
    'It tries again; please report it with the lines of its log. What runs is left as it is.';
  const finding = { reason: 'InternalError', message } as const;
  const findings: Findings = {
    Ready: { status: 'Unknown', ...finding },
    Reconciling: { status: 'True', ...finding },
  };
  try {
    const live = await deps.kube.get(PIPELINES, subjectOf(object), signal);
    if (live === undefined) return;
    const subject = subjectOf(live);
    await writeStatus(subject, partialStatus(subject, findings, deps.clock.now()), deps, signal);
  } catch (cause) {
    const { namespace, name } = object.metadata;
    deps.log.debug('the bug cannot be told of in the status', {
      pipeline: `${namespace}/${name}`,
      err: hideInError(cause, secretsOf(object)),
    });
  }
}

function afterKubeError(error: KubeError): Outcome {
  if (error.kind === 'notFound') return settled;
  if (error.kind === 'conflict') return { kind: 'recheck', afterMs: CONFLICT_MS, reason: error.message };
  return {
    kind: 'retry',
    error,
    ...(error.retryAfterMs === undefined ? {} : { afterMs: error.retryAfterMs }),
  };
}

async function reconcileObject(
  key: string,
  object: KubeObject,
  deps: Dependencies,
  signal: AbortSignal,
): Promise<Outcome> {
  const parsed = parsePipeline(object);
  if (object.metadata.deletionTimestamp !== undefined) return remove(key, parsed, deps, signal);
  if ('problems' in parsed) {
    return halt(parsed.identity, stalled('InvalidSpec', describeProblems(parsed.problems)), deps, signal);
  }
  const { pipeline } = parsed;
  if (pipeline.paused) return halt(pipeline, pausedFindings(pipeline), deps, signal);
  const server = deps.servers.get(pipeline.spec.dataflow.server);
  if (server === undefined) {
    const there = deps.servers.names().join(', ');
    const message = `spec.dataflow.server is ${pipeline.spec.dataflow.server}, and this operator knows ${there}.`;
    return halt(pipeline, stalled('UnknownServer', message), deps, signal);
  }
  const mine = await withFinalizer(pipeline, deps, signal);
  return reconcilePipeline({ key, pipeline: mine, server, deps, signal });
}

function stalled(reason: keyof typeof reasons, message: string): Findings {
  return { Ready: { status: 'False', reason, message }, Stalled: { status: 'True', reason, message } };
}

/** What was so stays so, but nothing is claimed of a generation that nobody has looked at. */
function pausedFindings({ status, generation }: Pipeline): Findings {
  const before = status.conditions?.find((condition) => condition.type === 'Ready');
  const known = before?.observedGeneration === generation ? before.status : 'Unknown';
  return { Ready: { status: known, reason: 'Paused', message: reasons.Paused } };
}

async function halt(
  subject: Subject & { generation: number },
  findings: Findings,
  deps: Dependencies,
  signal: AbortSignal,
): Promise<Outcome> {
  await writeStatus(subject, partialStatus(subject, findings, deps.clock.now()), deps, signal);
  return { kind: 'stalled', reason: findings.Ready?.reason ?? 'Stalled' };
}

/** Before anything is made outside, the pipeline gets the finalizer that takes it away again. */
async function withFinalizer(pipeline: Pipeline, deps: Dependencies, signal: AbortSignal): Promise<Pipeline> {
  const { metadata } = pipeline.object;
  if (metadata.finalizers?.includes(FINALIZER) === true || !deps.mayWrite()) return pipeline;
  const body = {
    metadata: {
      resourceVersion: metadata.resourceVersion,
      finalizers: [...(metadata.finalizers ?? []), FINALIZER],
    },
  };
  return { ...pipeline, object: await deps.kube.patch(PIPELINES, pipeline, body, signal) };
}

interface Turn {
  readonly key: string;
  readonly pipeline: Pipeline;
  readonly server: Server;
  readonly deps: Dependencies;
  readonly signal: AbortSignal;
}

/** What was seen, and what follows from it. */
interface Decision {
  readonly observed: Observed;
  readonly plan: Plan;
}

async function reconcilePipeline(turn: Turn): Promise<Outcome> {
  const { pipeline, server, deps } = turn;
  const desired = desiredOf(pipeline, {
    instance: deps.instance,
    workerImage: deps.workerImage,
    platform: server.config.platform,
  });
  let decided: Decision;
  try {
    decided = await decide(turn, desired, await look(turn, desired));
  } catch (error) {
    if (!(error instanceof DataflowError)) throw error;
    return cannotLook(turn, error);
  }
  const { plan, observed } = decided;
  const announced = { ...turn, pipeline: await announce(turn, desired, observed, plan) };
  const execution = await carryOut(announced, plan);
  const after = await lookWhetherDone(announced, desired, execution);
  if (typeof after === 'object') return conclude(announced, desired, { ...after, execution, isDone: true });
  // Everything was well before the writes, and is not any more: somebody else was at it, and the next look tells.
  if (after === 'not yet' && isAllWell(pipeline, desired, decided))
    return { kind: 'recheck', afterMs: CONFLICT_MS, reason: 'a stream has changed meanwhile' };
  const hinted = await withHints(observed, plan, { ...deps, pipeline: turn.key }, turn.signal);
  const isTold = announced.pipeline !== pipeline && execution.failures.length === 0;
  const found = { observed: hinted, plan, execution, isDone: false, isTold };
  return conclude(announced, desired, found);
}

/**
 * Mostly what was written takes a while to show. Where it is all there at once (a stop, a scale, a quick platform) the turn may say so
 * itself, and nobody has to come again. Undefined: it cannot be known, or something else is left to do.
 */
async function lookWhetherDone(
  turn: Turn,
  desired: Desired,
  { done, failures }: Execution,
): Promise<Decision | 'not yet' | undefined> {
  const { pipeline, server, signal } = turn;
  if (done.length === 0 || failures.length > 0) return undefined;
  try {
    const definitions = await server.dataflow.definitionsOf(streamNames(pipeline, desired), signal);
    const isThere = (stream: DesiredStream) =>
      definitions.get(stream.name)?.state === (stream.running ? 'deployed' : 'undeployed');
    if (!desired.streams.every(isThere)) return 'not yet';
    const found = await decide(turn, desired, await look(turn, desired, definitions));
    if (!isAllWell(pipeline, desired, found)) return 'not yet';
    return found.plan.steps.length === 0 ? found : undefined;
  } catch (error) {
    if (error instanceof DataflowError) return undefined;
    throw error;
  }
}

function isAllWell(pipeline: Pipeline, desired: Desired, { observed, plan }: Decision): boolean {
  return reportStreams(pipeline, desired, observed, plan).every((report) => report.good);
}

function look(
  { pipeline, server, deps, signal }: Turn,
  desired: Desired,
  definitions?: ReadonlyMap<string, StreamDefinition>,
): Promise<Observed> {
  return observe({
    dataflow: server.dataflow,
    streams: streamNames(pipeline, desired),
    apps: [...registeredApps(pipeline), ...desired.streams.map((stream) => stream.app)],
    lookup: server.apps,
    ...(definitions === undefined ? {} : { definitions }),
    workloadOf: workloadOf(server, deps),
    clock: deps.clock,
    signal,
  });
}

/** Those wanted, and those that status knows. */
function streamNames(pipeline: Pipeline, desired: Desired): string[] {
  const former = (pipeline.status.streams ?? []).map((stream) => stream.name);
  return [...desired.streams.map((stream) => stream.name), ...former];
}

async function decide(turn: Turn, desired: Desired, observed: Observed): Promise<Decision> {
  const { key, pipeline, server, deps } = turn;
  const seenClaims = deps.claims.olderClaims(key);
  const usedByPipelines = (app: AppKey) => deps.claims.usedByOthers(key, server.config.name, app);
  const planWith = (olderClaims: ReadonlyMap<string, string>, seen: Observed) =>
    planOf({ pipeline, desired, observed: seen, olderClaims, usedByPipelines });
  const draft = planWith(seenClaims, observed);
  const unseen = await olderClaimsUnseen(pipeline, draft, observed, turn);
  const planFor = (seen: Observed) => planWith(new Map([...unseen, ...seenClaims]), seen);
  const first = unseen.size === 0 ? draft : planFor(observed);
  const more = await lookFurther(turn, observed, first);
  return more === undefined ? { plan: first, observed } : { plan: planFor(more), observed: more };
}

/** What is costly to ask is asked only when the plan turns on it; undefined: it does not. */
async function lookFurther(
  { key, server, deps, signal }: Turn,
  observed: Observed,
  plan: Plan,
): Promise<Observed | undefined> {
  const updates = plan.verdicts.filter((it) => it.kind === 'update').map((it) => it.stream);
  // Only the deployer's own answer tells whether one of its properties must go.
  if (updates.length > 0) return withDeployments(observed, updates, { ...server, signal });
  return plan.unsettled ? withUsers(observed, foreignTo(deps), { key, server, deps, signal }) : undefined;
}

/**
 * Intent before action: streams and registrations that are about to be made are in the status before they are made, so that
 * whoever goes on after a crash knows them.
 */
async function announce(turn: Turn, desired: Desired, observed: Observed, plan: Plan): Promise<Pipeline> {
  const { pipeline, deps, signal } = turn;
  const streams = new Set((pipeline.status.streams ?? []).map((stream) => stream.name));
  const own = (pipeline.status.apps ?? []).filter((app) => app.registeredByPipeline);
  const apps = new Set(own.map((app) => `${titleOf(app)} ${app.uri}`));
  const news = plan.steps.some(
    (step) =>
      (step.kind === 'register' && !apps.has(`${titleOf(step.app)} ${step.app.uri}`)) ||
      (step.kind === 'create' && !streams.has(step.stream)),
  );
  if (!news) {
    if (plan.steps.some((step) => step.kind === 'create')) await checkIsPresent(turn);
    return pipeline;
  }
  const found = { observed, plan, failure: undefined, registered: [], dropped: [] };
  const made = statusFor(turn, desired, found);
  // Nothing that was asked for has been done yet.
  const { lastHandledReconcileAt } = pipeline.status;
  const next = defined<PipelineStatus>({ ...made, lastHandledReconcileAt });
  const object = await writeStatus(pipeline, next, deps, signal);
  return { ...pipeline, object, status: next };
}

/**
 * A stream that was made for a spec of the past, or for a pipeline that is gone, nobody would know of: where no status is written before,
 * the cache is compared with the live object.
 */
async function checkIsPresent({ pipeline, deps, signal }: Turn): Promise<void> {
  const live = await deps.kube.get(PIPELINES, pipeline, signal);
  const { uid, generation } = pipeline;
  if (live?.metadata.uid === uid && live.metadata.generation === generation) return;
  throw new KubeError('conflict', 'the pipeline is not what it was when this was decided');
}

function statusFor(
  { key, pipeline, server, deps }: Turn,
  desired: Desired,
  found: Pick<StatusInput, 'observed' | 'plan' | 'failure' | 'registered' | 'dropped'>,
) {
  const status = statusOf({
    pipeline,
    desired,
    ...found,
    registeredByOthers: (app) => deps.claims.registeredByOthers(key, server.config.name, app),
    now: deps.clock.now(),
  });
  return discreetStatus(status, deps.secrets ?? []);
}

async function carryOut({ key, pipeline, server, deps, signal }: Turn, plan: Plan): Promise<Execution> {
  const of = { pipeline: key, object: pipeline.object, server: server.config.name };
  const onWrite = accountWrite(of, deps);
  const execution = await execute(plan.steps, { ...server, mayWrite: deps.mayWrite, onWrite, signal });
  account(of, execution, deps);
  return execution;
}

async function conclude(
  turn: Turn,
  desired: Desired,
  found: { observed: Observed; plan: Plan; execution: Execution; isDone: boolean; isTold?: boolean },
): Promise<Outcome> {
  const { observed, plan, execution, isDone } = found;
  const failure = execution.failures[0]?.error;
  const next = statusFor(turn, desired, {
    observed,
    plan,
    failure,
    registered: registeredBy(execution),
    dropped: droppedBy(execution),
  });
  // What was announced has been done, and the look that follows at once has more to say: a write less for each new pipeline.
  if (found.isTold !== true) await writeStatus(turn.pipeline, next, turn.deps, turn.signal);
  const begun = reportStreams(turn.pipeline, desired, observed, plan).flatMap((report) => report.since ?? []);
  return outcome({
    status: next,
    failure,
    writes: isDone ? 0 : execution.done.length,
    since: begun.length === 0 ? undefined : Math.min(...begun),
    now: turn.deps.clock.now(),
  });
}

/** SCDF does not answer: what runs there may well go on, so what is known of the streams stays. */
async function cannotLook(turn: Turn, error: DataflowError): Promise<Outcome> {
  const { pipeline, server, deps, signal } = turn;
  const { reason, message, stalled: stuck } = failureOf(error, server.config.name);
  const findings: Findings = {
    Ready: { status: stuck ? 'False' : 'Unknown', reason, message },
    ...(stuck
      ? { Stalled: { status: 'True', reason, message } }
      : { Reconciling: { status: 'True', reason, message } }),
  };
  await writeStatus(pipeline, partialStatus(pipeline, findings, deps.clock.now()), deps, signal);
  return outcome({ status: {}, failure: error, writes: 0, since: undefined, now: deps.clock.now() });
}
