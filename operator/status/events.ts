/** What a person would want to be told, once each: pure. */
import type { Condition, PipelineStatus } from '../api/types.ts';
import type { Step } from '../plan/step.ts';

export interface EventDraft {
  readonly type: 'Normal' | 'Warning';
  /** CamelCase. */
  readonly reason: string;
  readonly action: string;
  readonly note: string;
}

const verbs: Record<Step['kind'], { reason: string; action: string; did: string }> = {
  register: { reason: 'Registered', action: 'Register', did: 'Registered' },
  makeDefault: { reason: 'Registered', action: 'Register', did: 'Made default' },
  unregister: { reason: 'Unregistered', action: 'Unregister', did: 'Unregistered' },
  create: { reason: 'Created', action: 'Create', did: 'Created' },
  deploy: { reason: 'Deployed', action: 'Deploy', did: 'Deployed' },
  update: { reason: 'Updated', action: 'Update', did: 'Updated' },
  scale: { reason: 'Scaled', action: 'Scale', did: 'Scaled' },
  undeploy: { reason: 'Undeployed', action: 'Undeploy', did: 'Undeployed' },
  delete: { reason: 'Deleted', action: 'Delete', did: 'Deleted' },
};

/** One event for each write: who changed what in SCDF, and why. */
export function writeEvents(done: readonly Step[]): EventDraft[] {
  return done.map((step) => {
    const { reason, action, did } = verbs[step.kind];
    const what =
      'stream' in step
        ? `stream ${step.stream}`
        : `app ${step.app.type}/${step.app.name} ${step.app.version}`;
    return { type: 'Normal', reason, action, note: `${did} ${what}: ${step.reason}` };
  });
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
