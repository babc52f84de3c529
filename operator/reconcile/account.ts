/** Tells of what was written to SCDF: log and events. One place for everything that writes. docs/audit.md is of it. */
import type { Execution, Refused, Write } from '../execute/execute.ts';
import type { KubeObject } from '../kube/port.ts';
import { specWriter } from '../observed/writer.ts';
import type { Step } from '../plan/step.ts';
import type { LogFields } from '../runtime/log.ts';
import { writeEvent } from '../status/events.ts';
import { failureOf } from '../status/failure.ts';
import type { Dependencies } from './dependencies.ts';
import { emit } from './status-writer.ts';

/** For whom something is written. */
export interface Account {
  /** `namespace/name` */
  readonly pipeline: string;
  /** As it was when the writes were decided. */
  readonly object: KubeObject;
  /** The server's name in the servers file. */
  readonly server: string;
}

type Sinks = Pick<Dependencies, 'log' | 'events'>;

/** A line for each write, as soon as it has been made. */
export function accountWrite(account: Account, { log }: Sinks): (write: Write) => void {
  const on = { ...subjectOf(account), server: account.server };
  return ({ step, operation, durationMs }) => {
    log.info('wrote to SCDF', {
      ...on,
      ...fieldsOf(step),
      ...(operation === operationOf(step) ? {} : { operation }),
      reason: step.reason,
      durationMs: Math.round(durationMs),
    });
  };
}

/** What came of a turn's steps: a line for each that SCDF refused, and an event for all that were done. */
export function account(of: Account, { done, declined, failures }: Execution, sinks: Sinks): void {
  const { log, events } = sinks;
  const refused = ({ step, error, durationMs }: Refused): LogFields => ({
    ...subjectOf(of),
    server: of.server,
    ...fieldsOf(step),
    durationMs: Math.round(durationMs),
    reason: failureOf(error, '').reason,
    err: error,
  });
  for (const it of declined) log.warn('SCDF keeps a registration that is not needed any more', refused(it));
  for (const it of failures) {
    const { kind } = it.error;
    if (kind === 'busy') log.debug('SCDF refused a step', refused(it));
    else if (kind === 'unreachable')
      log.warn('no answer to a step: whether it was done shows at the next look', refused(it));
    else log.warn('SCDF refused a step', refused(it));
  }
  const event = writeEvent(done, { generation: of.object.metadata.generation, writer: writerOf(of.object) });
  if (event !== undefined) emit(events, of.object, [event]);
}

function subjectOf({ pipeline, object }: Account): LogFields {
  const { uid, generation } = object.metadata;
  const writer = writerOf(object);
  return { pipeline, uid, generation, ...(writer === undefined ? {} : { writer }) };
}

/** Who deletes a pipeline is not who wrote its spec, and an object does not say who it was. */
function writerOf(object: KubeObject): string | undefined {
  return object.metadata.deletionTimestamp === undefined ? specWriter(object) : undefined;
}

function operationOf({ kind }: Step): Write['operation'] {
  return kind === 'delete' ? 'destroy' : kind;
}

function fieldsOf(step: Step): Readonly<Record<string, string>> {
  if ('stream' in step) return { step: step.kind, stream: step.stream };
  return { step: step.kind, app: `${step.app.type}/${step.app.name}`, version: step.app.version };
}
