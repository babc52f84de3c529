/** HTTP/1.1 over connections that are kept: one exchange at a time, and whatever the answer says, no other address is asked. */
import { X509Certificate } from 'node:crypto';
import {
  Agent as HttpAgent,
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { CaProblem } from './wording.ts';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export interface Outgoing {
  readonly url: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
  /** Asked when the connection is up and nothing has been sent; false: nothing is. */
  readonly maySend?: () => boolean;
}

/** A kept connection that turned out to be closed. */
export class StaleConnection extends Error {}
/** Not sent, because `maySend` said so. */
export class Fenced extends Error {}
export class TooLarge extends Error {}

/** More than any answer has; what is longer comes from something else than SCDF. */
const LARGEST = 64 * 1024 * 1024;

/** A file with certificates that may be replaced. */
export interface CaFile {
  readonly path: string;
  /** The PEM of the moment. */
  text(): Promise<string>;
}

/** The connections to one server. A redirect is an answer like any other: it is given back and never followed. */
export class Wire {
  readonly #isTls: boolean;
  readonly #ca: CaFile | undefined;
  readonly #keepAlive: boolean;
  #agent: { readonly value: HttpAgent; readonly pem: string | undefined } | undefined;
  #retired = false;

  /**
   * @param ca undefined: the public authorities
   * @param keepAlive false where calls are rare: a connection that is idle for long may be dead without a word
   */
  constructor(url: string, ca: CaFile | undefined, keepAlive = true) {
    this.#keepAlive = keepAlive;
    this.#isTls = url.startsWith('https:');
    this.#ca = ca;
  }

  /** Closes the connections; the object may still be used. */
  close(): void {
    this.#agent?.value.destroy();
  }

  /** Closes what is idle; exchanges that run come to their end, and keep no connection. */
  retire(): void {
    this.#retired = true;
    if (this.#agent !== undefined) retire(this.#agent.value);
  }

  async exchange(outgoing: Outgoing): Promise<Answer> {
    const agent = await this.#agentOfTheMoment();
    const { url, method, signal, headers, body, maySend } = outgoing;
    const send = this.#isTls ? httpsRequest : httpRequest;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const request = send(url, { agent, method, signal, headers });
    request.on('error', (error: NodeJS.ErrnoException) => {
      const stale = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      reject(stale ? new StaleConnection(error.message, { cause: error }) : error);
    });
    request.once('response', (response) => void read(response).then(resolve, reject));
    whenConnected(request, () => {
      if (maySend?.() === false) request.destroy(new Fenced());
      else request.end(body);
    });
    return promise;
  }

  /** Another one only when the CA has changed: the former one's connections were let in by the former CA. */
  async #agentOfTheMoment(): Promise<HttpAgent> {
    const pem = await this.#pem();
    const before = this.#agent;
    if (before !== undefined) {
      // One that is no CA is being written, as likely as not: the former one may still do.
      if (before.pem === pem || (pem !== undefined && problemOf(pem) !== undefined)) return before.value;
      retire(before.value);
    } else if (pem !== undefined) this.#check(pem);
    // How many connections there are is bounded by the line of calls.
    const options = { keepAlive: this.#keepAlive, ...(pem === undefined ? {} : { ca: pem }) };
    const value = this.#isTls ? new HttpsAgent(options) : new HttpAgent(options);
    if (this.#retired) retire(value);
    this.#agent = { value, pem };
    return value;
  }

  async #pem(): Promise<string | undefined> {
    if (!this.#isTls) return undefined;
    return this.#ca?.text().catch((cause: unknown) => {
      throw new CaProblem((cause as Error).message, { cause });
    });
  }

  #check(pem: string): void {
    const problem = problemOf(pem);
    if (problem !== undefined)
      throw new CaProblem(`the file ${this.#ca?.path ?? ''} is no CA in PEM (${problem})`);
  }
}

/** Node takes for a CA whatever it is given, and what it cannot read it leaves out. */
function problemOf(pem: string): string | undefined {
  const begun = pem.split('-----BEGIN CERTIFICATE-----').length - 1;
  const whole = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (begun === 0) return 'it has no certificate';
  if (whole.length < begun) return 'a certificate in it has no end';
  try {
    for (const certificate of whole) new X509Certificate(certificate);
    return undefined;
  } catch {
    return 'a certificate in it is damaged';
  }
}

function retire(agent: HttpAgent): void {
  agent.maxFreeSockets = 0;
  for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy();
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
