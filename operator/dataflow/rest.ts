/** HTTP to one SCDF server, over one pool of connections; every failure is a DataflowError. */
import { abortable } from '../runtime/abortable.ts';
import { systemClock } from '../runtime/clock.ts';
import { Deadline } from '../runtime/deadline.ts';
import type { Circuit } from './circuit.ts';
import { classify } from './classify.ts';
import { Line, type Places } from './line.ts';
import { DataflowError } from './port.ts';
import { hide, secretsIn } from './secrets.ts';
import { TokenError, type TokenSource } from './token.ts';
import { Fenced, StaleConnection, TooLarge, Wire, type Answer, type CaFile } from './wire.ts';
import { networkTrouble } from './wording.ts';

/** Told of every call, for metrics: `outcome` is `success` or the kind of the error. */
export type RequestHook = (call: { operation: string; outcome: string; ms: number }) => void;

export interface DataflowOptions {
  /** e.g. `http://scdf:9393`; may have a path, has no slash at its end. */
  readonly url: string;
  /** Undefined: the public authorities. */
  readonly ca?: CaFile;
  /** Undefined: no authentication. */
  readonly token?: TokenSource;
  /** How many calls there may be at a time. Undefined: as many as come. */
  readonly places?: Places;
  readonly readTimeoutMs: number;
  readonly writeTimeoutMs: number;
  /**
   * Asked at the very moment before a write goes out, when its connection is up. False: it is not sent. The last fence
   * of a leader that has lost its lease while it was stopped, or while it connected.
   */
  readonly mayWrite?: () => boolean;
  readonly onRequest?: RequestHook;
  /** Undefined: every call is made. */
  readonly circuit?: Circuit;
}

export interface Call {
  /** As metrics name it. */
  readonly operation: string;
  /** As people read it: `deploy stream x`. */
  readonly what: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
}

/** How calls reach a server; throws DataflowError alone. */
export interface Transport {
  /** Calls under way, and calls that wait for their turn. */
  readonly load: { readonly inFlight: number; readonly waiting: number };
  /** The answer of a call that succeeds. */
  send(call: Call): Promise<Answer>;
  /** Closes the connections that are kept. */
  close(): void;
  /** As `close`, but calls that run come to their end. */
  retire(): void;
}

/** Calls that SCDF answers when Skipper and the platform have done their part. */
const slow = new Set(['deploy', 'undeploy', 'update', 'scale', 'destroy']);

export class Rest implements Transport {
  readonly #options: DataflowOptions;
  readonly #wire: Wire;
  readonly #line: Line;

  constructor(options: DataflowOptions) {
    this.#options = options;
    this.#wire = new Wire(options.url, options.ca);
    this.#line = new Line(options.places ?? { all: Infinity, slow: Infinity });
  }

  get load(): { readonly inFlight: number; readonly waiting: number } {
    return { inFlight: this.#line.inFlight, waiting: this.#line.waiting };
  }

  close(): void {
    this.#wire.close();
  }

  retire(): void {
    this.#wire.retire();
  }

  async send(call: Call): Promise<Answer> {
    const { circuit } = this.#options;
    circuit?.check(call.what);
    try {
      return await this.#line.run(slow.has(call.operation), call.signal, () =>
        circuit === undefined ? this.#send(call) : circuit.guard(call.what, () => this.#send(call)),
      );
    } catch (error) {
      throw error instanceof DataflowError ? error : this.#failure(call, error);
    }
  }

  async #send(call: Call): Promise<Answer> {
    const started = performance.now();
    const told = (outcome: string) =>
      this.#options.onRequest?.({ operation: call.operation, outcome, ms: performance.now() - started });
    try {
      const answer = await this.#exchange(call);
      if (answer.status < 200 || answer.status >= 300) {
        const { kind, message } = classify(answer.status, answer.body);
        throw new DataflowError(kind, call.what, message, { status: answer.status });
      }
      told('success');
      return answer;
    } catch (error) {
      const known = error instanceof DataflowError ? error : this.#failure(call, error);
      told(known.kind);
      throw known;
    }
  }

  async #exchange(call: Call): Promise<Answer> {
    const token = await this.#token(call);
    const answer = await this.#inTime(call, token);
    if (answer.status !== 401 || token === undefined) return answer;
    // Nothing was done. The token may have been withdrawn, or its file may just have changed.
    const another = await this.#token(call, token);
    return another === token ? answer : this.#inTime(call, another);
  }

  async #token(call: Call, refused?: string): Promise<string | undefined> {
    const { token } = this.#options;
    if (token === undefined) return undefined;
    try {
      return await abortable(token(refused), call.signal);
    } catch (cause) {
      if (call.signal?.aborted === true) throw cause;
      if (cause instanceof TokenError)
        throw new DataflowError(cause.kind, call.what, cause.message, { cause });
      const message = `There is no token for the server: ${networkTrouble(cause)}.`;
      throw new DataflowError('unauthorized', call.what, message, { cause });
    }
  }

  async #inTime(call: Call, token: string | undefined): Promise<Answer> {
    const { readTimeoutMs, writeTimeoutMs } = this.#options;
    const ms = call.method === 'GET' ? readTimeoutMs : writeTimeoutMs;
    const deadline = new Deadline(systemClock, ms, () => new TooLate(ms), call.signal);
    const { signal } = deadline;
    try {
      return await this.#onceOrAgain(call, token, signal);
    } catch (error) {
      throw signal.reason instanceof TooLate ? signal.reason : error;
    } finally {
      deadline.over();
    }
  }

  async #onceOrAgain(call: Call, token: string | undefined, signal: AbortSignal): Promise<Answer> {
    try {
      return await this.#once(call, token, signal);
    } catch (error) {
      if (!(error instanceof StaleConnection) || call.method !== 'GET') throw error;
      // The server closed an idle connection just as it was taken up again: nothing is wrong, so ask once more.
      return this.#once(call, token, signal);
    }
  }

  async #once(call: Call, token: string | undefined, signal: AbortSignal): Promise<Answer> {
    const { url, mayWrite } = this.#options;
    const body = bodyOf(call);
    const headers = {
      Accept: 'application/json',
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...(body === undefined
        ? {}
        : { 'Content-Type': body.type, 'Content-Length': Buffer.byteLength(body.text) }),
    };
    const answer = await this.#wire.exchange({
      url: url + call.path,
      method: call.method,
      headers,
      body: body?.text,
      signal,
      ...(call.method === 'GET' || mayWrite === undefined ? {} : { maySend: mayWrite }),
    });
    return discreet(answer, call, token);
  }

  #failure(call: Call, error: unknown): DataflowError {
    if (error instanceof Fenced) {
      const message = 'The write was not sent, because this replica no longer surely leads.';
      return new DataflowError('unexpected', call.what, message, { cause: error });
    }
    if (call.signal?.aborted === true) {
      return new DataflowError('unexpected', call.what, 'The call was given up.', { cause: error });
    }
    if (error instanceof TooLarge) return notScdf(call.what, 'far too much');
    const where = withoutCredentials(this.#options.url);
    const ca = { field: 'caFile', file: this.#options.ca?.path };
    const why = error instanceof TooLate ? error.message : networkTrouble(error, ca);
    const message = `The server at ${where} cannot be reached: ${why.replace(/\.$/, '')}${/[.?]$/.test(why) ? '' : '.'}`;
    return new DataflowError('unreachable', call.what, message, { cause: error });
  }
}

class TooLate extends Error {
  constructor(ms: number) {
    super(`it does not answer within ${ms / 1000} s`);
  }
}

/** @param what e.g. `something that is not JSON` */
export function notScdf(operation: string, what: string): DataflowError {
  const message = `The server answers ${what}: is its URL in the servers file that of an SCDF server?`;
  return new DataflowError('unexpected', operation, message);
}

/** SCDF likes to quote what it was sent, and where something is quoted its key may be missing. */
function discreet(answer: Answer, { json, form, what }: Call, token: string | undefined): Answer {
  if (answer.status < 400) return answer;
  return { ...answer, body: hide(answer.body, [token ?? '', ...secretsIn([json, form], [what])]) };
}

function withoutCredentials(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//');
}

export function bodyOf({ json, form }: Call): { type: string; text: string } | undefined {
  if (form !== undefined) {
    return { type: 'application/x-www-form-urlencoded', text: new URLSearchParams(form).toString() };
  }
  return json === undefined ? undefined : { type: 'application/json', text: JSON.stringify(json) };
}
