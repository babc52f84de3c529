/** The operator's configuration: the environment, parsed once into one frozen value. Pure. */
import { badRequirement } from './selector.ts';
import type { SettingName } from './settings.ts';

export interface OperatorConfig {
  /** Names this operator in stream descriptions; undefined: the uid of kube-system. */
  readonly instance: string | undefined;
  readonly workerImage: string;
  readonly serversFile: string;
  /** Namespace of the lease. */
  readonly namespace: string;
  /** Identity in the lease. */
  readonly podName: string;
  readonly leaderElection: boolean;
  /** Name of the lease: replicas that stand in for each other share it. */
  readonly leaseName: string;
  /** Namespaces of the pipelines to watch; undefined: all. */
  readonly watchNamespaces: readonly string[] | undefined;
  /** Label selector of the pipelines to watch; undefined: all. */
  readonly selector: string | undefined;
  readonly concurrency: number;
  /** Settled pipelines are looked at again after this long, jittered. */
  readonly sweepMs: number;
  /** Settled pipelines of one server that are looked at in a second, at most; a large fleet is then swept more slowly. */
  readonly sweepRate: number;
  readonly httpPort: number;
  /** Who may read the metrics: everybody, or those whom the API server knows and lets. */
  readonly metricsAuth: 'none' | 'kubernetes';
  /** Of the HTTP port; undefined: plain HTTP. */
  readonly httpKeyPair: { readonly certFile: string; readonly keyFile: string } | undefined;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  /** Undefined: `text` on a terminal, `json` elsewhere. */
  readonly logFormat: 'json' | 'text' | undefined;
}

export type Parsed<T> = { readonly ok: T } | { readonly problems: readonly string[] };

type Env = Readonly<Record<string, string | undefined>>;
type Read = (name: SettingName) => string | undefined;

export function parseConfig(env: Env): Parsed<OperatorConfig> {
  const problems: string[] = [];
  const read: Read = (name) => (env[name] === '' ? undefined : env[name]);
  const whole = (name: SettingName, otherwise: number, least: number): number => {
    const text = read(name);
    const value = text === undefined ? otherwise : Number(text);
    if (Number.isInteger(value) && value >= least) return value;
    problems.push(`${name} is "${text ?? ''}": give a whole number of at least ${least}.`);
    return otherwise;
  };
  const one = <T extends string>(name: SettingName, allowed: readonly [T, ...T[]]): T => {
    const text = read(name) ?? allowed[0];
    const found = allowed.find((value) => value === text);
    if (found === undefined) problems.push(`${name} is "${text}": give one of ${allowed.join(', ')}.`);
    return found ?? allowed[0];
  };
  const workerImage = read('BARISTA_WORKER_IMAGE');
  if (workerImage === undefined)
    problems.push('BARISTA_WORKER_IMAGE is missing: name the worker image of this release.');
  const config: OperatorConfig = {
    instance: readInstance(read, problems),
    workerImage: workerImage ?? '',
    serversFile: read('BARISTA_SERVERS_FILE') ?? '/etc/barista/servers.yaml',
    namespace: read('POD_NAMESPACE') ?? 'barista-system',
    podName: read('POD_NAME') ?? 'barista-operator',
    leaderElection: one('BARISTA_LEADER_ELECTION', ['true', 'false']) === 'true',
    ...readScope(read, problems),
    concurrency: whole('BARISTA_CONCURRENCY', 32, 1),
    sweepRate: whole('BARISTA_SWEEP_RATE', 5, 1),
    sweepMs: whole('BARISTA_SWEEP_SECONDS', 60, 1) * 1000,
    httpPort: whole('BARISTA_HTTP_PORT', 8080, 1),
    metricsAuth: one('BARISTA_METRICS_AUTH', ['none', 'kubernetes']),
    httpKeyPair: readKeyPair(read, problems),
    logLevel: one('BARISTA_LOG_LEVEL', ['info', 'debug', 'warn', 'error']),
    logFormat:
      read('BARISTA_LOG_FORMAT') === undefined
        ? undefined
        : one<'json' | 'text'>('BARISTA_LOG_FORMAT', ['json', 'text']),
  };
  return problems.length > 0 ? { problems } : { ok: Object.freeze(config) };
}

/** It stands between slashes in the description of a stream, see `ownerDescription`. */
function readInstance(read: Read, problems: string[]): string | undefined {
  const instance = read('BARISTA_INSTANCE');
  if (instance !== undefined && !/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(instance))
    problems.push(
      `BARISTA_INSTANCE is "${instance}": a name has letters, digits, ., _ and -, and begins and ends with a letter or digit.`,
    );
  return instance;
}

function readKeyPair(read: Read, problems: string[]): OperatorConfig['httpKeyPair'] {
  const certFile = read('BARISTA_HTTP_CERT_FILE');
  const keyFile = read('BARISTA_HTTP_KEY_FILE');
  if (certFile !== undefined && keyFile !== undefined) return { certFile, keyFile };
  if (certFile !== keyFile)
    problems.push(
      `BARISTA_HTTP_${certFile === undefined ? 'CERT' : 'KEY'}_FILE is missing: TLS needs a certificate and its key.`,
    );
  return undefined;
}

const NAMESPACE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const LEASE_NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const LEASE = 'barista-operator';

/** Which pipelines are this operator's, and who stands in for it. */
function readScope(
  read: Read,
  problems: string[],
): Pick<OperatorConfig, 'leaseName' | 'watchNamespaces' | 'selector'> {
  const names = read('BARISTA_WATCH_NAMESPACES')
    ?.split(',')
    .map((name) => name.trim());
  const bad = names?.find((name) => !NAMESPACE.test(name));
  if (bad !== undefined)
    problems.push(
      `BARISTA_WATCH_NAMESPACES has "${bad}", which is not the name of a namespace: give names joined by commas.`,
    );
  const selector = read('BARISTA_SELECTOR');
  const wrong = selector === undefined ? undefined : badRequirement(selector);
  if (wrong !== undefined)
    problems.push(
      `BARISTA_SELECTOR has "${wrong}": give a label selector such as shard=a or team in (tea,coffee), several joined by commas.`,
    );
  return {
    leaseName: readLeaseName(read, names !== undefined || selector !== undefined, problems),
    watchNamespaces: names === undefined ? undefined : [...new Set(names)],
    selector,
  };
}

/** An operator of a part that waited for the lease of another part would do nothing, for ever and without a word. */
function readLeaseName(read: Read, isPart: boolean, problems: string[]): string {
  const name = read('BARISTA_LEASE_NAME');
  if (name === undefined && isPart && read('BARISTA_LEADER_ELECTION') !== 'false')
    problems.push(
      'BARISTA_LEASE_NAME is missing: with BARISTA_WATCH_NAMESPACES or BARISTA_SELECTOR, give a name that only replicas with the same settings share.',
    );
  if (name !== undefined && !LEASE_NAME.test(name))
    problems.push(`BARISTA_LEASE_NAME is "${name}": give lower case letters, digits, - and .`);
  return name ?? LEASE;
}
