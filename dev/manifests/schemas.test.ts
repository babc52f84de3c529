import assert from 'node:assert/strict';
import { test } from 'node:test';
import { schemasOfApi, schemasOfCrd, type OpenApi, type Schema } from './schemas.ts';

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const api: OpenApi = {
  components: {
    schemas: {
      [meta]: {
        type: 'object',
        properties: {
          name: { type: 'string' },
          labels: { type: 'object', additionalProperties: { type: 'string' } },
        },
      },
      'tea.Cup': {
        type: 'object',
        properties: {
          metadata: { allOf: [{ $ref: `#/components/schemas/${meta}` }], default: {} },
          spec: { $ref: '#/components/schemas/tea.Spec' },
        },
        'x-kubernetes-group-version-kind': [{ group: 'tea', version: 'v1', kind: 'Cup' }],
      },
      'tea.Spec': {
        type: 'object',
        properties: {
          of: { $ref: '#/components/schemas/tea.Spec' },
          properties: { type: 'string', nullable: true },
        },
      },
      'tea.Unrelated': { type: 'object' },
      Shared: {
        'x-kubernetes-group-version-kind': [
          { group: '', version: 'v1', kind: 'Options' },
          { group: 'tea', version: 'v1', kind: 'Options' },
        ],
      },
    },
  },
};

test('a kind gets a schema that knows itself, what it refers to, and nothing else', () => {
  const schemas = schemasOfApi(api);
  assert.deepEqual([...schemas.keys()], ['tea/cup_v1.json']);
  const cup = schemas.get('tea/cup_v1.json') as {
    properties: Schema;
    additionalProperties: boolean;
    definitions: Record<string, Schema>;
  };
  assert.equal(cup.additionalProperties, false);
  assert.deepEqual(cup.properties['apiVersion'], { const: 'tea/v1' });
  assert.deepEqual(cup.properties['kind'], { const: 'Cup' });
  assert.deepEqual(cup.properties['spec'], { $ref: '#/definitions/tea.Spec' });
  assert.deepEqual(Object.keys(cup.definitions).sort(), [meta, 'tea.Spec']);
  assert.deepEqual(cup.definitions['tea.Spec'], {
    type: 'object',
    properties: { of: { $ref: '#/definitions/tea.Spec' }, properties: { type: ['string', 'null'] } },
    additionalProperties: false,
  });
});

test('a kind of the core is found by the version', () => {
  const pod = {
    type: 'object',
    'x-kubernetes-group-version-kind': [{ group: '', version: 'v1', kind: 'Pod' }],
  };
  assert.deepEqual([...schemasOfApi({ components: { schemas: { pod } } }).keys()], ['v1/pod_v1.json']);
});

test('a map stays open', () => {
  const cup = schemasOfApi(api).get('tea/cup_v1.json') as { definitions: Record<string, Schema> };
  const { labels } = cup.definitions[meta]?.['properties'] as Record<string, Schema>;
  assert.deepEqual(labels, { type: 'object', additionalProperties: { type: 'string' } });
});

test('a CRD gives a schema for each of its versions, with the metadata that every kind has', () => {
  const openAPIV3Schema = {
    type: 'object',
    properties: {
      metadata: { type: 'object' },
      spec: {
        type: 'object',
        properties: {
          port: { 'x-kubernetes-int-or-string': true },
          free: { type: 'object', properties: {}, 'x-kubernetes-preserve-unknown-fields': true },
        },
        'x-kubernetes-validations': [{ rule: 'true' }],
      },
    },
  };
  const version = { name: 'v2', schema: { openAPIV3Schema } };
  const crd = { spec: { group: 'tea', names: { kind: 'Pot' }, versions: [version] } };
  const pot = schemasOfCrd(crd, api).get('tea/pot_v2.json') as { properties: Record<string, Schema> };
  assert.deepEqual(pot.properties['metadata'], { $ref: `#/definitions/${meta}` });
  assert.deepEqual(pot.properties['spec'], {
    type: 'object',
    properties: {
      port: { 'x-kubernetes-int-or-string': true, type: ['integer', 'string'] },
      free: { type: 'object', properties: {}, 'x-kubernetes-preserve-unknown-fields': true },
    },
    additionalProperties: false,
  });
});
