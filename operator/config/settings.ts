/** The operator's settings by environment: all names that are read, and what docs/operator-configuration.md says of them. */

export interface Setting {
  /** What counts when it is not set, as one would write it; undefined: there is no such value, and `otherwise` says what then. */
  readonly default?: string;
  /** In a few words, what happens without it, where that is no value. */
  readonly otherwise?: string;
  /** A sentence. */
  readonly meaning: string;
}

export const settings = {
  BARISTA_WORKER_IMAGE: {
    otherwise: 'required',
    meaning: 'The worker of pipelines that name no image. It belongs to the release of the operator.',
  },
  BARISTA_SERVERS_FILE: {
    default: '/etc/barista/servers.yaml',
    meaning: 'The file that names the SCDF servers. It is read again when it changes.',
  },
  BARISTA_INSTANCE: {
    otherwise: 'the uid of the namespace `kube-system`',
    meaning:
      'Names this operator in the descriptions of its streams, so that several clusters may share a server. Streams of another name are a stranger’s: choose it once.',
  },
  BARISTA_WATCH_NAMESPACES: {
    otherwise: 'all namespaces',
    meaning: 'Names joined by commas: where the pipelines are. Needs a lease name.',
  },
  BARISTA_SELECTOR: {
    otherwise: 'all pipelines',
    meaning: 'A label selector, such as `shard=a`: which pipelines are this operator’s. Needs a lease name.',
  },
  BARISTA_LEASE_NAME: {
    default: 'barista-operator',
    meaning:
      'The Lease by which replicas agree on who leads. Operators of different parts need different ones.',
  },
  BARISTA_LEADER_ELECTION: {
    default: 'true',
    meaning: '`false` for a single replica that never has a second one beside it, as in development.',
  },
  BARISTA_CONCURRENCY: {
    default: '32',
    meaning:
      'Reconciles at a time. A few of them are kept for each server, so that one that hangs does not hold up the pipelines of the others.',
  },
  BARISTA_SWEEP_SECONDS: {
    default: '60',
    meaning: 'How often a settled pipeline is looked at, though nothing was seen to change.',
  },
  BARISTA_SWEEP_RATE: {
    default: '5',
    meaning:
      'Settled pipelines of one server that are looked at in a second, at most: a large fleet is swept more slowly.',
  },
  BARISTA_HTTP_PORT: { default: '8080', meaning: 'Where `/healthz`, `/readyz` and `/metrics` are served.' },
  BARISTA_HTTP_CERT_FILE: {
    otherwise: 'plain HTTP',
    meaning: 'A certificate as PEM, for TLS on that port. It is read again when it changes.',
  },
  BARISTA_HTTP_KEY_FILE: { otherwise: 'plain HTTP', meaning: 'The key that belongs to it, as PEM.' },
  BARISTA_METRICS_AUTH: {
    default: 'none',
    meaning:
      'Who may read `/metrics`. `none`: everybody. `kubernetes`: who sends a bearer token of the cluster and [may get it](monitoring.md#metrics-for-some-only).',
  },
  BARISTA_LOG_LEVEL: { default: 'info', meaning: '`debug`, `info`, `warn` or `error`.' },
  BARISTA_LOG_FORMAT: { otherwise: '`text` on a terminal, `json` elsewhere', meaning: '`json` or `text`.' },
  POD_NAMESPACE: {
    default: 'barista-system',
    meaning: 'The namespace of the Lease. The manifests set it.',
  },
  POD_NAME: {
    default: 'barista-operator',
    meaning: 'Who this replica is, in the Lease and in events. The manifests set it.',
  },
} as const satisfies Readonly<Record<string, Setting>>;

export type SettingName = keyof typeof settings;
