/** The SCDF servers of the configuration, each with its connections, its circuit and its metrics. The configuration may change. */
import { isDeepStrictEqual } from 'node:util';
import type { ServerConfig } from './config/servers.ts';
import { Circuit } from './dataflow/circuit.ts';
import { HttpDataflow } from './dataflow/http.ts';
import { OAuth2Tokens } from './dataflow/oauth2.ts';
import type { Dataflow, DataflowErrorKind } from './dataflow/port.ts';
import type { RequestHook } from './dataflow/rest.ts';
import { tokenFromFile, type TokenSource } from './dataflow/token.ts';
import { AppLookup } from './observed/app-lookup.ts';
import type { Server, ServerDirectory } from './reconcile/dependencies.ts';
import type { Clock } from './runtime/clock.ts';
import { RotatingFile } from './runtime/files.ts';
import { Serial } from './runtime/serial.ts';

/** What the label `operation` of the metrics may be. */
export const operations: readonly string[] = [
  'token',
  'appVersions',
  'definition',
  'deployment',
  'runtime',
  'history',
  'definitions',
  'platforms',
  'register',
  'makeDefault',
  'unregister',
  'create',
  'destroy',
  'deploy',
  'undeploy',
  'update',
  'scale',
];

const kinds: readonly (DataflowErrorKind | 'success')[] = [
  'success',
  'unreachable',
  'platformDown',
  'busy',
  'notFound',
  'exists',
  'inUse',
  'noDifference',
  'leftovers',
  'rejected',
  'unauthorized',
  'unexpected',
];

/** What the label `outcome` of the metrics may be. */
export const outcomes: readonly string[] = kinds;

export interface ServersParts {
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly mayWrite: () => boolean;
  readonly onRequest: (server: string, call: Parameters<RequestHook>[0]) => void;
  readonly onCircuit: (server: string, isOpen: boolean) => void;
  /** A server is connected, for the first time or anew. */
  readonly onConnected: (server: string) => void;
  readonly onGone: (server: string) => void;
}

/** A server as reconciles work with it. */
export function connected<T extends Dataflow>(
  config: ServerConfig,
  dataflow: T,
  clock: Clock,
  registry = new Serial(),
) {
  return { config, dataflow, apps: new AppLookup(dataflow, clock), registry };
}

/** Names of servers whose entry is another than before. */
export interface ServerChanges {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** A server as the metrics see it. */
export interface ServerLoad {
  readonly server: string;
  readonly inFlight: number;
  readonly waiting: number;
}

interface Connected extends Server {
  readonly dataflow: HttpDataflow;
  /** Calls under way come to their end. */
  readonly retire: () => void;
}

export class Servers implements ServerDirectory {
  readonly #parts: ServersParts;
  #servers: ReadonlyMap<string, Connected> = new Map();
  /** By URL, as two names may stand for one server, and what is under way outlives a change. */
  readonly #registries = new Map<string, Serial>();

  constructor(configs: readonly ServerConfig[], parts: ServersParts) {
    this.#parts = parts;
    this.take(configs);
  }

  get(name: string): Server | undefined {
    return this.#servers.get(name);
  }

  names(): readonly string[] {
    return [...this.#servers.keys()];
  }

  /** What is in force. */
  configs(): readonly ServerConfig[] {
    return [...this.#servers.values()].map(({ config }) => config);
  }

  load(): ServerLoad[] {
    return [...this.#servers].map(([server, { dataflow }]) => ({ server, ...dataflow.load }));
  }

  /** Takes another configuration. What is the same in it stays as it is, with its connections, its token and its circuit. */
  take(configs: readonly ServerConfig[]): ServerChanges {
    const before = this.#servers;
    this.#servers = new Map(configs.map((config) => [config.name, this.#connected(config)]));
    const names = this.names();
    const removed = [...before.keys()].filter((name) => !this.#servers.has(name));
    for (const name of removed) {
      before.get(name)?.retire();
      this.#parts.onGone(name);
    }
    return {
      added: names.filter((name) => !before.has(name)),
      changed: names.filter((name) => before.has(name) && before.get(name) !== this.#servers.get(name)),
      removed,
    };
  }

  #connected(config: ServerConfig): Connected {
    const before = this.#servers.get(config.name);
    if (before === undefined) return this.#connect(config);
    if (isDeepStrictEqual(before.config, config)) return before;
    if (isDeepStrictEqual(wayTo(before.config), wayTo(config))) return { ...before, config };
    before.retire();
    return this.#connect(config);
  }

  #connect(config: ServerConfig): Connected {
    const { clock, random, mayWrite, onRequest, onCircuit, onConnected } = this.#parts;
    const { name, url, caFile, concurrency, deployConcurrency, readTimeoutMs, writeTimeoutMs } = config;
    let retired = false;
    const hook: RequestHook = (call) => {
      // Of a server that is gone, or is another one now, nothing is counted.
      if (!retired) onRequest(name, call);
    };
    const onChange = (isOpen: boolean): void => {
      if (!retired) onCircuit(name, isOpen);
    };
    const token = this.#tokens(config, hook);
    const dataflow = new HttpDataflow({
      url,
      readTimeoutMs,
      writeTimeoutMs,
      places: { all: concurrency, slow: deployConcurrency },
      mayWrite,
      onRequest: hook,
      circuit: new Circuit({ clock, random, onChange }),
      ...(caFile === undefined ? {} : { ca: new RotatingFile(caFile, clock) }),
      ...(token === undefined ? {} : { token }),
    });
    onConnected(name);
    const retire = (): void => {
      retired = true;
      dataflow.retire();
    };
    return { ...connected(config, dataflow, clock, this.#registryOf(url)), retire };
  }

  #tokens({ tokenFile, oauth2, readTimeoutMs }: ServerConfig, hook: RequestHook): TokenSource | undefined {
    if (tokenFile !== undefined) return tokenFromFile(tokenFile);
    if (oauth2 === undefined) return undefined;
    const { clock } = this.#parts;
    const tokens = new OAuth2Tokens({
      config: oauth2,
      ca: oauth2.caFile === undefined ? undefined : new RotatingFile(oauth2.caFile, clock),
      timeoutMs: readTimeoutMs,
      clock,
      onRequest: (outcome, ms) => hook({ operation: 'token', outcome, ms }),
    });
    return tokens.token.bind(tokens);
  }

  #registryOf(url: string): Serial {
    const registry = this.#registries.get(url) ?? new Serial();
    this.#registries.set(url, registry);
    return registry;
  }
}

/** What a connection is made of; the rest says what pipelines do there. */
function wayTo(config: ServerConfig): unknown {
  return { ...config, platform: undefined, namespace: undefined, watchWorkloads: undefined };
}
