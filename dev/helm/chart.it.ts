/** The chart says the same as the kustomizations, variant for variant, and refuses values that make no sense. No cluster is asked. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { Kubectl } from '../cluster/kubectl.ts';
import { chart, Helm } from './helm.ts';
import { values, type Values } from './values.fixtures.ts';

type Json = Record<string, unknown>;

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

const root = new URL('../..', import.meta.url).pathname;
const kubectl = new Kubectl({ PATH: process.env['PATH'] ?? '' });
const helm = await Helm.get();

/** What only one of the two forms has. */
const ofTheForm = new Set([
  'app.kubernetes.io/instance',
  'app.kubernetes.io/managed-by',
  'app.kubernetes.io/version',
  'helm.sh/chart',
  'helm.sh/resource-policy',
]);
/** The chart writes down what the operator takes by default anyway. */
const defaults: Readonly<Record<string, string>> = {
  BARISTA_CONCURRENCY: '32',
  BARISTA_SWEEP_SECONDS: '60',
  BARISTA_SWEEP_RATE: '5',
  BARISTA_LOG_LEVEL: 'info',
  BARISTA_LOG_FORMAT: 'json',
};

function isDefault(value: unknown): boolean {
  const { name, value: is } = (value ?? {}) as { name?: string; value?: string };
  return name !== undefined && is !== undefined && defaults[name] === is;
}

/** Without what tells the forms apart, and with what is text for a program in place of its lines. */
function plain(value: unknown, key = ''): unknown {
  if (key === 'servers.yaml') return parse(String(value)) as unknown;
  if (Array.isArray(value)) {
    const items = value.filter((item) => !isDefault(item)).map((item) => plain(item));
    return key === 'env' ? items.sort((a, b) => nameOf(a).localeCompare(nameOf(b))) : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name]) => !ofTheForm.has(name));
  const fields = Object.fromEntries(kept.map(([name, field]) => [name, plain(field, name)]));
  if (key === 'annotations' && kept.length === 0) return undefined;
  return Object.fromEntries(Object.entries(fields).filter(([, field]) => field !== undefined));
}

const nameOf = (item: unknown): string => (item as { name?: string }).name ?? '';

function objects(text: string): Map<string, unknown> {
  const all = parseAllDocuments(text)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null && manifest.kind !== 'Namespace');
  return new Map(
    all
      .map((manifest) => {
        const { namespace = '', name } = manifest?.metadata ?? { name: '' };
        return [`${manifest?.kind} ${namespace}/${name}`, plain(manifest)] as const;
      })
      .sort(([a], [b]) => a.localeCompare(b)),
  );
}

function template(name: string, values: Values): Promise<string> {
  const how = ['--namespace', 'barista-system', '--values', '-'];
  return helm.run(['template', name, chart, ...how], JSON.stringify(values));
}

const variants = [
  { folder: 'manifests/base', values: values.none },
  { folder: 'manifests/namespaced', values: values.namespaced },
  { folder: 'manifests/replicated', values: values.replicated },
];

describe('the chart', () => {
  for (const { folder, values } of variants) {
    test(`renders the objects of ${folder}`, async () => {
      const ours = objects(await template('barista-operator', values));
      const theirs = objects(await kubectl.run(['kustomize', join(root, folder)]));
      assert.deepEqual([...ours.keys()], [...theirs.keys()]);
      for (const [name, object] of theirs) assert.deepEqual(ours.get(name), object, name);
    });
  }

  test('gives a second operator names, a lease and rights of its own', async () => {
    const first = objects(await template('barista-operator', {}));
    const second = objects(await template('tea', values.second));
    assert.deepEqual(
      [...second.keys()].filter((name) => first.has(name)),
      [],
    );
    const text = JSON.stringify([...second.values()]);
    assert.match(text, /"BARISTA_LEASE_NAME","value":"tea-barista-operator"/);
    assert.match(text, /"resourceNames":\["tea-barista-operator"\]/);
    assert.match(text, /"BARISTA_SELECTOR","value":"shard=a"/);
  });

  test('has a policy unless it is not wanted, and in it those who are named', async () => {
    const policy = 'NetworkPolicy barista-system/barista-operator';
    const named = objects(await template('barista-operator', values.placed)).get(policy);
    const { metricsFrom: from, egress } = values.placed.networkPolicy;
    const { spec } = named as { spec: Json };
    assert.deepEqual(spec['ingress'], [{ ports: [{ port: 'http', protocol: 'TCP' }], from }]);
    assert.deepEqual(spec['egress'], egress);
    const without = objects(await template('barista-operator', { networkPolicy: { enabled: false } }));
    assert.ok(!without.has(policy));
  });

  test('has monitors, alerts and dashboards where they are wanted', async () => {
    const without = objects(await template('barista-operator', {}));
    const all = objects(await template('barista-operator', values.monitored));
    const added = [...all.keys()].filter((name) => !without.has(name));
    assert.deepEqual(added, [
      'ConfigMap barista-system/barista-operator-dashboard-fleet',
      'ConfigMap barista-system/barista-operator-dashboard-operator',
      'ConfigMap barista-system/barista-operator-dashboard-pipeline',
      'PodMonitor barista-system/barista-operator',
      'PodMonitor barista-system/barista-workers',
      'PrometheusRule barista-system/barista-operator',
    ]);
    const monitoring = join(root, 'manifests', 'monitoring');
    const { spec } = all.get('PrometheusRule barista-system/barista-operator') as { spec: unknown };
    const alerts = readFileSync(join(monitoring, 'rules.yaml'), 'utf8');
    assert.deepEqual(spec, parse(alerts.replaceAll('docs/alerts.md', 'https://example.org/alerts')));
    const dashboard = all.get('ConfigMap barista-system/barista-operator-dashboard-fleet') as {
      metadata: { labels: Json };
      data: Record<string, string>;
    };
    assert.equal(dashboard.metadata.labels['grafana_dashboard'], '1');
    assert.deepEqual(
      JSON.parse(dashboard.data['barista-fleet.json'] ?? ''),
      JSON.parse(readFileSync(join(monitoring, 'dashboards', 'barista-fleet.json'), 'utf8')),
    );
    // The workers are found as a Prometheus without its operator finds them.
    const [job] = (
      parse(readFileSync(join(monitoring, 'prometheus.yaml'), 'utf8')) as {
        scrape_configs: {
          relabel_configs: { target_label?: string; source_labels: string[]; regex: string }[];
        }[];
      }
    ).scrape_configs;
    const ways = (job?.relabel_configs ?? []).filter(({ target_label: to }) => to?.startsWith('__') === true);
    const monitor = JSON.stringify(all.get('PodMonitor barista-system/barista-workers'));
    for (const { source_labels: labels, regex } of ways)
      assert.ok(monitor.includes(JSON.stringify({ sourceLabels: labels, regex }).slice(1, -1)), monitor);
    assert.match(monitor, /"matchNames":\["streams"\]/);
  });

  test('takes the servers from a Secret that is there', async () => {
    const all = objects(await template('barista-operator', values.serversSecret));
    assert.ok(!all.has('ConfigMap barista-system/barista-servers'));
    assert.match(
      JSON.stringify([...all.values()]),
      /"secret":\{"name":"mine","items":\[\{"key":"servers.yaml"/,
    );
  });

  test('passes the lint of Helm', async () => {
    const said = await helm.run(['lint', '--strict', chart]);
    assert.match(said, /1 chart\(s\) linted, 0 chart\(s\) failed/);
  });

  for (const [what, values, says] of [
    ['a misspelt value', { replica: 2 }, /replica/],
    ['a URL with a password', { servers: [{ name: 'a', url: 'http://me:secret@x' }] }, /url/],
    ['no server', { servers: [] }, /servers/],
    ['a level that there is not', { settings: { logLevel: 'loud' } }, /logLevel/],
    ['namespaces without a name for the operator', { watch: { namespaces: ['cafe'] } }, /needs instance/],
  ] as const) {
    test(`refuses ${what}`, async () => {
      const { code, tail } = await helm.attempt(
        ['template', 'barista-operator', chart, '--values', '-'],
        JSON.stringify(values),
      );
      assert.notEqual(code, 0);
      assert.match(tail, says);
    });
  }

  test('knows every value that it explains, and explains every one that it knows', () => {
    const values = parse(readFileSync(join(chart, 'values.yaml'), 'utf8')) as Json;
    const { properties } = JSON.parse(readFileSync(join(chart, 'values.schema.json'), 'utf8')) as {
      properties: Json;
    };
    const known = Object.keys(properties).filter((name) => name !== 'global');
    assert.deepEqual(known.sort(), Object.keys(values).sort());
  });
});
