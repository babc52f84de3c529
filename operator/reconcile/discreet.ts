/** Keeps the values of a pipeline's secrets out of all that is told of it, whoever quotes them: SCDF, its pods, the API server. */
import { DataflowError } from '../dataflow/port.ts';
import { hide, hideInError } from '../dataflow/secrets.ts';
import type { PipelineStatus } from '../api/types.ts';
import type { Log, LogFields } from '../runtime/log.ts';
import type { Outcome } from '../runtime/outcome.ts';
import type { Dependencies, Server } from './dependencies.ts';

/** Of a condition: Kubernetes allows 32,768 bytes. */
const LONGEST_MESSAGE = 1024;
/** Of an error of SCDF. */
const LONGEST_ERROR = 400;

/** The same dependencies, with errors, logs and events that tell nothing of these values. */
export function discreet(deps: Dependencies, secrets: readonly string[]): Dependencies {
  return {
    ...deps,
    secrets,
    servers: {
      names: () => deps.servers.names(),
      get: (name) => {
        const server = deps.servers.get(name);
        return server === undefined ? undefined : discreetServer(server, secrets);
      },
    },
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

/** The errors of a server, whose words are SCDF's, are cleaned where they come from: they go into statuses, events and logs. */
function discreetServer(server: Server, secrets: readonly string[]): Server {
  return {
    ...server,
    dataflow: discreetCalls(server.dataflow, secrets),
    apps: discreetCalls(server.apps, secrets),
  };
}

/** The same object, whose calls fail with clean errors. */
function discreetCalls<T extends object>(target: T, secrets: readonly string[]): T {
  const clean = (error: unknown): never => {
    hideInError(error, secrets);
    if (error instanceof DataflowError) error.message = error.message.slice(0, LONGEST_ERROR);
    throw error;
  };
  return new Proxy(target, {
    get(_, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return (...args: unknown[]) => {
        const result: unknown = Reflect.apply(method, target, args);
        return result instanceof Promise ? result.catch(clean) : result;
      };
    },
  });
}
