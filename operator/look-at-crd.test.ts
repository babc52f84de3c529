import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { knownFields } from './api/known-fields.ts';
import { KubeError, type KubeObject } from './kube/port.ts';
import { differenceOf, fieldsOf, lookAtCrd } from './look-at-crd.ts';
import { MemoryLog, type LogLine } from './runtime/log.fixtures.ts';

interface Schema {
  properties: Record<string, { properties: Record<string, unknown> }>;
}
interface Crd extends KubeObject {
  spec: { versions: [{ name: string; schema: { openAPIV3Schema: Schema } }] };
}

const ours = () =>
  parse(readFileSync(new URL('../crds/baristapipelines.yaml', import.meta.url), 'utf8')) as Crd;
const specOf = (crd: Crd) => crd.spec.versions[0].schema.openAPIV3Schema.properties['spec']!.properties;

/** With a field that only a later release has, without one of ours, or with another version. */
const cluster = {
  same: ours(),
  newer: ours(),
  older: ours(),
  other: ours(),
};
specOf(cluster.newer)['tea'] = { type: 'object', properties: { leaves: { type: 'integer' } } };
delete specOf(cluster.older)['kafka'];
cluster.other.spec.versions[0].name = 'v2';

describe('the fields of a schema', () => {
  test('are those of spec and status, of objects in lists, too', () => {
    const text = { type: 'string' };
    const item = { type: 'object', properties: { name: text } };
    const schema = {
      properties: {
        kind: text,
        metadata: { properties: { name: text } },
        spec: { properties: { many: { items: item }, map: { additionalProperties: text } } },
        status: {},
      },
    };
    assert.deepEqual(fieldsOf(schema), ['spec', 'spec.many', 'spec.many[].name', 'spec.map', 'status']);
  });

  test('are known to the operator', () => {
    for (const path of [
      'spec.topics.orders',
      'spec.barista.image',
      'status.streams[].name',
      'status.replicas',
    ])
      assert.ok(knownFields.includes(path), path);
  });
});

describe('the CRD of the cluster', () => {
  test('lacks or has fields', () => {
    assert.deepEqual(differenceOf(cluster.same), { onlyOperator: [], onlyCluster: [] });
    assert.deepEqual(differenceOf(cluster.newer), {
      onlyOperator: [],
      onlyCluster: ['spec.tea', 'spec.tea.leaves'],
    });
    const kafka = [
      'spec.kafka',
      'spec.kafka.bootstrapServers',
      'spec.kafka.secretRef',
      'spec.kafka.secretRef.name',
    ];
    assert.deepEqual(differenceOf(cluster.older), { onlyOperator: kafka, onlyCluster: [] });
  });

  async function said(answer: KubeObject | KubeError | undefined, mayLook = true): Promise<LogLine> {
    const log = new MemoryLog();
    const get = () => (answer instanceof KubeError ? Promise.reject(answer) : Promise.resolve(answer));
    await lookAtCrd({ get }, log, mayLook);
    const [line, ...more] = log.lines;
    assert.ok(line !== undefined && more.length === 0, JSON.stringify(log.lines));
    return line;
  }

  const cases: readonly [string, KubeObject | KubeError | undefined, LogLine['level'], RegExp][] = [
    ['is of this release', cluster.same, 'debug', /has the fields/],
    ['is of a later one', cluster.newer, 'info', /later release.*onlyCluster":\["spec\.tea"/],
    [
      'is of an earlier one',
      cluster.older,
      'warn',
      /apply that of this release.*onlyOperator":\["spec\.kafka"/,
    ],
    ['has another version', cluster.other, 'warn', /does not serve.*v1alpha1/],
    ['is not there', undefined, 'warn', /there is no CRD/],
    ['may not be seen', new KubeError('forbidden', 'no'), 'debug', /has no right to/],
    ['cannot be seen', new KubeError('transient', 'away'), 'info', /could not be looked at/],
  ];
  for (const [what, answer, level, text] of cases) {
    test(`is told of in one line when it ${what}`, async () => {
      const line = await said(answer);
      assert.equal(line.level, level);
      assert.match(`${line.message} ${JSON.stringify(line.fields)}`, text);
    });
  }

  test('is not asked for by an operator of some namespaces', async () => {
    const line = await said(new KubeError('transient', 'asked'), false);
    assert.deepEqual([line.level, /no right/.test(line.message)], ['debug', true]);
  });
});
