/** A line from one operator process to one other side: HTTP that goes through, and that can be cut, held and tampered with. */
import http, { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Access } from '../../operator/kube/connection.ts';

/** Where a line leads. */
export interface Upstream {
  readonly server: URL;
  access(): Promise<Access>;
  /** Told how long it took until it answered. */
  answered?(ms: number): void;
}

export interface Arrival {
  readonly method: string;
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** One request on its way: whoever has it decides what becomes of it. */
export interface Exchange {
  readonly arrival: Arrival;
  /** Lets it through, if the line still stands, and waits for the whole answer. */
  forward(): Promise<Answer>;
  /** Lets it through, and gives the answer as it comes. */
  open(): Promise<IncomingMessage>;
  /** Answers; not while the process is stopped, nor when the line is cut. */
  answer(
    answer: Pick<Answer, 'status' | 'body'> & { readonly headers?: http.OutgoingHttpHeaders },
  ): Promise<void>;
  /** For an answer in pieces. */
  readonly response: ServerResponse;
  /** Resolves when the process runs; at once as a rule. */
  awake(): Promise<void>;
  /** The connection breaks. */
  breakOff(): void;
}

export class LineCut extends Error {}

export class Line {
  readonly #upstream: Upstream;
  readonly #server: Server;
  readonly #streams = new Set<IncomingMessage>();
  readonly #wakers: (() => void)[] = [];
  #isCut = false;
  #isFrozen = false;
  /** Requests that have not been answered. */
  #open = 0;

  private constructor(upstream: Upstream, serve: (exchange: Exchange) => Promise<void>) {
    this.#upstream = upstream;
    this.#server = createServer((request, response) => void this.#serve(request, response, serve));
    this.#server.keepAliveTimeout = 60_000;
  }

  static async open(upstream: Upstream, serve: (exchange: Exchange) => Promise<void>): Promise<Line> {
    const line = new Line(upstream, serve);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    line.#server.listen(0, '127.0.0.1', () => resolve(undefined));
    await promise;
    return line;
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`);
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  get busy(): boolean {
    return this.#open > 0;
  }

  /** Nothing passes any more, in either direction; what the other side has it goes on with. */
  cut(): void {
    this.#isCut = true;
    this.thaw();
    this.#server.close();
    this.#server.closeAllConnections();
    for (const stream of this.#streams) stream.destroy();
  }

  /** The process is stopped: it sends nothing, and takes in nothing of what comes. */
  freeze(): void {
    this.#isFrozen = true;
  }

  thaw(): void {
    this.#isFrozen = false;
    for (const wake of this.#wakers.splice(0)) wake();
  }

  async #serve(
    request: IncomingMessage,
    response: ServerResponse,
    serve: (exchange: Exchange) => Promise<void>,
  ): Promise<void> {
    response.on('error', () => undefined);
    this.#open += 1;
    try {
      const body = await textOf(request);
      // What runs on in a process that only plays dead here would not run in one that is stopped.
      if (this.#isFrozen || this.#isCut) throw new LineCut('no process there');
      await serve(this.#exchange(request, response, body));
    } catch {
      response.socket?.destroy();
    } finally {
      this.#open -= 1;
    }
  }

  #exchange(request: IncomingMessage, response: ServerResponse, body: string): Exchange {
    const arrival: Arrival = {
      method: request.method ?? 'GET',
      path: request.url ?? '/',
      headers: request.headers,
      body,
    };
    return {
      arrival,
      response,
      forward: async () => {
        const answer = await this.#send(arrival);
        return { status: answer.statusCode ?? 0, headers: answer.headers, body: await textOf(answer) };
      },
      open: async () => {
        const answer = await this.#send(arrival);
        this.#streams.add(answer);
        answer.once('close', () => this.#streams.delete(answer));
        response.once('close', () => answer.destroy());
        return answer;
      },
      answer: async ({ status, body: text, headers = {} }) => {
        await this.#awake();
        if (this.#isCut) return;
        response.writeHead(status, { 'content-type': 'application/json', ...headers });
        response.end(text);
      },
      awake: () => this.#awake(),
      breakOff: () => response.socket?.destroy(),
    };
  }

  async #awake(): Promise<void> {
    while (this.#isFrozen) await new Promise<void>((resolve) => this.#wakers.push(resolve));
  }

  async #send(arrival: Arrival): Promise<IncomingMessage> {
    const { server } = this.#upstream;
    const access = await this.#upstream.access();
    if (this.#isCut) throw new LineCut('cut before it got out');
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const headers = { ...arrival.headers, host: undefined, connection: undefined };
    const outgoing = (server.protocol === 'https:' ? https : http).request({
      protocol: server.protocol,
      hostname: server.hostname,
      port: server.port,
      path: arrival.path,
      method: arrival.method,
      headers: { ...defined(headers), ...access.headers },
      agent: access.agent,
    });
    outgoing.once('response', resolve);
    outgoing.on('error', reject);
    const started = performance.now();
    outgoing.end(arrival.body);
    const answer = await promise;
    this.#upstream.answered?.(performance.now() - started);
    return answer;
  }
}

async function textOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function defined(headers: http.IncomingHttpHeaders): http.OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
}
