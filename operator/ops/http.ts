import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express, type Response } from 'express';
import type { Registry } from 'prom-client';
import type { Log } from '../runtime/log.ts';
import type { Runnable } from '../runtime/runnables.ts';

/** A sentence that says what is wrong; undefined when all is well. */
export type Check = () => string | undefined;

export interface OpsOptions {
  /** Failing means: this process should be started anew. */
  readonly live: Readonly<Record<string, Check>>;
  /** Failing means: not now. */
  readonly ready: Readonly<Record<string, Check>>;
  readonly registry: Registry;
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
  readonly #server: Server;
  /** The reason that was logged last for each check, so that a probe each second is not a line each second. */
  readonly #logged = new Map<string, string>();

  constructor(options: OpsOptions) {
    this.#options = options;
    this.#server = createServer(this.#app());
    // A probe that hangs holds nothing for long.
    this.#server.requestTimeout = 10_000;
  }

  /** Known after the start. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Throws when the port is taken. */
  start(): Promise<void> {
    const { port, host } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', (cause) => {
        const text = `cannot listen on port ${port}: ${cause.message}; choose another one or stop what uses it`;
        reject(new Error(text, { cause }));
      });
      this.#server.listen({ port, ...(host === undefined ? {} : { host }) }, () => resolve());
    });
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #app(): Express {
    const { live, ready, registry, log } = this.#options;
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
    app.get('/metrics', async (_, response) => {
      try {
        const text = await registry.metrics();
        response.type(registry.contentType).send(text);
      } catch (error) {
        log.error('the metrics cannot be collected', { err: error });
        response.status(500).type('text/plain').send('the metrics cannot be collected\n');
      }
    });
    app.use((_, response) => {
      response.status(404).type('text/plain').send('not found; there are /healthz, /readyz and /metrics\n');
    });
    return app;
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
