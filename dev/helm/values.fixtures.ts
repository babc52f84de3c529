/** Sets of values of the chart, which between them make every template write everything that it can. */

export type Values = Readonly<Record<string, unknown>>;

const on = { enabled: true };

export const values = {
  none: {},
  namespaced: { watch: { namespaces: ['cafe'] }, instance: 'namespaced' },
  /** For a second operator on a cluster. */
  second: { watch: { selector: 'shard=a' }, crds: { install: false }, rbac: { aggregate: false } },
  replicated: { replicas: 2 },
  monitored: {
    monitoring: {
      podMonitors: { ...on, labels: { release: 'prometheus' }, workerNamespaces: ['streams'] },
      rules: { ...on, runbooks: 'https://example.org/alerts' },
      dashboards: on,
    },
  },
  serversSecret: { serversSecret: 'mine' },
  /** For an operator that may talk only to whom it has to, in a cluster of several tenants. */
  placed: {
    image: { repository: 'registry.example/operator', digest: `sha256:${'0'.repeat(64)}` },
    imagePullSecrets: [{ name: 'registry' }],
    priorityClassName: 'system-cluster-critical',
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    tolerations: [{ key: 'control-plane', operator: 'Exists', effect: 'NoSchedule' }],
    podLabels: { team: 'coffee' },
    podAnnotations: { 'example.org/note': 'none' },
    env: [{ name: 'HTTPS_PROXY', value: 'http://proxy.example:3128' }],
    networkPolicy: {
      metricsFrom: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
      egress: [{ ports: [{ port: 6443, protocol: 'TCP' }] }],
    },
  },
} as const satisfies Readonly<Record<string, Values>>;
