/**
 * Validation twice: what the CRD refuses at the API server the operator refuses too, at the same field with the same words, and the
 * other way round. Each specimen of a mistake is tried at every field of its kind, so that no field is forgotten on either side.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { minimal, pipelineObject } from './accepted.fixtures.ts';
import type { Problem } from './field.ts';
import { refusedNames } from './refused-names.fixtures.ts';
import { refusedSettings } from './refused-settings.fixtures.ts';
import { messages } from './rules.ts';
import { parsePipeline } from './validate.ts';

interface Schema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly maxProperties?: number;
  readonly required?: readonly string[];
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly 'x-kubernetes-validations'?: readonly {
    readonly message: string;
    readonly fieldPath?: string;
  }[];
}

interface Crd {
  readonly spec: { readonly versions: readonly [{ readonly schema: { readonly openAPIV3Schema: Schema } }] };
}

const file = new URL('../../crds/baristapipelines.yaml', import.meta.url);
const root = (parse(readFileSync(file, 'utf8')) as Crd).spec.versions[0].schema.openAPIV3Schema;

/** A schema and its place; the values of a map are at `….properties{}`. */
type Place = readonly [path: string, schema: Schema];

function* places(path: string, schema: Schema): Generator<Place> {
  yield [path, schema];
  for (const [name, field] of Object.entries(schema.properties ?? {}))
    yield* places(`${path}.${name}`, field);
  if (schema.additionalProperties !== undefined) yield* places(`${path}{}`, schema.additionalProperties);
}

const spec: readonly Place[] = [...places('spec', root.properties!['spec']!)];
const schemas = new Map(spec);
/** A key that every map takes. */
const KEY = 'kubernetes.x';

/** A rule of the CRD: where it is written, which field it blames, in which words. */
interface Stated {
  readonly at: string;
  readonly blames: string;
  readonly message: string;
}

const stated: readonly Stated[] = [['', root] as const, ...spec].flatMap(([at, schema]) =>
  (schema['x-kubernetes-validations'] ?? []).map(({ message, fieldPath = '' }) => ({
    at,
    blames: (at + fieldPath).replace(/^\./, ''),
    message,
  })),
);

/** The path as `places` writes it: `spec.customer.properties[a.b]` is at `spec.customer.properties{}`. */
const placeOf = (path: string): string => path.replace(/\[.*\]$/, '{}');

/** An otherwise good spec with the value there. */
function specWith(place: string, value: unknown): unknown {
  const inMap = place.endsWith('{}');
  const keys = place.replace(/\{\}$/, '').split('.').slice(1);
  const set = (at: unknown, [key, ...rest]: readonly string[]): unknown => {
    if (key === undefined) return inMap ? { [KEY]: value } : value;
    const fields = (at ?? {}) as Readonly<Record<string, unknown>>;
    return { ...fields, [key]: set(fields[key], rest) };
  };
  return set(minimal, keys);
}

function valueAt(value: unknown, place: string): unknown {
  const found = place
    .replace(/\{\}$/, '')
    .split('.')
    .slice(1)
    .reduce((at: unknown, key) => (at as Readonly<Record<string, unknown>> | undefined)?.[key], value);
  return place.endsWith('{}') ? Object.values(found ?? {})[0] : found;
}

function problemsOf(place: string, value: unknown): Problem[] {
  const parsed = parsePipeline(pipelineObject({ title: '', spec: specWith(place, value) }));
  const problems = 'problems' in parsed ? parsed.problems : [];
  return problems.map(({ path, message }) => ({ path: placeOf(path), message }));
}

const refused = [...refusedNames, ...refusedSettings].map((it) => ({ ...it, blames: placeOf(it.path) }));

/** The values that break a rule, taken from where the fixtures have them. */
function specimens(message: string): unknown[] {
  return refused
    .filter((it) => it.message === message)
    .flatMap(({ blames, spec: broken }) =>
      stated
        .filter((rule) => rule.message === message && rule.blames === blames && rule.at !== '')
        .map((rule) => valueAt(broken, rule.at)),
    );
}

describe('each rule of the CRD has its twin in the operator', () => {
  for (const { at, blames, message } of stated) {
    if (message === messages.serverStays) continue; // only the API server knows what was before
    test(`${blames}: ${message.slice(0, 60)}`, () => {
      if (at === '') {
        assert.ok(
          refused.some((it) => it.blames === blames && it.message === message),
          'no fixture breaks it',
        );
        return;
      }
      const found = specimens(message);
      assert.ok(found.length > 0, 'no fixture breaks it');
      const caught = found.some((value) =>
        problemsOf(at, value).some((it) => it.path === blames && it.message === message),
      );
      assert.ok(caught, 'the operator takes what the API server refuses');
    });
  }
});

describe('each rule of the operator has its twin in the CRD', () => {
  const words = new Set<string>(Object.values(messages));
  const isStated = ({ path, message }: Problem) =>
    stated.some((rule) => rule.blames === path && rule.message === message);
  const kindOf = ({ type, properties, additionalProperties }: Schema) =>
    `${type} ${Object.keys(properties ?? {}).join()} ${additionalProperties === undefined ? '' : 'map'}`;
  const broken = [...new Set(stated.map(({ message }) => message))].flatMap((message) =>
    stated
      .filter((rule) => rule.at !== '' && rule.message === message)
      .slice(0, 1)
      .flatMap(({ at }) => specimens(message).map((value) => ({ kind: kindOf(schemas.get(at)!), value }))),
  );
  for (const [place, schema] of spec) {
    test(place, () => {
      for (const { value } of broken.filter(({ kind }) => kind === kindOf(schema))) {
        const lonely = problemsOf(place, value).filter((it) => words.has(it.message) && !isStated(it));
        assert.deepEqual(lonely, [], `the API server takes ${JSON.stringify(value)}`);
      }
    });
  }
});

/** What the schema itself bounds: a value that breaks it, and the operator's words for that. */
function* breaches(schema: Schema): Generator<readonly [value: unknown, says: string]> {
  const { type, minimum, maximum, maxLength, maxProperties } = schema;
  const isAmount = schema['x-kubernetes-int-or-string'] === true;
  if (type === 'object') yield [[], 'must be an object with fields of its own'];
  if (type === 'boolean') yield ['yes', 'must be true or false, without quotes'];
  if (schema.enum !== undefined) yield ['nonsense', `must be one of ${schema.enum.join(', ')}`];
  else if (type === 'string') yield [7, 'must be a text: put it in quotes'];
  if (isAmount)
    yield* [1.5, '1'.repeat((maxLength ?? 0) + 1)].map((value) => [value, messages.quantity] as const);
  else if (maxLength !== undefined)
    yield ['a'.repeat(maxLength + 1), `may have at most ${maxLength} characters`];
  const range = `must be a whole number from ${minimum} to ${maximum}`;
  if (type === 'integer')
    yield* [minimum! - 1, maximum! + 1, minimum! + 0.5].map((value) => [value, range] as const);
  const entry = (_: unknown, index: number) => [`kubernetes.k${index}`, 'v'];
  if (maxProperties !== undefined)
    yield [
      Object.fromEntries(Array.from({ length: maxProperties + 1 }, entry)),
      `may have at most ${maxProperties} entries`,
    ];
}

describe('each bound of the schema has its twin in the operator', () => {
  for (const [place, schema] of spec) {
    test(place, () => {
      for (const [value, says] of breaches(schema)) {
        const problem = problemsOf(place, value).find((it) => it.path === place && it.message === says);
        assert.ok(problem, `the operator does not say of ${JSON.stringify(value).slice(0, 40)}: ${says}`);
      }
      for (const name of schema.required ?? []) {
        const found = problemsOf(place, {}).filter((it) => it.message === 'is required');
        assert.ok(
          found.some((it) => it.path === `${place}.${name}`),
          `${place}.${name} is required`,
        );
      }
    });
  }
});
