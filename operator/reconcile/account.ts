/** Tells of what was written to SCDF: log, events, metrics. One place for everything that writes. */
import type { KubeObject } from '../kube/port.ts';
import type { Execution, Refused } from '../execute/execute.ts';
import type { Step } from '../plan/step.ts';
import type { LogFields } from '../runtime/log.ts';
import { writeEvent } from '../status/events.ts';
import { failureOf } from '../status/failure.ts';
import type { Dependencies } from './dependencies.ts';
import { emit } from './status-writer.ts';

export function account(
  pipeline: string,
  regarding: KubeObject,
  { done, declined, failed, took }: Execution,
  { log, events }: Pick<Dependencies, 'log' | 'events'>,
): void {
  const fields = (step: Step): LogFields => ({
    pipeline,
    ...fieldsOf(step),
    durationMs: Math.round(took.get(step) ?? 0),
  });
  const refused = ({ step, error }: Refused): LogFields => ({
    ...fields(step),
    reason: failureOf(error, '').reason,
    err: error,
  });
  for (const step of done) log.info('wrote to SCDF', { ...fields(step), reason: step.reason });
  for (const it of declined) log.warn('SCDF keeps a registration that is not needed any more', refused(it));
  if (failed !== undefined) {
    const level = failed.error.kind === 'busy' ? 'debug' : 'warn';
    log[level]('SCDF refused a step', refused(failed));
  }
  const event = writeEvent(done);
  if (event !== undefined) emit(events, regarding, [event]);
}

function fieldsOf(step: Step): Readonly<Record<string, string>> {
  if ('stream' in step) return { step: step.kind, stream: step.stream };
  return { step: step.kind, app: `${step.app.type}/${step.app.name}`, version: step.app.version };
}
