/** Keeps the values of a pipeline's secrets out of all that is told of it, whoever quotes them: SCDF, its pods, the API server. */
import { DataflowError, type Dataflow } from '../dataflow/port.ts';
import { hide, hideInError } from '../dataflow/secrets.ts';
import type { PipelineStatus } from '../api/types.ts';
import type { Log, LogFields } from '../runtime/log.ts';
import type { Outcome } from '../runtime/outcome.ts';
import type { Dependencies } from './dependencies.ts';

/** Of a condition: Kubernetes allows 32,768 bytes. */
const LONGEST_MESSAGE = 1024;
/** Of an error of SCDF. */
const LONGEST_ERROR = 400;

/** The same dependencies, with errors, logs and events that tell nothing of these values. */
export function discreet(deps: Dependencies, secrets: readonly string[]): Dependencies {
  return {
    ...deps,
    secrets,
    servers: new Map(
      [...deps.servers].map(([name, server]) => [
        name,
        { ...server, dataflow: discreetDataflow(server.dataflow, secrets) },
      ]),
    ),
    log: new DiscreetLog(deps.log, secrets),
    events: { record: (event) => deps.events.record({ ...event, note: hide(event.note, secrets) }) },
  };
}

export function discreetOutcome(outcome: Outcome, secrets: readonly string[]): Outcome {
  if (outcome.kind === 'retry') hideInError(outcome.error, secrets);
  return 'reason' in outcome ? { ...outcome, reason: hide(outcome.reason, secrets) } : outcome;
}

/** The status with its sentences without secrets, and no longer than people read. */
export function discreetStatus(status: PipelineStatus, secrets: readonly string[]): PipelineStatus {
  const told = <T extends { readonly message?: string }>(item: T): T =>
    item.message === undefined
      ? item
      : { ...item, message: hide(item.message, secrets).slice(0, LONGEST_MESSAGE) };
  return {
    ...status,
    ...(status.conditions === undefined ? {} : { conditions: status.conditions.map(told) }),
    ...(status.streams === undefined ? {} : { streams: status.streams.map(told) }),
  };
}

class DiscreetLog implements Log {
  readonly #log: Log;
  readonly #secrets: readonly string[];

  constructor(log: Log, secrets: readonly string[]) {
    this.#log = log;
    this.#secrets = secrets;
  }

  debug(message: string, fields?: LogFields): void {
    this.#log.debug(message, this.#hidden(fields));
  }
  info(message: string, fields?: LogFields): void {
    this.#log.info(message, this.#hidden(fields));
  }
  warn(message: string, fields?: LogFields): void {
    this.#log.warn(message, this.#hidden(fields));
  }
  error(message: string, fields?: LogFields): void {
    this.#log.error(message, this.#hidden(fields));
  }
  child(fields: LogFields): Log {
    return new DiscreetLog(this.#log.child(this.#hidden(fields) ?? {}), this.#secrets);
  }

  #hidden(fields: LogFields | undefined): LogFields | undefined {
    if (fields === undefined) return undefined;
    const hidden = (value: unknown) =>
      typeof value === 'string' ? hide(value, this.#secrets) : hideInError(value, this.#secrets);
    return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, hidden(value)]));
  }
}

/** The server's errors, whose words are SCDF's, are cleaned where they come from: they go into statuses, events and logs. */
function discreetDataflow(dataflow: Dataflow, secrets: readonly string[]): Dataflow {
  const clean = (error: unknown): unknown => {
    hideInError(error, secrets);
    if (error instanceof DataflowError) error.message = error.message.slice(0, LONGEST_ERROR);
    return error;
  };
  return new Proxy(dataflow, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return (...args: unknown[]) =>
        (Reflect.apply(method, target, args) as Promise<unknown>).catch((error: unknown) => {
          throw clean(error);
        });
    },
  });
}
