/** docs/metrics.md, from the registries of the two programs as they are made when these start. */
import type { MetricObject, Registry } from 'prom-client';
import { parseConfig as parseWorkerConfig } from '../../app/config/config.ts';
import { credentialMetrics } from '../../app/ops/credential-metrics.ts';
import { createMetrics } from '../../app/ops/metrics.ts';
import { parseConfig } from '../../operator/config/config.ts';
import type { Connection } from '../../operator/kube/connection.ts';
import { operator } from '../../operator/operator.ts';
import { createLogger } from '../../operator/ops/logger.ts';
import { createRegistry } from '../../operator/ops/metrics.ts';
import { systemClock } from '../../operator/runtime/clock.ts';
import { code, escape, generatedFrom, table } from './table.ts';

/** prom-client has the labels, and does not say so in its types. */
type Metric = MetricObject & { readonly labelNames?: readonly string[] };

export interface MetricInfo {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/** Of the process and of Node.js: prom-client has them, and they are the same in every program. */
const isOfProcess = ({ name }: MetricInfo): boolean => /^(process|nodejs)_/.test(name);

export function metricsPage(): string {
  const ofOperator = operatorMetrics();
  return [
    '# Metrics',
    generatedFrom('the registries of the operator and the worker'),
    'Names and labels are as Prometheus wants them: base units, `_total` for what only grows. A histogram has `_bucket`, `_sum` and `_count`. How they are scraped, and questions worth asking: [monitoring](monitoring.md).',
    '## The operator',
    'At `/metrics`. `controller_runtime_…`, `workqueue_…`, `rest_client_…` and `leader_election_…` have the names and buckets of Go’s controller-runtime and client-go, so that dashboards made for those serve.',
    listOf(ofOperator.filter((it) => !isOfProcess(it))),
    '## The worker',
    'At `/actuator/prometheus` and `/metrics`.',
    listOf(workerMetrics().filter((it) => !isOfProcess(it))),
    '## The process',
    'Both programs have these as well, from [prom-client](https://github.com/siimon/prom-client).',
    listOf(ofOperator.filter(isOfProcess)),
  ].join('\n\n');
}

/** Those of an operator that is put together as main.ts does it, and not started. */
export function operatorMetrics(): readonly MetricInfo[] {
  const config = parseConfig({ BARISTA_WORKER_IMAGE: 'worker:1' });
  if ('problems' in config) throw new Error(config.problems.join(' '));
  const registry = createRegistry('1');
  operator({
    config: config.ok,
    servers: [],
    // Nothing is asked before a part is started.
    connection: {} as Connection,
    instance: 'docs',
    version: '1',
    clock: systemClock,
    random: () => 0,
    log: createLogger({ level: 'error', format: 'json' }),
    registry,
    onLost: () => undefined,
  });
  return metricsOf(registry);
}

export function workerMetrics(): readonly MetricInfo[] {
  const args = ['orders', 'hot.drink', 'cold.drink'].map(
    (binding) => `--spring.cloud.stream.bindings.${binding}.destination=${binding}`,
  );
  const sources = { args: [...args, '--spring.cloud.stream.kafka.binder.brokers=kafka:9092'], env: {} };
  const result = parseWorkerConfig({ ...sources, springApplicationJson: undefined });
  if (!result.ok) throw new Error(result.problems.join(' '));
  const { registry } = createMetrics(result.config, { version: '1', revision: '' });
  credentialMetrics(registry, () => []);
  return metricsOf(registry);
}

function metricsOf(registry: Registry): readonly MetricInfo[] {
  return (registry.getMetricsAsArray() as Metric[])
    .map(({ name, type, help, labelNames }) => ({
      name,
      type: String(type),
      help,
      labels: labelNames ?? [],
    }))
    .sort((a, b) => a.name.localeCompare(b.name, 'en'));
}

function listOf(metrics: readonly MetricInfo[]): string {
  return table(
    ['Metric', 'Kind', 'Labels', 'Meaning'],
    metrics.map(({ name, type, labels, help }) => [
      code(name),
      type,
      labels.map(code).join(', '),
      escape(/[.!?]$/.test(help) ? help : `${help}.`),
    ]),
  );
}
