/** An API server on loopback that answers as a test tells it, also in ways that a sound one never would. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** How one request is answered. */
export type Answer = (response: http.ServerResponse, request: http.IncomingMessage) => void;

export interface Seen {
  readonly method: string;
  readonly url: URL;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export class ScriptedServer {
  readonly seen: Seen[] = [];
  /** Answers to come, in order; when there are none left the request is never answered. */
  readonly #script: Answer[] = [];
  readonly #server: http.Server;

  constructor() {
    this.#server = http.createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', headers, url = '' } = request;
        const body = Buffer.concat(chunks).toString('utf8');
        this.seen.push({ method, headers, body, url: new URL(url, 'http://server') });
        this.#script.shift()?.(response, request);
      });
    });
  }

  static async start(): Promise<ScriptedServer> {
    const server = new ScriptedServer();
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`);
  }

  script(...answers: readonly Answer[]): void {
    this.#script.push(...answers);
  }

  /** What was asked for, the watches and the lists apart, with the versions that watches began at. */
  get asked(): readonly string[] {
    return this.seen.map(({ url: { searchParams } }) =>
      searchParams.has('watch') ? `watch ${searchParams.get('resourceVersion') ?? ''}` : 'list',
    );
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

export interface ItemMeta {
  readonly name: string;
  readonly version: number;
  readonly uid?: string;
}

export function item({ name, version, uid = `uid-${name}` }: ItemMeta): object {
  return {
    apiVersion: 'test.barista.dev/v1',
    kind: 'Bar',
    metadata: {
      name,
      namespace: 'test',
      uid,
      resourceVersion: String(version),
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
  };
}

/** 200 with a list of that version. */
export function list(version: number, ...items: readonly ItemMeta[]): Answer {
  return json(200, {
    kind: 'BarList',
    metadata: { resourceVersion: String(version) },
    items: items.map(item),
  });
}

export function json(status: number, body: unknown, headers: http.OutgoingHttpHeaders = {}): Answer {
  return (response) => {
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
}

/** An error as the API server puts it. */
export function failure(code: number, message: string, headers: http.OutgoingHttpHeaders = {}): Answer {
  return json(code, { kind: 'Status', status: 'Failure', message, code }, headers);
}

/** A line of a watch. */
export function event(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`;
}

export function bookmark(version: number): string {
  return event('BOOKMARK', { kind: 'Bar', metadata: { resourceVersion: String(version) } });
}

/** A watch that sends text and then stays open, ends, or is torn off. */
export function watch(text: string, then: 'open' | 'end' | 'reset' = 'open'): Answer {
  return (response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.flushHeaders();
    if (text !== '') response.write(text);
    if (then === 'end') response.end();
    // Later, so that what was written is read before the reset discards it.
    if (then === 'reset') setTimeout(() => response.socket?.resetAndDestroy(), 20);
  };
}
