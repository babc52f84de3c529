import http from 'node:http';
import https from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../runtime/clock.ts';
import { Deadline } from '../runtime/deadline.ts';
import type { Access, Connection } from './connection.ts';
import { errorOfAnswer, errorOfFailure } from './errors.ts';
import { KubeError } from './port.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface RestRequest {
  readonly method: Method;
  /** With its query, e.g. `/api/v1/pods?limit=500`. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Of the body; default `application/json`. */
  readonly contentType?: string;
  /** For what is sent by another method than GET and changes nothing. */
  readonly mayRepeat?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Told after each request; `code` is the status, or `<error>` when no answer came, as client-go counts it. */
export interface RestMetrics {
  answered(
    request: { readonly method: Method; readonly code: string; readonly host: string },
    ms: number,
  ): void;
  /** A read is sent once more, because its connection turned out to be closed. */
  retried(request: { readonly method: Method; readonly host: string }): void;
}

export interface RestOptions {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly userAgent: string;
  /** From the call to the end of the answer; for a stream to its headers. Default 30 s. */
  readonly timeoutMs?: number;
  /**
   * Asked at the very moment before a write goes out. False: it is not sent. This is the fence of a leader that has
   * lost its lease, also when the process was stopped between its decision and this call.
   */
  readonly mayWrite?: () => boolean;
  readonly metrics?: RestMetrics;
}

/** JSON over HTTP/1.1 on connections that are kept. Throws only KubeError. */
export class RestClient {
  readonly #options: RestOptions;

  constructor(options: RestOptions) {
    this.#options = options;
  }

  /** The parsed body of the answer. */
  async json(request: RestRequest): Promise<unknown> {
    const deadline = this.#deadline(request.signal);
    try {
      const answer = await this.#answer(request, deadline.signal);
      const text = await read(answer);
      return parseBody(request, text);
    } catch (error) {
      throw errorOfFailure(request, deadline.signal.aborted ? deadline.signal.reason : error);
    } finally {
      deadline.over();
    }
  }

  /**
   * The bytes of the answer as they come; first an empty piece, when the server has accepted the request. Up to then
   * counts the time-out.
   */
  async *stream(request: RestRequest): AsyncGenerator<Buffer, void, undefined> {
    const deadline = this.#deadline(request.signal);
    try {
      const answer = await this.#answer(request, deadline.signal);
      deadline.arrived();
      yield Buffer.alloc(0);
      for await (const chunk of answer) yield chunk as Buffer;
    } catch (error) {
      throw errorOfFailure(request, deadline.signal.aborted ? deadline.signal.reason : error);
    } finally {
      deadline.over();
    }
  }

  #deadline(caller: AbortSignal | undefined): Deadline {
    const { clock, timeoutMs = 30_000 } = this.#options;
    return new Deadline(
      clock,
      timeoutMs,
      () => new Error(`it took longer than ${timeoutMs / 1000} s`),
      caller,
    );
  }

  /** The answer when it is 2xx; its body is still to be read. */
  async #answer(request: RestRequest, signal: AbortSignal): Promise<http.IncomingMessage> {
    const access = await this.#options.connection.access();
    let answer: http.IncomingMessage;
    try {
      answer = await this.#measured(request, access, signal);
    } catch (error) {
      if (!(error instanceof StaleConnection && changesNothing(request))) throw error;
      const { connection, metrics } = this.#options;
      metrics?.retried({ method: request.method, host: connection.server.host });
      // The server closed an idle connection while we took it up again: nothing is wrong, ask once more.
      answer = await this.#measured(request, access, signal);
    }
    const status = answer.statusCode ?? 0;
    if (status >= 200 && status < 300) return answer;
    throw errorOfAnswer(request, status, answer.headers['retry-after'], await read(answer));
  }

  async #measured(request: RestRequest, access: Access, signal: AbortSignal): Promise<http.IncomingMessage> {
    const { clock, connection, metrics } = this.#options;
    const started = clock.monotonic();
    const tell = (code: string): void =>
      metrics?.answered(
        { method: request.method, code, host: connection.server.host },
        clock.monotonic() - started,
      );
    try {
      const answer = await this.#send(request, access, signal);
      tell(String(answer.statusCode));
      return answer;
    } catch (error) {
      tell('<error>');
      throw error;
    }
  }

  #send(request: RestRequest, access: Access, signal: AbortSignal): Promise<http.IncomingMessage> {
    const { server } = this.#options.connection;
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
    const outgoing = (server.protocol === 'https:' ? https : http).request({
      protocol: server.protocol,
      hostname: server.hostname.replace(/^\[|\]$/g, ''),
      port: server.port,
      path: server.pathname.replace(/\/$/, '') + request.path,
      method: request.method,
      headers: { ...access.headers, ...this.#headers(request, body) },
      agent: access.agent,
      signal,
      ...(access.auth === undefined ? {} : { auth: access.auth }),
    });
    outgoing.once('response', resolve);
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      const stale = outgoing.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      reject(stale ? new StaleConnection(error.message, { cause: error }) : error);
    });
    whenConnected(outgoing, () => {
      if (request.method !== 'GET' && this.#options.mayWrite?.() === false) outgoing.destroy(fenced());
      else outgoing.end(body);
    });
    return promise;
  }

  #headers(request: RestRequest, body: string | undefined): http.OutgoingHttpHeaders {
    return {
      Accept: 'application/json',
      'User-Agent': this.#options.userAgent,
      ...(body === undefined
        ? {}
        : {
            'Content-Type': request.contentType ?? 'application/json',
            'Content-Length': Buffer.byteLength(body),
          }),
    };
  }
}

function changesNothing({ method, mayRepeat = false }: RestRequest): boolean {
  return method === 'GET' || mayRepeat;
}

/** A kept connection that turned out to be closed. */
class StaleConnection extends Error {}

function fenced(): KubeError {
  return new KubeError(
    'transient',
    'the write was not sent, because this replica no longer surely holds its lease: the new leader will do it',
  );
}

/**
 * Calls `ready` when the request's connection is up, so that nothing at all is sent before: connecting may take long,
 * and a write must be decided on after that.
 */
function whenConnected(request: http.ClientRequest, ready: () => void): void {
  request.once('socket', (socket) => {
    if (!socket.connecting && !isHandshaking(socket as TLSSocket)) ready();
    else socket.once('encrypted' in socket ? 'secureConnect' : 'connect', ready);
  });
}

/** Connected, but not yet in cipher: over a proxy the two are apart. */
function isHandshaking(socket: Partial<TLSSocket>): boolean {
  return socket.encrypted === true && !(socket.getProtocol?.() ?? '').startsWith('TLS');
}

async function read(answer: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function parseBody(request: RestRequest, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const { method, path } = request;
    throw new KubeError('transient', `${method} ${path}: the API server's answer is not JSON`, { cause });
  }
}
