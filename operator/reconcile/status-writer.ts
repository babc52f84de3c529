/** Writes the status of a pipeline, and only when it differs. */
import { isDeepStrictEqual } from 'node:util';
import { PIPELINES, type Pipeline, type PipelineStatus } from '../api/types.ts';
import { secretsOf } from '../dataflow/secrets.ts';
import type { KubeObject } from '../kube/port.ts';
import { conditionEvents, type EventDraft } from '../status/events.ts';
import type { Dependencies } from './dependencies.ts';
import { discreetStatus } from './discreet.ts';

/** As much of a pipeline as writing its status takes: a spec that is not valid has one too. */
export type Subject = Pick<Pipeline, 'namespace' | 'name' | 'status' | 'object'>;

/** The object after the write, or as it was when there was nothing to write. Throws KubeError. */
export async function writeStatus(
  subject: Subject,
  found: PipelineStatus,
  {
    kube,
    events,
    log,
    secrets = secretsOf(subject.object),
    mayWrite,
    clock,
    onStatus,
  }: Pick<Dependencies, 'kube' | 'events' | 'log' | 'secrets' | 'mayWrite' | 'clock' | 'onStatus'>,
  signal: AbortSignal,
): Promise<KubeObject> {
  const { object } = subject;
  const next = discreetStatus(found, secrets);
  if (isDeepStrictEqual(plain(next), plain(subject.status)) || !mayWrite()) return object;
  const gone = Object.keys(subject.status).filter((key) => !(key in next));
  const body = {
    metadata: { resourceVersion: object.metadata.resourceVersion },
    status: { ...Object.fromEntries(gone.map((key) => [key, null])), ...next },
  };
  const written = await kube.patchStatus(PIPELINES, subject, body, signal);
  const pipeline = `${subject.namespace}/${subject.name}`;
  const news = conditionEvents(subject.status, next);
  emit(events, written, news);
  for (const { type, reason, note } of news) {
    if (type === 'Normal') log.info('the pipeline is as it should be', { pipeline, reason, detail: note });
    else log.warn('the pipeline is in trouble', { pipeline, reason, detail: note });
  }
  const createdAt = Date.parse(object.metadata.creationTimestamp);
  onStatus?.(pipeline, {
    before: subject.status,
    after: next,
    createdAt,
    now: clock.now(),
  });
  return written;
}

export function emit(
  events: Dependencies['events'],
  regarding: KubeObject,
  drafts: readonly EventDraft[],
): void {
  for (const draft of drafts) events.record({ ...draft, regarding });
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
