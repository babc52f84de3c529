/** The end of a pipeline: its streams, then what was registered for them, then the finalizer. */
import { defaults } from '../api/defaults.ts';
import { FINALIZER, PIPELINES, type Pipeline } from '../api/types.ts';
import type { ParsedPipeline } from '../api/validate.ts';
import { DataflowError, type AppKey, type StreamDefinition } from '../dataflow/port.ts';
import { ownerDescription } from '../desired/desired.ts';
import { execute } from '../execute/execute.ts';
import { observe } from '../observed/observe.ts';
import type { Observed } from '../observed/observed.ts';
import { planRemoval } from '../plan/plan.ts';
import type { Plan, Verdict } from '../plan/step.ts';
import { settled, type Outcome } from '../runtime/outcome.ts';
import type { Findings } from '../status/conditions.ts';
import { failureOf } from '../status/failure.ts';
import { outcome } from '../status/outcome.ts';
import { partialStatus } from '../status/status.ts';
import { account, accountWrite } from './account.ts';
import type { Dependencies, Server } from './dependencies.ts';
import { foreignTo, registeredApps, registrationsOf, withUsers } from './registered-apps.ts';
import { writeStatus } from './status-writer.ts';
import { workloadOf } from './workloads.ts';

/** A pipeline on its way out: as much of it as its end takes, so that one whose spec is not valid can go as well. */
interface Leaver extends Pick<Pipeline, 'namespace' | 'name' | 'generation' | 'status' | 'object'> {
  readonly key: string;
  readonly orphan: boolean;
  readonly server: string;
  /** Names of all streams that it may have. */
  readonly streams: readonly string[];
  /** Milliseconds since the epoch until which its workloads are waited for. */
  readonly patienceUntil: number;
}

interface Turn {
  readonly leaver: Leaver;
  readonly server: Server;
  readonly deps: Dependencies;
  readonly signal: AbortSignal;
}

const WAIT_MS = 1000;
const UNLISTED = 'SCDF does not list its streams, which may use what was registered';
const FAILED_HINT =
  ' The pipeline goes when its streams are deleted; set spec.deletionPolicy to Orphan to leave them.';

export async function remove(
  key: string,
  parsed: ParsedPipeline,
  deps: Dependencies,
  signal: AbortSignal,
): Promise<Outcome> {
  const leaver = leaverOf(key, parsed);
  if (leaver.object.metadata.finalizers?.includes(FINALIZER) !== true) return settled;
  if (leaver.orphan) return letGo(leaver, deps, signal);
  const server = deps.servers.get(leaver.server);
  if (server === undefined) return unknownServer(leaver, deps, signal);
  if (!(await isStillLeaving(leaver, deps, signal))) return settled;
  try {
    return await removeStreams({ leaver, server, deps, signal });
  } catch (error) {
    if (!(error instanceof DataflowError)) throw error;
    return failed({ leaver, server, deps, signal }, error);
  }
}

function leaverOf(key: string, parsed: ParsedPipeline): Leaver {
  const whole = 'pipeline' in parsed;
  const identity = whole ? parsed.pipeline : parsed.identity;
  const { deletionPolicy, server, streamNames } = whole
    ? { ...parsed.pipeline.spec, server: parsed.pipeline.spec.dataflow.server }
    : parsed.salvaged;
  const seconds = whole ? parsed.pipeline.spec.progressDeadlineSeconds : defaults.progressDeadlineSeconds;
  const known = (identity.status.streams ?? []).map((stream) => stream.name);
  const deletedAt = Date.parse(identity.object.metadata.deletionTimestamp ?? '');
  return {
    ...identity,
    key,
    orphan: deletionPolicy === 'Orphan',
    server,
    streams: [...new Set([...Object.values(streamNames), ...known])],
    patienceUntil: deletedAt + seconds * 1000,
  };
}

/** The cache may hold a pipeline that was made anew under the name: what is destroyed is decided on the live object. */
async function isStillLeaving(leaver: Leaver, deps: Dependencies, signal: AbortSignal): Promise<boolean> {
  const live = await deps.kube.get(PIPELINES, leaver, signal);
  return live?.metadata.uid === leaver.object.metadata.uid && live.metadata.deletionTimestamp !== undefined;
}

async function unknownServer(leaver: Leaver, deps: Dependencies, signal: AbortSignal): Promise<Outcome> {
  const message =
    `The streams cannot be deleted: this operator does not know the server ${leaver.server}. ` +
    'Add it to the servers file, or set spec.deletionPolicy to Orphan to leave them.';
  await tell(leaver, { reason: 'UnknownServer', message, stalled: true }, deps, signal);
  return { kind: 'stalled', reason: 'UnknownServer' };
}

async function removeStreams(turn: Turn): Promise<Outcome> {
  const { server, deps, signal } = turn;
  const observed = await look(turn);
  const owner = ownerDescription(deps.instance, turn.leaver);
  const plan = await decide(turn, observed, owner);
  const leaver = await announce(turn, plan);
  const of = { pipeline: leaver.key, object: leaver.object, server: server.config.name };
  const onWrite = accountWrite(of, deps);
  const execution = await execute(plan.steps, { ...server, mayWrite: deps.mayWrite, onWrite, signal });
  account(of, execution, deps);
  const [failure] = execution.failures;
  if (failure !== undefined) return failed({ ...turn, leaver }, failure.error);
  if (execution.done.length > 0)
    return { kind: 'recheck', afterMs: WAIT_MS, reason: 'looking whether all is gone' };
  if (plan.verdicts.some(isHeldUp)) return heldUp(plan, observed, deps);
  const waitsFor = isStillRunning(observed, owner)
    ? 'the pods of its streams are ending'
    : (laggards(turn) ?? (plan.unsettled ? UNLISTED : undefined));
  if (waitsFor !== undefined && deps.clock.now() < leaver.patienceUntil) {
    return { kind: 'recheck', afterMs: WAIT_MS, reason: waitsFor };
  }
  return letGo(leaver, deps, signal);
}

/** What is about to be done, or keeps it from being done; the pipeline as it is then. */
async function announce({ leaver, deps, signal }: Turn, { verdicts, steps }: Plan): Promise<Leaver> {
  const held = verdicts.find(isHeldUp);
  if ((steps.length === 0 && held === undefined) || hasFailed(leaver)) return leaver;
  const message = verdicts.map((verdict) => verdict.message).join('; ') || 'unregistering its apps';
  return tell(leaver, { reason: held?.reason ?? 'Deleting', message, stalled: false }, deps, signal);
}

function isHeldUp({ kind }: Verdict): boolean {
  return kind === 'wait';
}

/** A deletion that keeps failing does not say each time that it is tried again, and then that it failed. */
function hasFailed({ status }: Leaver): boolean {
  const ready = status.conditions?.find((condition) => condition.type === 'Ready');
  return ready?.message.endsWith(FAILED_HINT) === true;
}

/** SCDF deletes nothing that it is in the middle of upgrading: the longer that takes, the less often one asks. */
function heldUp({ verdicts }: Plan, observed: Observed, { clock }: Dependencies): Outcome {
  const begun = verdicts
    .filter(isHeldUp)
    .flatMap(({ stream }) => observed.streams.get(stream)?.history[0]?.lastDeployed ?? []);
  const now = clock.now();
  return outcome({ status: {}, failure: undefined, writes: 0, since: Math.min(now, ...begun), now });
}

/** Pipelines that are deleted with this one, and whose registrations it is to take away when they are gone. */
function laggards({ leaver, server, deps }: Turn): string | undefined {
  const keys = registrationsOf(leaver).flatMap((app) =>
    deps.claims.leavingBefore(leaver.key, server.config.name, app),
  );
  return keys.length === 0 ? undefined : `waiting for ${[...new Set(keys)].join(', ')} to go first`;
}

async function decide(
  { leaver, server, deps, signal }: Turn,
  observed: Observed,
  owner: string,
): Promise<Plan> {
  const usedByPipelines = (app: AppKey) => deps.claims.usedByOthers(leaver.key, server.config.name, app);
  const first = planRemoval({ pipeline: leaver, owner, observed, usedByPipelines });
  // While others that go as well still have streams, SCDF would refuse.
  if (!first.unsettled || laggards({ leaver, server, deps, signal }) !== undefined) return first;
  const isForeign = foreignTo(deps);
  const others = (definition: StreamDefinition) => definition.description !== owner && isForeign(definition);
  const more = await withUsers(observed, others, { key: leaver.key, server, deps, signal });
  return more === undefined
    ? first
    : planRemoval({ pipeline: leaver, owner, observed: more, usedByPipelines });
}

function look({ leaver, server, deps, signal }: Turn): Promise<Observed> {
  return observe({
    dataflow: server.dataflow,
    streams: leaver.streams,
    apps: registeredApps(leaver),
    lookup: server.apps,
    workloadOf: workloadOf(server, deps),
    clock: deps.clock,
    signal,
  });
}

/** Deployments of streams that are gone, or were ours: Skipper takes them away a little later than it says. */
function isStillRunning(observed: Observed, owner: string): boolean {
  return [...observed.streams.values()].some(
    ({ definition, workload }) =>
      (definition === undefined || definition.description === owner) && workload.deployments.length > 0,
  );
}

async function letGo(leaver: Leaver, deps: Dependencies, signal: AbortSignal): Promise<Outcome> {
  if (!deps.mayWrite()) return { kind: 'stalled', reason: 'not leading' };
  const { metadata } = leaver.object;
  const finalizers = (metadata.finalizers ?? []).filter((finalizer) => finalizer !== FINALIZER);
  const body = { metadata: { resourceVersion: metadata.resourceVersion, finalizers } };
  await deps.kube.patch(PIPELINES, leaver, body, signal);
  deps.log.info('let the pipeline go', { pipeline: leaver.key, orphan: leaver.orphan });
  return settled;
}

async function failed({ leaver, server, deps, signal }: Turn, error: DataflowError): Promise<Outcome> {
  const failure = failureOf(error, server.config.name);
  await tell(leaver, { ...failure, message: failure.message + FAILED_HINT }, deps, signal);
  return outcome({
    status: leaver.status,
    failure: error,
    writes: 0,
    since: undefined,
    now: deps.clock.now(),
  });
}

async function tell(
  leaver: Leaver,
  said: { reason: string; message: string; stalled: boolean },
  deps: Dependencies,
  signal: AbortSignal,
): Promise<Leaver> {
  const { reason, message } = said;
  const findings: Findings = {
    Ready: { status: 'False', reason, message },
    [said.stalled ? 'Stalled' : 'Reconciling']: { status: 'True', reason, message },
  };
  const status = partialStatus(leaver, findings, deps.clock.now());
  return { ...leaver, status, object: await writeStatus(leaver, status, deps, signal) };
}
