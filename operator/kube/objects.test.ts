import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Lines } from './lines.ts';
import { isOlder, keyText, parseKey, parseObject, withoutManagedFields } from './objects.ts';
import { collectionPath, objectPath, withQuery } from './path.ts';

const metadata = { name: 'a', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };

describe('an object', () => {
  it('is only what has a name, a uid, a version and a time', () => {
    assert.deepEqual(parseObject({ metadata, spec: 1 }), { metadata, spec: 1 });
    for (const field of Object.keys(metadata)) {
      assert.equal(parseObject({ metadata: { ...metadata, [field]: undefined } }), undefined);
    }
    for (const value of [undefined, null, 'text', [], {}, { metadata: [] }]) {
      assert.equal(parseObject(value), undefined);
    }
  });

  it('is kept without its managedFields', () => {
    const object = parseObject({ metadata: { ...metadata, managedFields: [] }, spec: {} })!;
    assert.deepEqual(withoutManagedFields(object), { metadata, spec: {} });
    const lean = { metadata };
    assert.equal(withoutManagedFields(lean), lean);
  });

  it('has a key that can be read back', () => {
    for (const key of [{ namespace: 'bar', name: 'a' }, { name: 'a' }]) {
      assert.deepEqual(parseKey(keyText(key)), key);
    }
  });
});

describe('a resource version', () => {
  it('is compared as a number of any size, and not at all when it is none', () => {
    assert.equal(isOlder('9', '10'), true);
    assert.equal(isOlder('10', '9'), false);
    assert.equal(isOlder('10', '10'), false);
    assert.equal(isOlder('9007199254740992', '9007199254740993'), true);
    assert.equal(isOlder('abc', '10'), false);
    assert.equal(isOlder('9', ''), false);
  });
});

describe('the address of', () => {
  it('a kind and an object', () => {
    const deployments = { group: 'apps', version: 'v1', plural: 'deployments' };
    const pods = { group: '', version: 'v1', plural: 'pods' };
    assert.equal(collectionPath(deployments), '/apis/apps/v1/deployments');
    assert.equal(collectionPath(pods, 'bar'), '/api/v1/namespaces/bar/pods');
    assert.equal(objectPath(pods, { namespace: 'bar', name: 'a' }), '/api/v1/namespaces/bar/pods/a');
    assert.equal(objectPath(pods, { name: '../../x' }), '/api/v1/pods/..%2F..%2Fx');
  });

  it('a query, with what has a value', () => {
    assert.equal(withQuery('/x', { a: undefined, b: '' }), '/x');
    assert.equal(withQuery('/x', { limit: 5, s: 'role=spring-app' }), '/x?limit=5&s=role%3Dspring-app');
  });
});

describe('lines', () => {
  it('are the same however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.array(fc.nat(200)), (texts, cuts) => {
        const wanted = texts.map((text) => text.replaceAll('\n', '')).filter((text) => text.trim() !== '');
        const bytes = Buffer.from(wanted.map((text) => `${text}\n`).join(''));
        const ends = [...cuts, bytes.length].sort((a, b) => a - b);
        const lines = new Lines();
        const found = ends.flatMap((end, index) => [
          ...lines.push(bytes.subarray(ends[index - 1] ?? 0, end)),
        ]);
        assert.deepEqual(found, wanted);
        assert.equal(lines.unfinished, false);
      }),
    );
  });

  it('know of a line that is not finished, and refuse one that never ends', () => {
    const lines = new Lines(10);
    assert.deepEqual(lines.push(Buffer.from('a\n\nb')), ['a']);
    assert.equal(lines.unfinished, true);
    assert.throws(() => lines.push(Buffer.from('x'.repeat(10))), RangeError);
  });
});
