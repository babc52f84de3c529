import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { sections } from '../release/change-log.ts';
import { breaks } from './compare.ts';
import { parseCrd, schemaNumber, shape, type Crd, type Schema } from './crd.ts';
import { frozen } from './frozen.ts';

const root = new URL('../..', import.meta.url).pathname;
const now = parseCrd(readFileSync(`${root}crds/baristapipelines.yaml`, 'utf8'));
const releases = frozen(root);

describe('the CRD of this tree', () => {
  for (const { version, crd } of releases) {
    test(`keeps all that the CRD of ${version} has stored`, () => {
      assert.deepEqual(breaks(parseCrd(crd), now), []);
    });
  }

  test('has a higher number than that of the last release when it is another one', () => {
    const last = releases.at(-1);
    assert.ok(last !== undefined);
    const then = parseCrd(last.crd);
    assert.ok(schemaNumber(now) > 0);
    if (shape(then) === shape(now)) assert.equal(schemaNumber(now), schemaNumber(then));
    else
      assert.ok(
        schemaNumber(now) > schemaNumber(then),
        `The schema is not that of ${last.version}: raise the label barista.dev/schema in crds/baristapipelines.yaml, or, when ${last.version} is not out yet, run node dev/upgrade/main.ts.`,
      );
  });
});

test('each release of the change log is kept', () => {
  const released = sections(readFileSync(`${root}CHANGELOG.md`, 'utf8')).map(({ version }) => version);
  const kept = releases.map(({ version }) => version);
  assert.deepEqual(
    released.filter((version) => !kept.includes(version)),
    [],
    'run node dev/upgrade/main.ts',
  );
});

describe('of two CRDs', () => {
  const crd = (schema: Schema): Crd => ({
    metadata: { name: 'cups.g' },
    spec: {
      group: 'g',
      scope: 'Namespaced',
      names: { kind: 'Cup', plural: 'cups' },
      versions: [{ name: 'v1', served: true, schema: { openAPIV3Schema: schema } }],
    },
  });
  const cup = (field: Schema, more: Schema = {}): Schema => ({
    type: 'object',
    ...more,
    properties: { size: { type: 'integer' }, field },
  });
  const text = { type: 'string' };
  const rule = (rule: string) => ({ ...text, 'x-kubernetes-validations': [{ rule, message: 'no' }] });

  const broken: readonly [string, Schema, Schema, RegExp][] = [
    [
      'a field is gone',
      cup(text),
      { type: 'object', properties: { size: { type: 'integer' } } },
      /^\.field: the field is gone/,
    ],
    [
      'a field is required now',
      cup(text),
      cup(text, { required: ['field'] }),
      /^\.field: it is required now/,
    ],
    ['the type is another one', cup(text), cup({ type: 'integer' }), /^\.field: type is new or another one/],
    ['a pattern is new', cup(text), cup({ ...text, pattern: '^a' }), /pattern is new/],
    ['a limit is new', cup(text), cup({ ...text, maxLength: 3 }), /maxLength was open and is 3/],
    [
      'a limit is lower',
      cup({ ...text, maxLength: 4 }),
      cup({ ...text, maxLength: 3 }),
      /maxLength was 4 and is 3/,
    ],
    ['a least is higher', cup({ minimum: 0 }), cup({ minimum: 1 }), /minimum was 0 and is 1/],
    [
      'a value is gone',
      cup({ ...text, enum: ['a', 'b'] }),
      cup({ ...text, enum: ['a', 'c'] }),
      /the value b is gone/,
    ],
    ['only some values are left', cup(text), cup({ ...text, enum: ['a'] }), /only some values/],
    ['a rule is new', cup(text), cup(rule('self != ""')), /a rule is new or another one \("no"\)/],
    ['null is not allowed any more', cup({ ...text, nullable: true }), cup(text), /nullable is gone/],
    [
      'a list may not repeat',
      cup({ type: 'array' }),
      cup({ type: 'array', 'x-kubernetes-list-type': 'set' }),
      /list-type/,
    ],
    ['items are other ones', cup({ items: text }), cup({ items: { type: 'integer' } }), /^\.field\[\]: type/],
    [
      'values of a map are',
      cup({ additionalProperties: text }),
      cup({ additionalProperties: { ...text, maxLength: 1 } }),
      /^\.field\{\}: maxLength/,
    ],
    ['a map is none any more', cup({ additionalProperties: text }), cup({}), /other keys are not kept/],
    ['a keyword is one that nobody thought of', cup(text), cup({ ...text, not: {} }), /not is new/],
  ];
  for (const [what, before, after, says] of broken) {
    test(`the later one breaks something when ${what}`, () => {
      const found = breaks(crd(before), crd(after));
      assert.equal(found.length, 1, JSON.stringify(found));
      assert.match(found[0] ?? '', says);
    });
  }

  const kept: readonly [string, Schema, Schema][] = [
    ['a field is new', { type: 'object', properties: { size: { type: 'integer' } } }, cup(text)],
    [
      'a field is required and has a default',
      cup(text),
      cup({ ...text, default: '' }, { required: ['field'] }),
    ],
    ['a limit is higher', cup({ ...text, maxLength: 3 }), cup({ ...text, maxLength: 4 })],
    ['a limit is gone', cup({ ...text, maxLength: 3, pattern: 'a' }), cup(text)],
    ['a value is new', cup({ ...text, enum: ['a'] }), cup({ ...text, enum: ['b', 'a'] })],
    ['a rule is gone', cup(rule('self != ""')), cup(text)],
    ['a rule speaks of changes', cup(text), cup(rule('self == oldSelf'))],
    ['a description is another one', cup(text), cup({ ...text, description: 'A field.' })],
  ];
  for (const [what, before, after] of kept) {
    test(`the later one keeps all when ${what}`, () => assert.deepEqual(breaks(crd(before), crd(after)), []));
  }

  test('the later one breaks something when a version, a subresource or the name is gone', () => {
    const before = crd(cup(text));
    const [version] = before.spec.versions;
    const withStatus = {
      ...before,
      spec: { ...before.spec, versions: [{ ...version!, subresources: { status: {} } }] },
    };
    assert.deepEqual(breaks(withStatus, before), ['the subresource status is gone.']);
    const silent = { ...before, spec: { ...before.spec, versions: [{ ...version!, served: false }] } };
    assert.deepEqual(breaks(before, silent), ['v1 is not served any more.']);
    const renamed = { ...before, spec: { ...before.spec, names: { kind: 'Mug', plural: 'mugs' } } };
    assert.deepEqual(breaks(before, renamed), ['names.kind is another one.', 'names.plural is another one.']);
  });

  test('descriptions do not make another shape, and a field called description does', () => {
    const described = cup({ ...text, description: 'A field.' });
    assert.equal(shape(crd(cup(text))), shape(crd(described)));
    const called: Schema = { type: 'object', properties: { description: text } };
    assert.notEqual(shape(crd(called)), shape(crd({ type: 'object', properties: {} })));
  });
});
