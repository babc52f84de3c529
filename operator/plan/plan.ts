/**
 * Desired and observed in, steps out: pure. The table of tests in plan.test.ts is the specification.
 */
import type { Pipeline } from '../api/types.ts';
import { resolveApp, type ResolvedApp } from '../desired/app.ts';
import { definitionOf, deploymentProperties, type Desired, type DesiredStream } from '../desired/desired.ts';
import type { AppKey, NewAppRegistration } from '../dataflow/port.ts';
import { registryKey, type Observed, type ObservedStream } from '../observed/observed.ts';
import { unknownWorkload } from '../observed/workload.ts';
import { before, keepWiring, removal, takesOtherOrders, withoutHeld } from './hold.ts';
import { lingering, toBeEmptied } from './recreate.ts';
import {
  phases,
  startPhase,
  stopPhase,
  type Plan,
  type Step,
  type Verdict,
  type VerdictKind,
} from './step.ts';
import { nothingObsolete, obsolete, register, titleOf } from './registrations.ts';
import { sameText, verdict } from './verdict.ts';

export interface PlanInput {
  readonly pipeline: Pipeline;
  readonly desired: Desired;
  readonly observed: Observed;
  /** Stream names that an older pipeline on the same server wants, with its `namespace/name`. */
  readonly olderClaims: ReadonlyMap<string, string>;
  /** True for a registration that another pipeline of this operator uses. */
  readonly usedByPipelines: (app: AppKey) => boolean;
}

/** A desired stream with the registration that it uses. */
interface Resolved {
  readonly desired: DesiredStream;
  readonly app: NewAppRegistration;
  readonly observed: ObservedStream;
}

export function plan(input: PlanInput): Plan {
  const resolutions = input.desired.streams.map((stream) => ({ stream, it: resolve(input, stream) }));
  const unregistered = resolutions.flatMap(({ stream, it }) =>
    it.kind === 'unregistered'
      ? [
          {
            kind: 'stalled',
            role: stream.role,
            stream: stream.name,
            reason: 'AppNotRegistered',
            message: it.message,
          } as const,
        ]
      : [],
  );
  const resolved = resolutions.flatMap(({ stream, it }) =>
    it.kind === 'app'
      ? [{ desired: labelled(stream, it.app), app: it.app, observed: observedOf(input, stream.name) }]
      : [],
  );
  const decided = keepWiring(resolved.map((it) => ({ ...it, verdict: verdictFor(input, it) })));
  const draining = drain(decided, input);
  const leftovers = removals(input);
  const verdicts = [
    ...unregistered,
    ...decided.map((it) => draining?.get(it.desired.name) ?? it.verdict),
    ...leftovers.verdicts,
  ];
  const steps = [
    ...register(resolutions.map(({ it }) => it)),
    ...leftovers.steps,
    ...decided.flatMap((it) => stepsFor(input, it, it.verdict)),
  ];
  const apps = [
    ...new Map(
      resolved.map(({ app }) => [`${registryKey(app.type, app.name)}:${app.version}`, app]),
    ).values(),
  ];
  const allowed = withoutHeld(permitted(steps, decided, verdicts), decided, leftovers.verdicts).filter(
    (step) => draining === undefined || step.phase <= phases.stopCustomer,
  );
  // What a stream was deployed with before stays until the new is in its place: an upgrade may yet fail.
  const isSettled = allowed.length === 0 && verdicts.every((it) => it.kind === 'none');
  const former = isSettled
    ? obsolete(input.pipeline, input.observed, {
        apps,
        held: new Set([...labelsOfOthers(resolved), ...labelsAtRest(resolved)]),
        byPipelines: input.usedByPipelines,
      })
    : nothingObsolete;
  const { released, kept, unsettled } = former;
  const inAll = inOrder([...allowed, ...former.steps]);
  const missing = resolutions.flatMap(({ it }) => (it.kind === 'app' && it.missing ? [it.app] : []));
  return { apps, missing, released, obsolete: kept, unsettled, verdicts, steps: inAll };
}

/**
 * A label that is its app's name stays so when the app gets a name of its own: SCDF takes the one for the other when an app is
 * unregistered, and fails where they differ.
 */
function labelled(stream: DesiredStream, app: NewAppRegistration): DesiredStream {
  return stream.label === stream.app.name ? { ...stream, label: app.name } : stream;
}

function labelsOfOthers(resolved: readonly Resolved[]): string[] {
  return resolved.filter((it) => it.desired.label !== it.app.name).map((it) => it.desired.label);
}

/** For SCDF a stream that is stopped uses what it was deployed with last, whatever it is to be deployed with next. */
function labelsAtRest(resolved: readonly Resolved[]): string[] {
  return resolved
    .filter((it) => !it.desired.running && it.observed.history.length > 0)
    .map((it) => it.desired.label);
}

function observedOf(input: { observed: Observed }, name: string): ObservedStream {
  return (
    input.observed.streams.get(name) ?? {
      name,
      definition: undefined,
      deployment: undefined,
      history: [],
      runtime: undefined,
      workload: unknownWorkload,
    }
  );
}

function resolve(input: PlanInput, stream: DesiredStream): ResolvedApp {
  const { type, name } = stream.app;
  const registered = [...input.observed.registry.entries()]
    .filter(([key]) => key === registryKey(type, name) || key.startsWith(`${registryKey(type, name)}-`))
    .flatMap(([, versions]) => versions);
  const current = observedOf(input, stream.name).definition?.apps?.[0]?.name;
  return resolveApp(stream.app, registered, current);
}

function verdictFor(input: PlanInput, it: Resolved): Verdict {
  return verdict({
    ...it,
    owner: input.desired.description,
    olderClaim: input.olderClaims.get(it.desired.name),
    adopt: input.pipeline.adopt,
    isAskedFor: input.pipeline.reconcileRequestedAt !== input.pipeline.status.lastHandledReconcileAt,
    deadlineMs: input.pipeline.spec.progressDeadlineSeconds * 1000,
    now: input.observed.at,
  });
}

/**
 * When the orders topic changes, every order that was acknowledged on the old one is still served: first the customer
 * stops, and the worker moves only when the customer's pods are gone. What then is left on the old topic the worker serves
 * when it starts (it knows the topics of its consumer group).
 */
function drain(
  decided: readonly (Resolved & { verdict: Verdict })[],
  input: PlanInput,
): ReadonlyMap<string, Verdict> | undefined {
  const bar = decided.find((it) => it.desired.role === 'bar');
  if (bar === undefined || !movesToOtherOrders(bar)) return undefined;
  const customer = customers(input).find((it) => servesOldOrders(it, decided, input));
  if (customer === undefined) return undefined;
  const message = `waiting until the customer ${customer.name} has stopped: its last orders are served before the topics change`;
  return new Map(
    decided
      .filter(({ verdict: { kind } }) => !['none', 'conflict', 'stalled'].includes(kind))
      .map(({ verdict: it }) => [
        it.stream,
        it.role === 'orders' ? it : { ...it, kind: 'wait', reason: 'Draining', message },
      ]),
  );
}

/** Under the present name and under former ones; a name that is to be the customer's may still be of another stream. */
function customers(input: PlanInput): ObservedStream[] {
  const { spec, status } = input.pipeline;
  const known = status.streams ?? [];
  const name = spec.streamNames.orders;
  const isOther = !spec.customer.enabled && known.some((it) => it.name === name && it.role !== 'orders');
  const former = known.filter(({ role }) => role === 'orders').map((it) => it.name);
  return [...new Set([...(isOther ? [] : [name]), ...former])].map((it) => observedOf(input, it));
}

/** One that has moved to the new topic already does not, but for the pods that it had before. */
function servesOldOrders(
  { name, definition, workload }: ObservedStream,
  decided: readonly (Resolved & { verdict: Verdict })[],
  { desired }: PlanInput,
): boolean {
  if (definition === undefined) return workload.pods.length > 0;
  if (definition.description !== desired.description) return false;
  const wanted = decided.find((it) => it.desired.name === name);
  if (
    wanted !== undefined &&
    sameText(definition.originalDsl, definitionOf(wanted.desired, wanted.app.name))
  ) {
    return workload.pods.some((pod) => pod.deleting);
  }
  return definition.state !== 'undeployed' || workload.pods.length > 0;
}

/** Whatever the verdict calls it: a worker may get another orders topic together with other changes. */
function movesToOtherOrders({
  desired,
  observed,
  verdict: { kind },
}: Resolved & { verdict: Verdict }): boolean {
  return (
    (kind === 'redeploy' || kind === 'replace' || kind === 'update') && takesOtherOrders(desired, observed)
  );
}

/**
 * A pipeline that cannot have all of its streams starts none: half a bar serves nobody. What runs already is looked after, also under a
 * former name: it serves until its heir can. It is not made anew, though: a crash in between would leave it among those that are not
 * started.
 */
function permitted(
  steps: readonly Step[],
  decided: readonly (Resolved & { verdict: Verdict })[],
  verdicts: readonly Verdict[],
): readonly Step[] {
  if (!verdicts.some((it) => it.kind === 'conflict' || it.reason === 'AppNotRegistered')) return steps;
  const going = decided.filter(({ verdict: { kind } }) => looksAfter.has(kind));
  const streams = new Set(going.map((it) => it.desired.name));
  const apps = new Set(going.map((it) => titleOf(it.app)));
  return steps.filter((step) => ('stream' in step ? streams.has(step.stream) : apps.has(titleOf(step.app))));
}

const looksAfter: ReadonlySet<VerdictKind> = new Set(['deploy', 'redeploy', 'update', 'scale', 'undeploy']);

/** Streams that this pipeline had under another name, or for a role that is switched off now. */
function removals(input: PlanInput): { verdicts: Verdict[]; steps: Step[] } {
  const wanted = new Set(input.desired.streams.map((stream) => stream.name));
  const gone = (input.pipeline.status.streams ?? []).filter(
    ({ name }) =>
      !wanted.has(name) && observedOf(input, name).definition?.description === input.desired.description,
  );
  const verdicts = gone.map(({ name, role }) => {
    const message = `deleting stream ${name}, which the spec no longer names`;
    return removal(observedOf(input, name), role, { reason: 'NoLongerWanted', message }, input.observed.at);
  });
  return {
    verdicts,
    steps: verdicts
      .filter(({ kind }) => kind === 'delete')
      .map(({ stream, role }) => ({
        kind: 'delete',
        role,
        stream,
        owner: input.desired.description,
        phase: stopPhase(role),
        reason: 'the spec no longer names it',
      })),
  };
}

const idle: ReadonlySet<VerdictKind> = new Set(['wait', 'stalled', 'conflict', 'none']);

/** Every single write that a stream may need; `steps` puts them together. */
function stepsFor(input: PlanInput, it: Resolved, { kind, message }: Verdict): Step[] {
  if (idle.has(kind)) return [];
  const { desired, app } = it;
  const at = { role: desired.role, stream: desired.name };
  const stop = { ...at, phase: stopPhase(desired.role), reason: message };
  const start = { ...at, phase: startPhase(desired.role), reason: `app ${titleOf(app)}` };
  const owner = input.desired.description;
  const remove = (whose: string | undefined): Step => ({ ...stop, kind: 'delete', owner: whose });
  const undeploy: Step = { ...stop, kind: 'undeploy', owner };
  const definition = definitionOf(desired, app.name);
  const create: Step = {
    ...at,
    kind: 'create',
    definition,
    description: owner,
    phase: phases.create,
    reason: definition,
  };
  const redeploy = deploymentProperties(desired, app, 'deploy');
  const properties = deploymentProperties(desired, app, 'update');
  const update: Step = { ...start, kind: 'update', owner, properties, redeploy };
  const count = desired.count ?? 1;
  const scale: Step = {
    ...start,
    kind: 'scale',
    owner,
    label: desired.label,
    count,
    reason: `${count} ${count === 1 ? 'instance' : 'instances'}`,
  };
  const mayStart = desired.running && lingering(desired, it.observed) === undefined;
  const deploy: Step[] = mayStart ? [{ ...start, kind: 'deploy', owner, properties: redeploy }] : [];
  const running = toBeEmptied(desired, it.observed);
  const empty: Step[] | undefined =
    running === undefined ? undefined : [{ ...stop, kind: 'scale', owner, label: running, count: 0 }];
  const steps: Partial<Record<VerdictKind, Step[]>> = {
    create: [create, ...deploy],
    adopt: [remove(undefined), create, ...deploy],
    replace: empty ?? [remove(owner), create, ...deploy],
    deploy,
    redeploy: empty ?? [undeploy, ...deploy],
    update: [update],
    scale: [scale],
    undeploy: [undeploy],
    delete: [remove(owner)],
  };
  return steps[kind] ?? [];
}

function inOrder(steps: readonly Step[]): Step[] {
  return [...steps].sort((a, b) => a.phase - b.phase);
}

export interface RemovalInput {
  readonly pipeline: Pick<Pipeline, 'status'>;
  /** The description of this pipeline's streams. */
  readonly owner: string;
  readonly observed: Observed;
  /** True for a registration that another pipeline of this operator uses. */
  readonly usedByPipelines: (app: AppKey) => boolean;
}

/** The plan of a deletion: the streams in the order of stopping, then what was registered for them. */
export function planRemoval({ pipeline, owner, observed, usedByPipelines }: RemovalInput): Plan {
  const streams = [...observed.streams.values()].filter((it) => it.definition?.description === owner);
  const roleOf = new Map((pipeline.status.streams ?? []).map(({ name, role }) => [name, role]));
  const verdicts = streams.map((it) => {
    const gone = { reason: 'Deleting', message: `deleting stream ${it.name}` };
    return removal(it, roleOf.get(it.name), gone, observed.at);
  });
  const deletions = verdicts
    .filter(({ kind }) => kind === 'delete')
    .map(({ stream, role }): Step => {
      const reason = 'the pipeline is being deleted';
      return { kind: 'delete', role, stream, owner, phase: stopPhase(role), reason };
    });
  const former = obsolete(pipeline, observed, {
    apps: [],
    held: new Set(),
    byPipelines: usedByPipelines,
  });
  const { released, kept } = former;
  const steps = inOrder([...deletions, ...former.steps]).filter(before(verdicts));
  // Who else uses what was registered matters when the streams are gone.
  const unsettled = former.unsettled && verdicts.every(({ kind }) => kind === 'delete');
  return { apps: [], missing: [], released, obsolete: kept, unsettled, verdicts, steps };
}
