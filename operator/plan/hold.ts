/** What waits because SCDF, or the platform, is not done with a stream yet. Pure. */
import type { Role } from '../api/types.ts';
import { ORDERS_DESTINATION, type DesiredStream } from '../desired/desired.ts';
import type { ObservedStream } from '../observed/observed.ts';
import { lingering } from './recreate.ts';
import { stopPhase, type Phase, type Step, type Verdict, type VerdictKind } from './step.ts';
import { underWay, upgradeUnderWay } from './upgrade.ts';

interface Decided {
  readonly desired: DesiredStream;
  readonly observed: ObservedStream;
  readonly verdict: Verdict;
}

const isHeldUp = ({ kind, reason }: Verdict): boolean =>
  kind === 'wait' && (reason === 'UpgradeInProgress' || reason === 'UpgradeFailed');

/** While the worker cannot change, the streams about it keep their topics, and no customer starts on another one: orders of now are served where they are placed. */
export function keepWiring<T extends Decided>(decided: readonly T[]): T[] {
  const bar = decided.find((it) => it.desired.role === 'bar');
  if (bar === undefined || !isHeldUp(bar.verdict)) return [...decided];
  const moves = takesOtherOrders(bar.desired, bar.observed);
  return decided.map((it) => {
    const { kind, reason } = it.verdict;
    const what =
      reason === 'DefinitionChanged'
        ? 'keeps its topics until'
        : moves && it.desired.role === 'orders' && starts.has(kind)
          ? 'starts on the new topic when'
          : undefined;
    if (what === undefined) return it;
    const message = `stream ${it.desired.name} ${what} SCDF is done with the upgrade of ${bar.desired.name}`;
    return { ...it, verdict: { ...it.verdict, kind: 'wait', reason: 'UpgradeInProgress', message } };
  });
}

const starts: ReadonlySet<VerdictKind> = new Set(['create', 'adopt', 'deploy', 'redeploy']);

/** Whether the worker was deployed with another orders topic than it is to have. */
export function takesOtherOrders(desired: DesiredStream, { definition }: ObservedStream): boolean {
  const deployed = definition?.apps?.[0]?.properties[ORDERS_DESTINATION];
  return deployed !== undefined && deployed !== desired.properties[ORDERS_DESTINATION];
}

/** The steps that do not depend on what has to be waited for. */
export function withoutHeld(
  steps: readonly Step[],
  decided: readonly Decided[],
  leftovers: readonly Verdict[],
): readonly Step[] {
  const isFirst = before(leftovers);
  const stopping = decided.filter((it) => !it.desired.running && isHeldUp(it.verdict));
  const lastStop = Math.min(...stopping.map((it) => stopPhase(it.desired.role)));
  const bar = decided.find((it) => it.desired.role === 'bar');
  const isWorkerAway = bar !== undefined && isBeingRecreated(bar);
  return steps.filter((step) => {
    if (!isFirst(step)) return false;
    // Who takes goes after who gives.
    if (step.kind === 'undeploy' && step.phase > lastStop) return false;
    return !(isWorkerAway && step.kind === 'deploy' && step.role === 'orders');
  });
}

/** Nothing is done beyond the phase of a stream that has to go and cannot yet: as if its deletion had failed. */
export function before(removals: readonly Verdict[]): (step: { readonly phase: Phase }) => boolean {
  const last = Math.min(...removals.filter(isHeldUp).map(({ role }) => stopPhase(role)));
  return ({ phase }) => phase <= last;
}

function isBeingRecreated({ desired, observed, verdict: { kind, reason } }: Decided): boolean {
  if (!desired.running || lingering(desired, observed) === undefined) return false;
  return reason === 'Recreating' || ['create', 'adopt', 'replace', 'redeploy'].includes(kind);
}

/** What becomes of a stream that has to go: SCDF deletes none that it is in the middle of upgrading. */
export function removal(
  { name, history }: Pick<ObservedStream, 'name' | 'history'>,
  role: Role | undefined,
  gone: Pick<Verdict, 'reason' | 'message'>,
  now: number,
): Verdict {
  const upgrade = upgradeUnderWay({ history }, now);
  if (upgrade === undefined) return { kind: 'delete', role, stream: name, ...gone };
  const message = `${underWay(name, upgrade)}; it is deleted then`;
  return { kind: 'wait', role, stream: name, reason: 'UpgradeInProgress', message };
}
