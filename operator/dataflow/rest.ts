/** HTTP to one SCDF server, over one pool of connections; every failure is a DataflowError. */
import {
  Agent as HttpAgent,
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Circuit } from './circuit.ts';
import { classify } from './classify.ts';
import { DataflowError } from './port.ts';
import { networkTrouble } from './wording.ts';

/** Told of every call, for metrics: `outcome` is `success` or the kind of the error. */
export type RequestHook = (call: { operation: string; outcome: string; ms: number }) => void;

export interface DataflowOptions {
  /** e.g. `http://scdf:9393`; may have a path, has no slash at its end. */
  readonly url: string;
  /** PEM; undefined: the public authorities. */
  readonly ca?: string;
  /** The bearer token of the moment; undefined: no authentication. */
  readonly token?: () => Promise<string | undefined>;
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

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** How calls reach a server; throws DataflowError alone. */
export interface Transport {
  /** The answer of a call that succeeds. */
  send(call: Call): Promise<Answer>;
  /** Closes the connections that are kept. */
  close(): void;
}

/** More than any answer has; what is longer comes from something else than SCDF. */
const LARGEST = 64 * 1024 * 1024;

export class Rest implements Transport {
  readonly #options: DataflowOptions;
  readonly #agent: HttpAgent;

  constructor(options: DataflowOptions) {
    this.#options = options;
    const pool = { keepAlive: true, maxSockets: 32 };
    const ca = options.ca === undefined ? {} : { ca: options.ca };
    this.#agent = options.url.startsWith('https:') ? new HttpsAgent({ ...pool, ...ca }) : new HttpAgent(pool);
  }

  close(): void {
    this.#agent.destroy();
  }

  send(call: Call): Promise<Answer> {
    const { circuit } = this.#options;
    return circuit === undefined ? this.#send(call) : circuit.guard(call.what, () => this.#send(call));
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
    const { readTimeoutMs, writeTimeoutMs } = this.#options;
    const ms = call.method === 'GET' ? readTimeoutMs : writeTimeoutMs;
    const timeout = AbortSignal.timeout(ms);
    const signal = call.signal === undefined ? timeout : AbortSignal.any([call.signal, timeout]);
    const token = await this.#token(call);
    try {
      return await this.#once(call, token, signal);
    } catch (error) {
      if (timeout.aborted && call.signal?.aborted !== true) throw new TooLate(ms);
      if (!(error instanceof StaleConnection) || call.method !== 'GET') throw error;
      // The server closed an idle connection just as it was taken up again: nothing is wrong, so ask once more.
      return this.#once(call, token, signal);
    }
  }

  async #token(call: Call): Promise<string | undefined> {
    try {
      return await this.#options.token?.();
    } catch (cause) {
      const message = `There is no token for the server: ${networkTrouble(cause)}.`;
      throw new DataflowError('unauthorized', call.what, message, { cause });
    }
  }

  #once(call: Call, token: string | undefined, signal: AbortSignal): Promise<Answer> {
    const { url, mayWrite } = this.#options;
    const body = bodyOf(call);
    const headers = {
      Accept: 'application/json',
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...(body === undefined
        ? {}
        : { 'Content-Type': body.type, 'Content-Length': Buffer.byteLength(body.text) }),
    };
    const send = url.startsWith('https:') ? httpsRequest : httpRequest;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const request = send(url + call.path, { agent: this.#agent, method: call.method, signal, headers });
    request.on('error', (error: NodeJS.ErrnoException) => {
      const stale = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      reject(stale ? new StaleConnection(error.message, { cause: error }) : error);
    });
    request.once('response', (response) => void read(response).then(resolve, reject));
    whenConnected(request, () => {
      if (call.method !== 'GET' && mayWrite?.() === false) request.destroy(new Fenced());
      else request.end(body?.text);
    });
    return promise;
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
    const why = error instanceof TooLate ? error.message : networkTrouble(error);
    const message = `The server at ${where} cannot be reached: ${why.replace(/\.$/, '')}${/[.?]$/.test(why) ? '' : '.'}`;
    return new DataflowError('unreachable', call.what, message, { cause: error });
  }
}

/** A kept connection that turned out to be closed. */
class StaleConnection extends Error {}
class Fenced extends Error {}
class TooLarge extends Error {}
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

function withoutCredentials(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//');
}

export function bodyOf({ json, form }: Call): { type: string; text: string } | undefined {
  if (form !== undefined) {
    return { type: 'application/x-www-form-urlencoded', text: new URLSearchParams(form).toString() };
  }
  return json === undefined ? undefined : { type: 'application/json', text: JSON.stringify(json) };
}

/** Calls `ready` when the request's connection is up, so that a write is decided on after that. */
function whenConnected(request: ClientRequest, ready: () => void): void {
  request.once('socket', (socket) => {
    if (socket.connecting) socket.once('encrypted' in socket ? 'secureConnect' : 'connect', ready);
    else ready();
  });
}

async function read(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size > LARGEST) throw new TooLarge();
  }
  return { status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') };
}
