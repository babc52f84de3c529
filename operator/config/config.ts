/** The operator's configuration: the environment, parsed once into one frozen value. Pure. */
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
  /** Namespace to watch; undefined: all. */
  readonly watchNamespace: string | undefined;
  readonly concurrency: number;
  /** Settled pipelines are looked at again after this long, jittered. */
  readonly sweepMs: number;
  readonly httpPort: number;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  /** Undefined: `text` on a terminal, `json` elsewhere. */
  readonly logFormat: 'json' | 'text' | undefined;
}

export type Parsed<T> = { readonly ok: T } | { readonly problems: readonly string[] };

type Env = Readonly<Record<string, string | undefined>>;

export function parseConfig(env: Env): Parsed<OperatorConfig> {
  const problems: string[] = [];
  const read = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]);
  const whole = (name: string, otherwise: number, least: number): number => {
    const text = read(name);
    const value = text === undefined ? otherwise : Number(text);
    if (Number.isInteger(value) && value >= least) return value;
    problems.push(`${name} is "${text ?? ''}": give a whole number of at least ${least}.`);
    return otherwise;
  };
  const one = <T extends string>(name: string, allowed: readonly [T, ...T[]]): T => {
    const text = read(name) ?? allowed[0];
    const found = allowed.find((value) => value === text);
    if (found === undefined) problems.push(`${name} is "${text}": give one of ${allowed.join(', ')}.`);
    return found ?? allowed[0];
  };
  const workerImage = read('BARISTA_WORKER_IMAGE');
  if (workerImage === undefined)
    problems.push('BARISTA_WORKER_IMAGE is missing: name the worker image of this release.');
  const config: OperatorConfig = {
    instance: read('BARISTA_INSTANCE'),
    workerImage: workerImage ?? '',
    serversFile: read('BARISTA_SERVERS_FILE') ?? '/etc/barista/servers.yaml',
    namespace: read('POD_NAMESPACE') ?? 'barista-system',
    podName: read('POD_NAME') ?? 'barista-operator',
    leaderElection: one('BARISTA_LEADER_ELECTION', ['true', 'false']) === 'true',
    watchNamespace: read('BARISTA_WATCH_NAMESPACE'),
    concurrency: whole('BARISTA_CONCURRENCY', 4, 1),
    sweepMs: whole('BARISTA_SWEEP_SECONDS', 60, 1) * 1000,
    httpPort: whole('BARISTA_HTTP_PORT', 8080, 1),
    logLevel: one('BARISTA_LOG_LEVEL', ['info', 'debug', 'warn', 'error']),
    logFormat:
      read('BARISTA_LOG_FORMAT') === undefined
        ? undefined
        : one<'json' | 'text'>('BARISTA_LOG_FORMAT', ['json', 'text']),
  };
  return problems.length > 0 ? { problems } : { ok: Object.freeze(config) };
}
