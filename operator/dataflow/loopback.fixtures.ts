/** Servers on loopback for the tests of what goes over the wire. */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface Loopback {
  readonly url: string;
  /** Connections that were ever made to it. */
  connections(): number;
  close(): void;
}

/** @param tls with it, HTTPS */
export async function serve(
  answer: RequestListener,
  tls?: { readonly cert: string; readonly key: string },
): Promise<Loopback> {
  const server: Server = tls === undefined ? createServer(answer) : createTlsServer(tls, answer);
  let connections = 0;
  server.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const scheme = tls === undefined ? 'http' : 'https';
  return {
    url: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

export interface TokenRequest {
  readonly method: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly form: Readonly<Record<string, string>>;
}

/** An OAuth2 token endpoint. It gives `token-1`, `token-2`, … unless it is told otherwise. */
export interface TokenEndpoint extends Loopback {
  readonly requests: TokenRequest[];
  /** What its tokens say of their life; undefined: nothing. */
  expiresIn: number | string | undefined;
  /** What it answers instead; undefined: a token. */
  answer: ((response: ServerResponse, request: TokenRequest) => void) | undefined;
}

export async function serveTokens(tls?: {
  readonly cert: string;
  readonly key: string;
}): Promise<TokenEndpoint> {
  const loopback = await serve((message, response) => void receive(message, response), tls);
  const endpoint: TokenEndpoint = {
    ...loopback,
    url: `${loopback.url}/oauth/token`,
    requests: [],
    expiresIn: 3600,
    answer: undefined,
  };

  async function receive(message: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of message) body += String(chunk);
    const { method, headers } = message;
    const request = { method, headers, form: Object.fromEntries(new URLSearchParams(body)) };
    endpoint.requests.push(request);
    if (endpoint.answer !== undefined) endpoint.answer(response, request);
    else {
      const token = `token-${endpoint.requests.length}`;
      json(response, { access_token: token, token_type: 'bearer', expires_in: endpoint.expiresIn });
    }
  }
  return endpoint;
}

export function json(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
