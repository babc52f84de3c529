/** The pages that are generated are what their sources make of them, and the sources are complete. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { parseConfig as parseWorkerConfig } from '../../app/config/config.ts';
import { kafkaSettings, settings as workerSettings } from '../../app/config/settings.ts';
import { parseConfig } from '../../operator/config/config.ts';
import type { KnownFields } from '../../operator/config/fields.ts';
import { oauth2Fields } from '../../operator/config/oauth2.ts';
import { serverFields } from '../../operator/config/servers.ts';
import { settings as operatorSettings } from '../../operator/config/settings.ts';
import { alertsTable, withTable, type Rules } from './alerts.ts';
import { headingsOf } from './markdown.ts';
import { operatorMetrics, workerMetrics } from './metrics.ts';
import { fileOf, generatedPages, render } from './render.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

for (const page of generatedPages)
  test(`docs/${page} is up to date with its source (else: make docs)`, async () => {
    assert.equal(readFileSync(fileOf(page), 'utf8'), await render(page));
  });

describe('the settings of the operator', () => {
  const required = { BARISTA_WORKER_IMAGE: 'worker:1' };
  for (const [name, it] of Object.entries(operatorSettings)) {
    test(`${name} is read`, () => assert.ok(read('operator/config/config.ts').includes(`'${name}'`)));
    if ('default' in it)
      test(`${name}: its default given changes nothing`, () =>
        assert.deepEqual(parseConfig({ ...required, [name]: it.default }), parseConfig(required)));
  }
});

describe('the settings of the worker', () => {
  const sources = ['app/config/config.ts', 'app/config/security.ts'].map(read).join('\n');
  const env: Record<string, string> = { SPRING_CLOUD_STREAM_KAFKA_BINDER_BROKERS: 'kafka:9092' };
  for (const binding of ['orders', 'hot.drink', 'cold.drink'])
    env[`spring.cloud.stream.bindings.${binding}.destination`] = binding;
  const config = (more: Readonly<Record<string, string>>) =>
    parseWorkerConfig({ args: [], springApplicationJson: undefined, env: { ...env, ...more } });
  test('are enough with those that are required', () => assert.ok(config({}).ok));
  for (const [name, it] of Object.entries({ ...workerSettings, ...kafkaSettings })) {
    test(`${name} is read`, () => assert.ok(sources.includes(`'${name}'`)));
    if ('default' in it)
      test(`${name}: its default given changes nothing`, () => {
        const full = name in kafkaSettings ? `spring.kafka.properties.${name}` : name;
        assert.deepEqual(config({ [full]: it.default }), config({}));
      });
  }
});

describe('servers.md', () => {
  const [, server = '', oauth2 = ''] =
    /## Fields of a server\n(.*?)\n## Fields of `oauth2`\n(.*?)\n## /s.exec(read('docs/servers.md')) ?? [];
  const rows = (text: string) =>
    [...text.matchAll(/^\| ((?:`\w+`(?:, )?)+)/gm)].flatMap(([, names = '']) => names.match(/\w+/g) ?? []);
  const known = (fields: KnownFields) => Object.keys(fields).filter((name) => fields[name] === undefined);
  test('has every field that a server may have, and no other', () =>
    assert.deepEqual(rows(server).sort(), known(serverFields).sort()));
  test('has every field that oauth2 may have, and no other', () =>
    assert.deepEqual(rows(oauth2).sort(), known(oauth2Fields).sort()));
});

describe('the metrics', () => {
  test('are found in both programs, with their labels', () => {
    const one = (name: string) => [...operatorMetrics(), ...workerMetrics()].find((it) => it.name === name);
    assert.deepEqual(one('barista_drinks_served_total')?.labels, ['drink']);
    assert.deepEqual(one('rest_client_requests_total')?.labels, ['code', 'method', 'host']);
    assert.equal(one('barista_end_to_end_seconds')?.type, 'histogram');
    assert.ok(one('leader_election_master_status') !== undefined, 'of a part that only a replica has');
  });

  test('that the dashboards and alerts ask for are all there', () => {
    const known = new Set(
      [...operatorMetrics(), ...workerMetrics()].flatMap(({ name, type }) =>
        type === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => name + end) : [name],
      ),
    );
    const asked = read('manifests/monitoring/rules.yaml').match(
      /\b(barista|controller_runtime|workqueue|rest_client|leader_election|kafka)_[a-z_]+\b/g,
    );
    assert.deepEqual(
      [...new Set(asked)].filter((name) => !known.has(name)),
      [],
    );
  });
});

describe('the page of alerts', () => {
  const rules = parse(read('manifests/monitoring/rules.yaml')) as Rules;

  test('has a section for each alert, and none without', () => {
    const alerts = rules.groups.flatMap((group) => group.rules.map(({ alert }) => alert));
    const sections = headingsOf(read('docs/alerts.md')).filter(({ level }) => level === 3);
    assert.deepEqual(sections.map(({ text }) => text).sort(), alerts.sort());
  });

  test('needs a place for its table', () => {
    const alert = { alert: 'NoMilk', expr: 'milk\n  < 1', for: '2m', labels: { severity: 'critical' } };
    const rows = alertsTable({ groups: [{ name: 'bar', rules: [alert] }] });
    assert.ok(rows.includes('| [NoMilk](#nomilk) | critical | 2m | `milk < 1` |'));
    assert.throws(() => withTable('# Alerts\n', '| a |'), /no place for a table/);
  });
});
