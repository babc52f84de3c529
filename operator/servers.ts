/** The SCDF servers of the configuration, each with its connections and metrics. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { ServerConfig } from './config/servers.ts';
import type { Circuit } from './dataflow/circuit.ts';
import { HttpDataflow } from './dataflow/http.ts';
import type { Dataflow, DataflowErrorKind } from './dataflow/port.ts';
import type { RequestHook } from './dataflow/rest.ts';
import { AppLookup } from './observed/app-lookup.ts';
import type { Server } from './reconcile/dependencies.ts';
import type { Clock } from './runtime/clock.ts';
import { Serial } from './runtime/serial.ts';

/** What the label `operation` of the metrics may be. */
export const operations: readonly string[] = [
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

/** What a server is connected with. */
export interface Wiring {
  readonly onRequest: RequestHook;
  readonly mayWrite: () => boolean;
  readonly circuit: Circuit;
}

/** Throws when a CA file cannot be read. */
export function connectServers(
  configs: readonly ServerConfig[],
  wiring: (server: string) => Wiring,
  clock: Clock,
): ReadonlyMap<string, Server> {
  return new Map(
    configs.map((config) => [
      config.name,
      connected(config, connectServer(config, wiring(config.name)), clock),
    ]),
  );
}

/** The server as reconciles work with it. */
export function connected(config: ServerConfig, dataflow: Dataflow, clock: Clock): Server {
  return { config, dataflow, apps: new AppLookup(dataflow, clock), registry: new Serial() };
}

function connectServer(config: ServerConfig, wiring: Wiring): HttpDataflow {
  const { url, caFile, tokenFile, readTimeoutMs, writeTimeoutMs } = config;
  return new HttpDataflow({
    url,
    readTimeoutMs,
    writeTimeoutMs,
    ...wiring,
    ...(caFile === undefined ? {} : { ca: readFileSync(caFile, 'utf8') }),
    // Read for each call: the token may rotate.
    ...(tokenFile === undefined ? {} : { token: async () => (await readFile(tokenFile, 'utf8')).trim() }),
  });
}
