/**
 * Where the API server is and how to be let in. client-node reads the kubeconfig, runs exec plugins and knows the
 * service account of a pod; the connections are our own, because client-node opens a new one for every call.
 */
import http from 'node:http';
import https from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import type { Clock } from '../runtime/clock.ts';
import { tcpKeepAliveMs, type Access, type Connection } from './connection.ts';
import { KubeError } from './port.ts';

/** How long credentials are used before they are read again: tokens of service accounts and exec plugins rotate. */
const freshForMs = 30_000;
/** As many as reconciles run at a time, and some: a new one costs a TLS handshake. */
const idleConnections = 64;

/** Throws an Error with a sentence for the user when there is no usable configuration. */
export function loadKubeConfig(file?: string): KubeConfig {
  const config = new KubeConfig();
  if (file === undefined) config.loadFromDefault();
  else config.loadFromFile(file);
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new Error(
      `the kubeconfig has no cluster for its current context "${config.getCurrentContext()}": ` +
        'choose one with kubectl config use-context',
    );
  }
  if (cluster.server === 'http://localhost:8080') {
    throw new Error(
      'no Kubernetes cluster is configured: set KUBECONFIG to a kubeconfig file, or run in a pod with a service account',
    );
  }
  return config;
}

export function connect(config: KubeConfig, clock: Clock): Connection {
  return new KubeConfigConnection(config, clock);
}

/** The options that decide whether a connection may be shared. */
type Tls = Pick<
  https.AgentOptions,
  'ca' | 'cert' | 'key' | 'pfx' | 'passphrase' | 'servername' | 'rejectUnauthorized'
>;

class KubeConfigConnection implements Connection {
  readonly server: URL;
  readonly namespace: string | undefined;
  readonly #config: KubeConfig;
  readonly #clock: Clock;
  #access: { readonly value: Access; readonly readAt: number } | undefined;
  #reading: Promise<Access> | undefined;
  #agent: { readonly value: http.Agent; readonly tls: string } | undefined;

  constructor(config: KubeConfig, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
    this.server = new URL(config.getCurrentCluster()?.server ?? '');
    this.namespace = config.getContextObject(config.getCurrentContext())?.namespace;
  }

  access(): Promise<Access> {
    const known = this.#access;
    if (known !== undefined && this.#clock.monotonic() - known.readAt < freshForMs) {
      return Promise.resolve(known.value);
    }
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  close(): void {
    this.#agent?.value.destroy();
  }

  async #read(): Promise<Access> {
    const options: https.RequestOptions = {};
    try {
      await this.#config.applyToHTTPSOptions(options);
    } catch (cause) {
      // A file that is being replaced is no reason to fail while the credentials at hand may still do.
      if (this.#access !== undefined) return this.#access.value;
      const text = cause instanceof Error ? cause.message : String(cause);
      throw new KubeError('forbidden', `the credentials for ${this.server.host} cannot be read: ${text}`, {
        cause,
      });
    }
    const value: Access = {
      agent: this.#agentFor(options),
      headers: (options.headers ?? {}) as http.OutgoingHttpHeaders,
      ...(typeof options.auth === 'string' ? { auth: options.auth } : {}),
    };
    this.#access = { value, readAt: this.#clock.monotonic() };
    return value;
  }

  /** One agent for all calls, and another one only when the certificates have changed. */
  #agentFor(options: https.RequestOptions): http.Agent {
    // client-node's agent knows how to go through a proxy; ours does not.
    if (isProxied(this.#config)) return options.agent as http.Agent;
    const { ca, cert, key, pfx, passphrase, servername, rejectUnauthorized } = options;
    const given: Tls = defined({ ca, cert, key, pfx, passphrase, servername, rejectUnauthorized });
    const tls = JSON.stringify(given);
    if (this.#agent?.tls === tls) return this.#agent.value;
    if (this.#agent !== undefined) retire(this.#agent.value);
    const shared = {
      keepAlive: true,
      keepAliveMsecs: tcpKeepAliveMs,
      maxFreeSockets: idleConnections,
    };
    const value =
      this.server.protocol === 'https:' ? new https.Agent({ ...shared, ...given }) : new http.Agent(shared);
    this.#agent = { value, tls };
    return value;
  }
}

function isProxied(config: KubeConfig): boolean {
  return (config.getCurrentCluster()?.proxyUrl ?? '') !== '';
}

/** Closes what is idle; calls that run come to their end. */
function retire(agent: http.Agent): void {
  agent.maxFreeSockets = 0;
  for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy();
}

function defined<T extends object>(value: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}
