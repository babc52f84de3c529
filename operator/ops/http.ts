import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import express, { type Express, type Response } from 'express';
import type { Registry } from 'prom-client';
import type { Log } from '../runtime/log.ts';
import type { Runnable } from '../runtime/runnables.ts';
import type { RotatingKeyPair } from './key-pair.ts';
import type { Guard } from './metrics-guard.ts';

/** A sentence that says what is wrong; undefined when all is well. */
export type Check = () => string | undefined;

export interface OpsOptions {
  /** Failing means: this process should be started anew. */
  readonly live: Readonly<Record<string, Check>>;
  /** Failing means: not now. */
  readonly ready: Readonly<Record<string, Check>>;
  readonly registry: Registry;
  /** Default: everybody may read the metrics. Health is open in any case: the kubelet asks without a name. */
  readonly guard?: Guard | undefined;
  /** Default: plain HTTP. It covers the whole port. */
  readonly keyPair?: RotatingKeyPair | undefined;
  readonly log: Log;
  /** 0 takes any free one. */
  readonly port: number;
  /** Default: all addresses. */
  readonly host?: string;
}

/**
 * `/healthz`, `/readyz` and `/metrics`; a single check is at `/readyz/<name>`. Everybody may ask, so an answer says which
 * check failed but not why: the reason may hold names and addresses, and goes to the log.
 */
export class OpsServer implements Runnable {
  readonly name = 'http';
  readonly #options: OpsOptions;
  readonly #server: Server | TlsServer;
  /** The reason that was logged last for each check, so that a probe each second is not a line each second. */
  readonly #logged = new Map<string, string>();

  constructor(options: OpsOptions) {
    this.#options = options;
    const app = this.#app();
    this.#server =
      options.keyPair === undefined
        ? createServer(app)
        : createTlsServer({ handshakeTimeout: 10_000, minVersion: 'TLSv1.2' }, app);
    // A probe that hangs holds nothing for long.
    this.#server.requestTimeout = 10_000;
  }

  /** Known after the start. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Throws when the port is taken, or there is no certificate. */
  async start(): Promise<void> {
    const { port, host, keyPair } = this.#options;
    const server = this.#server;
    if (keyPair !== undefined && 'setSecureContext' in server)
      server.setSecureContext(await keyPair.start((renewed) => server.setSecureContext(renewed)));
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (cause) => {
        const text = `cannot listen on port ${port}: ${cause.message}; choose another one or stop what uses it`;
        reject(new Error(text, { cause }));
      });
      this.#server.listen({ port, ...(host === undefined ? {} : { host }) }, () => resolve());
    });
  }

  stop(): Promise<void> {
    this.#options.keyPair?.stop();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #app(): Express {
    const { live, ready } = this.#options;
    const app = express();
    app.disable('x-powered-by');
    app.disable('etag');
    for (const [path, checks] of [
      ['/healthz', live],
      ['/readyz', ready],
    ] as const) {
      app.get(path, (_, response) => this.#answer(response, path, checks));
      for (const [name, check] of Object.entries(checks)) {
        app.get(`${path}/${name}`, (_, response) => this.#answer(response, path, { [name]: check }));
      }
    }
    app.get('/metrics', (request, response) => this.#metrics(request.headers.authorization, response));
    app.use((_, response) => {
      response.status(404).type('text/plain').send('not found; there are /healthz, /readyz and /metrics\n');
    });
    return app;
  }

  async #metrics(authorization: string | undefined, response: Response): Promise<void> {
    const { guard, registry, log } = this.#options;
    const refusal = await guard?.(authorization);
    if (refusal !== undefined) {
      const { status, text } = refusal;
      if (status === 401) response.set('WWW-Authenticate', 'Bearer');
      response.status(status).type('text/plain').send(`${text}\n`);
      return;
    }
    try {
      const text = await registry.metrics();
      response.type(registry.contentType).send(text);
    } catch (error) {
      log.error('the metrics cannot be collected', { err: error });
      response.status(500).type('text/plain').send('the metrics cannot be collected\n');
    }
  }

  /** As Kubernetes' own components answer. */
  #answer(response: Response, path: string, checks: Readonly<Record<string, Check>>): void {
    const lines = Object.entries(checks).map(([name, check]) => {
      const reason = this.#run(`${path}/${name}`, check);
      return reason === undefined ? `[+]${name} ok` : `[-]${name} failed: reason withheld`;
    });
    const failed = lines.some((line) => line.startsWith('[-]'));
    const verdict = `${path.slice(1)} check ${failed ? 'failed' : 'passed'}`;
    response
      .status(failed ? 500 : 200)
      .type('text/plain')
      .send([...lines, verdict, ''].join('\n'));
  }

  #run(path: string, check: Check): string | undefined {
    const reason = attempt(check);
    const before = this.#logged.get(path);
    if (reason === before) return reason;
    if (reason === undefined) {
      this.#logged.delete(path);
      this.#options.log.info('a health check passes again', { check: path });
    } else {
      this.#logged.set(path, reason);
      this.#options.log.warn('a health check fails', { check: path, reason });
    }
    return reason;
  }
}

function attempt(check: Check): string | undefined {
  try {
    return check();
  } catch (error) {
    return `the check threw: ${String(error)}`;
  }
}
