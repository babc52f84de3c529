/** The simulated SCDF on a loopback port: HTTP, its delays, its capacity, and what a test makes go wrong. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../runtime/clock.ts';
import { Faults, type Fault } from './faults.ts';
import { bootError, routeOf, type ApiAnswer, type ApiRequest, type Route, type World } from './routes.ts';
import { ScdfError } from './scdf-error.ts';
import type { Operation } from './settings.ts';

const writes = new Set<Operation>([
  'register',
  'makeDefault',
  'unregister',
  'create',
  'destroy',
  'deploy',
  'undeploy',
  'update',
  'scale',
]);
const heavy = new Set<Operation>(['destroy', 'deploy', 'undeploy', 'update', 'scale']);

/** A request that arrived, in the order of arrival. */
export interface Received {
  readonly operation: Operation;
  readonly isWrite: boolean;
  readonly method: string;
  readonly path: string;
  /** The form or the JSON. */
  readonly content: unknown;
  /** When it arrived. Milliseconds since the epoch. */
  readonly at: number;
  /** What was answered; undefined: nothing yet, or never. */
  status: number | undefined;
}

/** A request as it comes over the wire. */
export interface Message {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** Of the content. */
  readonly type: string;
  readonly authorization: string | undefined;
  readonly text: string;
}

export class SimulatedServer {
  readonly faults = new Faults();
  readonly received: Received[] = [];
  readonly #clock: Clock;
  readonly #world: World;
  readonly #server: Server;
  readonly #threads: Places;
  readonly #platform: Places;
  #port = 0;

  constructor(clock: Clock, world: World) {
    this.#clock = clock;
    this.#world = world;
    this.#threads = new Places(() => world.settings.inFlight);
    this.#platform = new Places(() => world.settings.capacity);
    this.#server = createServer((request, response) => void this.#serve(request, response));
    // As Tomcat; Node's own 5 s end a connection just as a write takes it up again.
    this.#server.keepAliveTimeout = 60_000;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Listens, on the same port as before. */
  async up(): Promise<void> {
    if (this.#server.listening) return;
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    this.#server.once('error', reject);
    this.#server.listen(this.#port, '127.0.0.1', () => resolve(undefined));
    await promise;
    this.#server.off('error', reject);
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Connections break, and new ones are refused. */
  async down(): Promise<void> {
    if (!this.#server.listening) return;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#server.close(() => resolve(undefined));
    this.#server.closeAllConnections();
    await promise;
  }

  /** The answer to a request; a word when none comes, or the connection breaks. */
  async answer(message: Message): Promise<ApiAnswer | 'hang' | 'break'> {
    const { request, content, problem } = readRequest(message);
    const route = routeOf(request);
    const { operation } = route;
    const { method, path } = request;
    const isWrite = writes.has(operation);
    const entry: Received = {
      operation,
      isWrite,
      method,
      path,
      content,
      at: this.#clock.now(),
      status: undefined,
    };
    this.received.push(entry);
    const answer =
      problem ??
      this.#refusal(message, path) ??
      (await this.#perform(route, request, this.faults.take(operation)));
    if (typeof answer === 'object') entry.status = answer.status;
    return answer;
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { method = 'GET', url = '/', headers } = message;
      const chunks: Buffer[] = [];
      for await (const chunk of message) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString('utf8');
      const { 'content-type': type = '', authorization } = headers;
      const answer = await this.answer({ method, url, type, authorization, text });
      if (answer === 'hang' || response.destroyed) return;
      if (answer === 'break') message.socket.destroy();
      else send(response, answer);
    } catch {
      // The client left in the middle of its own request: there is nobody to tell.
      message.socket.destroy();
    }
  }

  #refusal({ authorization }: Message, path: string): ApiAnswer | undefined {
    const { token } = this.#world.settings;
    if (token === undefined || authorization === `Bearer ${token}`) return undefined;
    return { status: 401, body: bootError(401, path) };
  }

  async #perform(
    route: Route,
    request: ApiRequest,
    fault: Fault | undefined,
  ): Promise<ApiAnswer | 'hang' | 'break'> {
    switch (fault?.kind) {
      case undefined:
        return this.#do(route, request);
      case 'reset':
        return 'break';
      case 'hang':
        return 'hang';
      case 'error':
        return fault;
      case 'lostAnswer':
        await this.#do(route, request);
        return 'break';
      case 'errorAfter':
        await this.#do(route, request);
        return fault;
      case 'meanwhile':
        fault.does();
        return this.#do(route, request);
    }
  }

  #do(route: Route, request: ApiRequest): Promise<ApiAnswer> {
    return this.#threads.hold(async () => {
      await this.#delay(route.operation);
      return this.#inTurn(route.operation, () => this.#handle(route, request));
    });
  }

  #handle(route: Route, request: ApiRequest): ApiAnswer {
    this.#world.skipper.settle();
    try {
      return route.handle(this.#world, request);
    } catch (error) {
      if (error instanceof ScdfError) return { status: error.status, body: error.body() };
      throw error;
    }
  }

  /** One of the few places on the platform is taken for as long as the work lasts. */
  async #inTurn(operation: Operation, work: () => ApiAnswer): Promise<ApiAnswer> {
    if (!heavy.has(operation)) return work();
    return this.#platform.hold(async () => {
      await this.#sleep(this.#world.settings.latencyMs[operation] ?? 0);
      return work();
    });
  }

  async #delay(operation: Operation): Promise<void> {
    const { settings, scdf, skipper } = this.#world;
    if (heavy.has(operation)) return;
    let ms = settings.latencyMs[operation] ?? 0;
    if (operation === 'definitions' && settings.perDeployedStreamMs > 0) {
      const deployed = scdf.definitions().filter(({ name }) => skipper.state(name) !== 'undeployed');
      ms += deployed.length * settings.perDeployedStreamMs;
    }
    await this.#sleep(ms);
  }

  async #sleep(ms: number): Promise<void> {
    if (ms > 0) await new Promise<void>((resolve) => this.#clock.after(ms, resolve));
  }
}

/** So many at a time; who comes later waits for its turn. */
class Places {
  readonly #limit: () => number;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  constructor(limit: () => number) {
    this.#limit = limit;
  }

  async hold<T>(work: () => Promise<T>): Promise<T> {
    if (this.#taken >= this.#limit()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#taken += 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#taken -= 1;
      else next(); // the place goes from hand to hand
    }
  }
}

interface Incoming {
  readonly request: ApiRequest;
  readonly content: unknown;
  /** The answer when the body cannot be read. */
  readonly problem: ApiAnswer | undefined;
}

function readRequest({ method, url: target, type, text }: Message): Incoming {
  const url = new URL(target, 'http://127.0.0.1');
  const path = decodeURIComponent(url.pathname).replace(/\/$/, '');
  const plain: ApiRequest = { method, path, params: url.searchParams, json: {} };
  if (text === '') return { request: plain, content: undefined, problem: undefined };
  if (type.startsWith('application/x-www-form-urlencoded')) {
    const params = new URLSearchParams([...url.searchParams, ...new URLSearchParams(text)]);
    return { request: { ...plain, params }, content: Object.fromEntries(params), problem: undefined };
  }
  return readJson(plain, text, type);
}

function readJson(plain: ApiRequest, text: string, type: string): Incoming {
  if (!type.startsWith('application/json')) {
    const message = `Content type '${type}' not supported`;
    return refused(plain, new ScdfError(500, 'HttpMediaTypeNotSupportedException', message));
  }
  try {
    const json = JSON.parse(text) as Record<string, unknown>;
    return { request: { ...plain, json }, content: json, problem: undefined };
  } catch {
    const message = 'JSON parse error: Unexpected end-of-input: expected close marker for Object';
    return refused(plain, new ScdfError(400, 'HttpMessageNotReadableException', message));
  }
}

function refused(request: ApiRequest, error: ScdfError): Incoming {
  return { request, content: undefined, problem: { status: error.status, body: error.body() } };
}

function send(response: ServerResponse, answer: ApiAnswer): void {
  response.writeHead(answer.status, { 'content-type': 'application/json' });
  response.end(textOf(answer));
}

/** As it goes over the wire. */
export function textOf({ body }: ApiAnswer): string {
  if (typeof body === 'string') return body;
  return body === undefined ? '' : JSON.stringify(body);
}
