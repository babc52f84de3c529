/** What a person would want to be told, once each: pure. */
import type { Condition, PipelineStatus } from '../api/types.ts';
import { titleOf } from '../plan/registrations.ts';
import type { Step } from '../plan/step.ts';

export interface EventDraft {
  readonly type: 'Normal' | 'Warning';
  /** CamelCase. */
  readonly reason: string;
  readonly action: string;
  readonly note: string;
  /** It may wait a moment for the next event about the pipeline, which then tells of both. */
  readonly mayWait?: boolean;
}

/** The reasons of events about writes, with what each means. The other events have the reason of the condition `Ready`. */
export const eventReasons = {
  Deployed: 'Streams were deployed, or deployed again.',
  Updated: 'Streams were upgraded in place.',
  Scaled: 'The worker was scaled.',
  Deleted: 'Streams were deleted.',
  Undeployed: 'Streams were undeployed; their definitions stay.',
  Created: 'Streams were defined, and are not to run.',
  Unregistered: 'Registrations of apps that nothing uses any more were taken away.',
  Registered: 'Apps were registered.',
} as const;

/** The first of what was done names the event. */
const verbs: readonly (readonly [Step['kind'], keyof typeof eventReasons, action: string, did: string])[] = [
  ['deploy', 'Deployed', 'Deploy', 'deployed'],
  ['update', 'Updated', 'Update', 'updated'],
  ['scale', 'Scaled', 'Scale', 'scaled'],
  ['delete', 'Deleted', 'Delete', 'deleted'],
  ['undeploy', 'Undeployed', 'Undeploy', 'undeployed'],
  ['create', 'Created', 'Create', 'created'],
  ['unregister', 'Unregistered', 'Unregister', 'unregistered'],
  ['register', 'Registered', 'Register', 'registered'],
  ['makeDefault', 'Registered', 'Register', 'made the default version:'],
];

/** For what it was written. */
export interface Origin {
  readonly generation: number | undefined;
  /** The program that wrote the spec, where it is known. */
  readonly writer: string | undefined;
}

/** One event for all that one turn wrote to SCDF: who changed what there, and why. */
export function writeEvent(done: readonly Step[], origin: Origin): EventDraft | undefined {
  const found = verbs.find(([kind]) => done.some((step) => step.kind === kind));
  if (found === undefined) return undefined;
  const [, reason, action] = found;
  const note = `${[...streamClauses(done), ...appClauses(done)].join('; ')}${originClause(origin)}`;
  return { type: 'Normal', reason, action, note: capitalised(note), mayWait: true };
}

/** The same for each try of one generation, so that repeated events stay one. */
function originClause({ generation, writer }: Origin): string {
  if (generation === undefined) return '';
  return ` (generation ${generation}${writer === undefined ? '' : `, by ${writer}`})`;
}

type OnStream = Extract<Step, { stream: string }>;

/** `created and deployed streams a (sink/log 5.1.1), b (sink/log 5.1.1)`: streams to which the same was done stand together. */
function streamClauses(done: readonly Step[]): string[] {
  const byStream = new Map<string, OnStream[]>();
  for (const step of done) {
    if ('stream' in step) byStream.set(step.stream, [...(byStream.get(step.stream) ?? []), step]);
  }
  const clauses = new Map<string, { did: string; why: string; streams: string[] }>();
  for (const [stream, steps] of byStream) {
    const did = joined(steps.map((step) => verbOf(step.kind)));
    const why = whyOf(steps);
    const clause = clauses.get(did + why) ?? { did, why, streams: [] };
    clause.streams.push(`${stream}${withWhat(steps)}`);
    clauses.set(did + why, clause);
  }
  return [...clauses.values()].map(({ did, why, streams }) => {
    const what = streams.length === 1 ? 'stream' : 'streams';
    return `${did} ${what} ${streams.join(', ')}${why === '' ? '' : `: ${why}`}`;
  });
}

function appClauses(done: readonly Step[]): string[] {
  return (['unregister', 'register', 'makeDefault'] as const).flatMap((kind) => {
    const apps = done.flatMap((step) => (step.kind === kind ? [titleOf(step.app)] : []));
    return apps.length === 0 ? [] : [`${verbOf(kind)} ${apps.join(', ')}`];
  });
}

function verbOf(kind: Step['kind']): string {
  return verbs.find(([it]) => it === kind)?.[3] ?? kind;
}

/** What is taken away or stopped is so for a reason. */
function whyOf(steps: readonly OnStream[]): string {
  const stop = steps.find((step) => step.kind === 'delete' || step.kind === 'undeploy');
  const why = stop?.reason.replaceAll(`stream ${stop.stream}`, 'it') ?? '';
  return why === 'stopping it' ? 'as the spec says' : why;
}

/** What runs now, or how many. */
function withWhat(steps: readonly OnStream[]): string {
  const start = steps.find((step) => ['deploy', 'update', 'scale'].includes(step.kind));
  return start === undefined ? '' : ` (${start.reason.replace(/^app /, '')})`;
}

function joined(words: readonly string[]): string {
  const different = [...new Set(words)];
  return different.length < 3
    ? different.join(' and ')
    : `${different.slice(0, -1).join(', ')} and ${different.at(-1)}`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** An event when the pipeline becomes ready, and when what keeps it from it becomes another thing. */
export function conditionEvents(before: PipelineStatus, after: PipelineStatus): EventDraft[] {
  const ready = (status: PipelineStatus): Condition | undefined =>
    status.conditions?.find((condition) => condition.type === 'Ready');
  const now = ready(after);
  const old = ready(before);
  if (now === undefined || (now.status === old?.status && now.reason === old.reason)) return [];
  if (now.status === 'True')
    return [{ type: 'Normal', reason: now.reason, action: 'Reconcile', note: now.message }];
  const isTrouble = after.conditions?.some((it) => it.type === 'Stalled') === true || !isOrdinary(now.reason);
  return isTrouble ? [{ type: 'Warning', reason: now.reason, action: 'Reconcile', note: now.message }] : [];
}

/** What happens whenever a spec changes: the events of the writes say it already. */
function isOrdinary(reason: string): boolean {
  return /^(Creating|Deploying|Updating|Scaling|Stopping|Adopting|Draining|DefinitionChanged|PropertyRemoved|OrdersTopicChanged|PlatformChanged|UpgradeInProgress|Recreating|NoLongerWanted|Deleting|Paused)$/.test(
    reason,
  );
}
