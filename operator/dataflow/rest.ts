/** HTTP to one SCDF server, over one pool of connections; every failure is a DataflowError. */
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { classify } from './classify.ts';
import { DataflowError } from './port.ts';

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
  readonly onRequest?: RequestHook;
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

interface Answer {
  readonly status: number;
  readonly body: string;
}

export class Rest {
  readonly #options: DataflowOptions;
  readonly #agent: HttpAgent;

  constructor(options: DataflowOptions) {
    this.#options = options;
    const pool = { keepAlive: true, maxSockets: 32 };
    const ca = options.ca === undefined ? {} : { ca: options.ca };
    this.#agent = options.url.startsWith('https:') ? new HttpsAgent({ ...pool, ...ca }) : new HttpAgent(pool);
  }

  async json(call: Call): Promise<unknown> {
    const { body } = await this.send(call);
    try {
      return JSON.parse(body);
    } catch {
      throw new DataflowError(
        'unexpected',
        call.what,
        'The server answers something that is not JSON. Is its URL that of an SCDF server?',
      );
    }
  }

  async send(call: Call): Promise<Answer> {
    const started = performance.now();
    const told = (outcome: string) =>
      this.#options.onRequest?.({ operation: call.operation, outcome, ms: performance.now() - started });
    try {
      const answer = await this.#exchange(call);
      if (answer.status >= 300) {
        const { kind, message } = classify(answer.status, answer.body);
        throw new DataflowError(kind, call.what, message, { status: answer.status });
      }
      told('success');
      return answer;
    } catch (error) {
      const known = error instanceof DataflowError ? error : this.#unreachable(call, error);
      told(known.kind);
      throw known;
    }
  }

  async #exchange(call: Call): Promise<Answer> {
    const { url, token, readTimeoutMs, writeTimeoutMs } = this.#options;
    const bearer = await token?.();
    const timeout = AbortSignal.timeout(call.method === 'GET' ? readTimeoutMs : writeTimeoutMs);
    const body = bodyOf(call);
    return exchange(url + call.path, {
      agent: this.#agent,
      method: call.method,
      signal: call.signal === undefined ? timeout : AbortSignal.any([call.signal, timeout]),
      headers: {
        Accept: 'application/json',
        ...(bearer === undefined ? {} : { Authorization: `Bearer ${bearer}` }),
        ...(body === undefined
          ? {}
          : { 'Content-Type': body.type, 'Content-Length': Buffer.byteLength(body.text) }),
      },
      body: body?.text,
    });
  }

  #unreachable(call: Call, error: unknown): DataflowError {
    const { code, name: errorName, message } = error as NodeJS.ErrnoException;
    const timedOut = errorName === 'TimeoutError' || errorName === 'AbortError';
    const why = timedOut ? 'it does not answer in time' : (code ?? message);
    return new DataflowError(
      'unreachable',
      call.what,
      `The server at ${this.#options.url} cannot be reached: ${why}.`,
      {
        cause: error,
      },
    );
  }
}

function bodyOf({ json, form }: Call): { type: string; text: string } | undefined {
  if (form !== undefined) {
    return { type: 'application/x-www-form-urlencoded', text: new URLSearchParams(form).toString() };
  }
  return json === undefined ? undefined : { type: 'application/json', text: JSON.stringify(json) };
}

interface Exchange {
  readonly agent: HttpAgent;
  readonly method: string;
  readonly signal: AbortSignal;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: string | undefined;
}

function exchange(url: string, { agent, method, signal, headers, body }: Exchange): Promise<Answer> {
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const failed = (error: Error) =>
      reject(signal.aborted && signal.reason instanceof Error ? signal.reason : error);
    const request = send(url, { agent, method, signal, headers: { ...headers } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', failed);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    request.on('error', failed);
    request.end(body);
  });
}
