/** Tells of what was written to SCDF: log, events, metrics. One place for everything that writes. */
import type { KubeObject } from '../kube/port.ts';
import type { Execution } from '../execute/execute.ts';
import type { Step } from '../plan/step.ts';
import { writeEvents } from '../status/events.ts';
import type { Dependencies } from './dependencies.ts';
import { emit } from './status-writer.ts';

export function account(
  key: string,
  regarding: KubeObject,
  { done, declined, failed }: Execution,
  deps: Dependencies,
): void {
  for (const step of done) {
    deps.log.info('wrote to SCDF', { pipeline: key, ...fieldsOf(step), reason: step.reason });
  }
  for (const { step, error } of declined) {
    const said = { kind: error.kind, error: error.message };
    deps.log.warn('SCDF keeps a registration that is not needed any more', {
      pipeline: key,
      ...fieldsOf(step),
      ...said,
    });
  }
  if (failed !== undefined) {
    const { step, error } = failed;
    const level = error.kind === 'busy' ? 'debug' : 'warn';
    deps.log[level]('SCDF refused a step', {
      pipeline: key,
      ...fieldsOf(step),
      kind: error.kind,
      error: error.message,
    });
  }
  emit(deps.events, regarding, writeEvents(done));
}

function fieldsOf(step: Step): Readonly<Record<string, string>> {
  if ('stream' in step) return { step: step.kind, stream: step.stream };
  return { step: step.kind, app: `${step.app.type}/${step.app.name}`, version: step.app.version };
}
