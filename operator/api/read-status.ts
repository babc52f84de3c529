/** Reads the status that the operator wrote before. What does not look like it is left out: it is written anew anyway. */
import { defined } from './defined.ts';
import { isRecord } from './field.ts';
import {
  type AppStatus,
  type Condition,
  type ConditionType,
  type PipelineStatus,
  roles,
  type StreamStatus,
} from './types.ts';

const conditionTypes = ['Ready', 'Reconciling', 'Stalled', 'AppsRegistered', 'StreamsDeployed'] as const;
const conditionStatuses = ['True', 'False', 'Unknown'] as const;

export function readStatus(status: unknown): PipelineStatus {
  if (!isRecord(status)) return {};
  return defined<PipelineStatus>({
    observedGeneration: number(status['observedGeneration']),
    conditions: list(status['conditions'], readCondition),
    streams: list(status['streams'], readStream),
    apps: list(status['apps'], readAppStatus),
    streamsReady: text(status['streamsReady']),
    replicas: number(status['replicas']),
    selector: text(status['selector']),
    lastHandledReconcileAt: text(status['lastHandledReconcileAt']),
  });
}

type Item = Readonly<Record<string, unknown>>;

function readCondition(item: Item): Condition | undefined {
  const type: ConditionType | undefined = conditionTypes.find((name) => name === item['type']);
  const status = conditionStatuses.find((name) => name === item['status']);
  if (type === undefined || status === undefined) return undefined;
  return {
    type,
    status,
    reason: text(item['reason']) ?? '',
    message: text(item['message']) ?? '',
    observedGeneration: number(item['observedGeneration']) ?? 0,
    lastTransitionTime: text(item['lastTransitionTime']) ?? '',
  };
}

function readStream(item: Item): StreamStatus | undefined {
  const name = text(item['name']);
  const role = roles.find((known) => known === item['role']);
  const state = text(item['state']);
  if (name === undefined || role === undefined || state === undefined) return undefined;
  return defined<StreamStatus>({
    name,
    role,
    state,
    release: text(item['release']),
    revision: text(item['revision']),
    instances: text(item['instances']),
    image: text(item['image']),
    message: text(item['message']),
  });
}

function readAppStatus(item: Item): AppStatus | undefined {
  const [type, name, version, uri] = [item['type'], item['name'], item['version'], item['uri']].map(text);
  if (type === undefined || name === undefined || version === undefined || uri === undefined)
    return undefined;
  const registeredByPipeline = item['registeredByPipeline'] === true;
  const obsolete = item['obsolete'] === true ? true : undefined;
  return defined<AppStatus>({ type, name, version, uri, registeredByPipeline, obsolete });
}

function list<T>(value: unknown, read: (item: Item) => T | undefined): readonly T[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.filter(isRecord).flatMap((item) => read(item) ?? []);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
