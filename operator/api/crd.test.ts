/** Holds the CRD, the types, the defaults, the rules and the samples together. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { pipelineObject, topics } from './accepted.fixtures.ts';
import { defaults } from './defaults.ts';
import { messages, nameTooLong, patterns } from './rules.ts';
import { GROUP, KIND, PIPELINES, roles, VERSION } from './types.ts';
import { parsePipeline } from './validate.ts';

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string; readonly message: string }[];
}

interface Crd {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string; readonly plural: string };
    readonly versions: readonly [
      { readonly name: string; readonly schema: { readonly openAPIV3Schema: Schema } },
    ];
  };
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const { spec: crd } = parse(readFileSync(`${root}crds/baristapipelines.yaml`, 'utf8')) as Crd;
const [version] = crd.versions;
const schema = version.schema.openAPIV3Schema;

function* fields(at: Schema, path: string): Generator<readonly [path: string, field: Schema]> {
  yield [path, at];
  for (const [name, field] of Object.entries(at.properties ?? {})) yield* fields(field, `${path}.${name}`);
  if (at.items !== undefined) yield* fields(at.items, `${path}[]`);
  if (at.additionalProperties !== undefined) yield* fields(at.additionalProperties, `${path}{}`);
}

const spec = [...fields(schema.properties!['spec']!, 'spec')];
const status = [...fields(schema.properties!['status']!, 'status')];
const all = [...fields(schema, '')];

function valueAt(value: unknown, path: string): unknown {
  return path
    .split('.')
    .slice(1)
    .reduce((at: unknown, key) => (at as Readonly<Record<string, unknown>> | undefined)?.[key], value);
}

/** Every path to a value in `value`, as `fields` writes it. */
function paths(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return [path, ...value.flatMap((item) => paths(item, `${path}[]`))];
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, field]) => paths(field, `${path}.${key}`))];
}

describe('the CRD', () => {
  test('has the names of types.ts', () => {
    assert.deepEqual(
      [crd.group, version.name, crd.names.kind, crd.names.plural],
      [GROUP, VERSION, KIND, PIPELINES.plural],
    );
  });

  test('describes every field', () => {
    // Of metadata the API server takes no description, and has its own.
    const silent = all.filter(([path, field]) => !path.startsWith('.metadata') && !field.description);
    assert.deepEqual(
      silent.map(([path]) => path),
      [],
    );
  });

  test('bounds whatever can grow: rules are refused when their cost has no bound', () => {
    const unbounded = [...spec, ...status].filter(([, field]) => {
      if (field.type === 'string') {
        return field.maxLength === undefined && field.enum === undefined && field.format === undefined;
      }
      if (field.type === 'array') return field.maxItems === undefined;
      return field.additionalProperties !== undefined && field.maxProperties === undefined;
    });
    assert.deepEqual(
      unbounded.map(([path]) => path),
      [],
    );
  });

  test('states the defaults that parsePipeline fills in, and no others', () => {
    const parsed = parsePipeline(pipelineObject({ title: '', spec: { topics } }));
    assert.ok('pipeline' in parsed);
    const stated = spec.filter(([, field]) => field.default !== undefined);
    const scalars = stated.filter(([, field]) => typeof field.default !== 'object');
    for (const [path, field] of scalars) {
      assert.equal(valueAt(parsed.pipeline.spec, path), field.default, path);
    }
    // Objects default to what their fields do. No default has a uri: a stored one would outlive a change of the version.
    const objects = stated.filter(([, field]) => typeof field.default === 'object');
    for (const [path, field] of objects) assert.deepEqual(field.default, {}, path);
    assert.equal(scalars.length, 20);
    assert.equal(new Map(spec).get('spec.barista.replicas')?.default, defaults.barista.replicas);
  });

  test('has the fields of the types, and no others', () => {
    const app = { name: 'x', version: '1', uri: 'docker:a/x:1' };
    const amounts = { cpu: '1', memory: '1Gi' };
    const everything = {
      topics,
      dataflow: { platform: 'p' },
      kafka: { bootstrapServers: 'k:9092', secretRef: { name: 's' } },
      customer: { app },
      hotDrinkLog: { app },
      coldDrinkLog: { app },
      barista: { image: 'w:1', deadLetterTopic: 'd', resources: { limits: amounts, requests: amounts } },
    };
    const parsed = parsePipeline(pipelineObject({ title: '', spec: everything }));
    assert.ok('pipeline' in parsed, JSON.stringify(parsed));
    const inSchema = spec.map(([path]) => path).filter((path) => !path.endsWith('{}'));
    assert.deepEqual(paths(parsed.pipeline.spec, 'spec').sort(), inSchema.sort());
  });

  test('has the fields of the status, and no others', () => {
    const written = {
      observedGeneration: 1,
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'r',
          message: 'm',
          observedGeneration: 1,
          lastTransitionTime: '',
        },
      ],
      streams: [
        {
          name: 'n',
          role: 'bar',
          state: 's',
          release: '1',
          revision: 'x',
          instances: '1/1',
          image: 'i:1',
          message: 'm',
        },
      ],
      apps: [{ type: 'app', name: 'n', version: 'v', uri: 'u', registeredByPipeline: true, obsolete: true }],
      streamsReady: '4/4',
      replicas: 1,
      selector: 's',
      lastHandledReconcileAt: 'x',
    };
    const parsed = parsePipeline({ ...pipelineObject({ title: '', spec: { topics } }), status: written });
    assert.ok('pipeline' in parsed);
    assert.deepEqual(parsed.pipeline.status, written);
    assert.deepEqual(paths(parsed.pipeline.status, 'status').sort(), status.map(([path]) => path).sort());
  });

  test('states each rule with the sentence of rules.ts', () => {
    const inCrd = all.flatMap(([, field]) =>
      (field['x-kubernetes-validations'] ?? []).map((it) => it.message),
    );
    const inRules = [...Object.values(messages), ...roles.map(nameTooLong)];
    assert.deepEqual([...new Set(inCrd)].sort(), inRules.sort());
  });

  test('states each rule with the pattern of rules.ts', () => {
    const rules = all.flatMap(([, field]) => (field['x-kubernetes-validations'] ?? []).map((it) => it.rule));
    for (const [name, pattern] of Object.entries(patterns)) {
      assert.ok(
        rules.some((rule) => rule.includes(`'${pattern}'`)),
        `${name}: ${pattern}`,
      );
    }
  });

  test('conditions are a map, so that others may add theirs; what only the operator writes is one value, which costs the API server less', () => {
    const lists = status.filter(([, field]) => field.type === 'array');
    assert.deepEqual(
      lists.map(([path, field]) => [path, field['x-kubernetes-list-type']]),
      [
        ['status.conditions', 'map'],
        ['status.streams', 'atomic'],
        ['status.apps', 'atomic'],
      ],
    );
  });
});

describe('the samples', () => {
  const files = globSync(`${root}manifests/samples/*.yaml`).sort();
  const read = (file: string) => {
    const object = parse(readFileSync(file, 'utf8')) as { metadata: { name: string }; spec: unknown };
    return parsePipeline(pipelineObject({ title: '', name: object.metadata.name, spec: object.spec }));
  };

  for (const file of files) {
    test(`${file.slice(root.length)} is valid`, () => {
      const parsed = read(file);
      assert.deepEqual('problems' in parsed ? parsed.problems : [], []);
    });
  }

  test('the recipe has the names of the recipe', () => {
    const parsed = read(`${root}manifests/samples/recipe.yaml`);
    assert.ok('pipeline' in parsed);
    assert.deepEqual(parsed.pipeline.spec.streamNames, {
      orders: 'orders-pipeline',
      hotDrink: 'hot-drink-pipeline',
      coldDrink: 'cold-drink-pipeline',
      bar: 'bar-pipeline',
    });
    assert.deepEqual(parsed.pipeline.spec.topics, { ...topics, partitions: 3, replicationFactor: 1 });
  });

  test('side by side they share no topic and no stream', () => {
    const names = files.flatMap((file) => {
      const parsed = read(file);
      assert.ok('pipeline' in parsed);
      const { topics: own, streamNames } = parsed.pipeline.spec;
      const streams = Object.values(streamNames).map((name) => `stream ${name}`);
      return [own.orders, own.hotDrinks, own.coldDrinks, ...streams];
    });
    assert.equal(names.length, 4 * 7);
    assert.equal(new Set(names).size, names.length);
  });
});
