import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { applyMergePatch, mergePatchOf } from './merge-patch.ts';
import { addFinalizerPatch, annotationsPatch, removeFinalizerPatch, statusPatch } from './patch.ts';
import type { KubeObject } from './port.ts';

/** JSON without null, which a merge patch cannot say, as an object. */
const anObject = fc.object({
  values: [fc.string(), fc.integer(), fc.boolean()],
  key: fc.constantFrom('a', 'b', 'c', 'd'),
  maxDepth: 3,
});

describe('a merge patch', () => {
  // RFC 7386, appendix A
  const cases: [unknown, unknown, unknown][] = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ];
  for (const [target, patch, result] of cases) {
    it(`turns ${JSON.stringify(target)} by ${JSON.stringify(patch)} into ${JSON.stringify(result)}`, () => {
      assert.deepEqual(applyMergePatch(target, patch), result);
    });
  }

  it('between any two objects turns the one into the other', () => {
    fc.assert(
      fc.property(anObject, anObject, (from, to) => {
        const patch = mergePatchOf(from, to);
        assert.deepEqual(patch === undefined ? from : applyMergePatch(from, patch), to);
      }),
    );
  });

  it('between equal objects is none', () => {
    fc.assert(
      fc.property(anObject, (object) => {
        assert.equal(mergePatchOf(object, structuredClone(object)), undefined);
      }),
    );
  });

  it('takes undefined for absent, on both sides', () => {
    assert.equal(mergePatchOf({ a: undefined }, { b: undefined }), undefined);
    assert.deepEqual(mergePatchOf({ a: 1 }, { a: undefined }), { a: null });
  });
});

describe("the operator's patches", () => {
  const object: KubeObject = {
    metadata: {
      name: 'a',
      uid: 'u',
      resourceVersion: '7',
      creationTimestamp: '2026-01-01T00:00:00Z',
      finalizers: ['other'],
      annotations: { a: '1' },
    },
    status: { ready: true, streams: ['x'] },
  };
  const metadata = { resourceVersion: '7' };

  it('name the version they are based on', () => {
    assert.deepEqual(statusPatch(object, { ready: false, streams: ['x'] }), {
      metadata,
      status: { ready: false },
    });
    assert.deepEqual(addFinalizerPatch(object, 'own'), {
      metadata: { ...metadata, finalizers: ['other', 'own'] },
    });
    assert.deepEqual(removeFinalizerPatch(object, 'other'), { metadata: { ...metadata, finalizers: [] } });
    assert.deepEqual(annotationsPatch(object, { a: undefined, b: '2' }), {
      metadata: { ...metadata, annotations: { a: null, b: '2' } },
    });
  });

  it('are none when nothing changes', () => {
    assert.equal(statusPatch(object, { streams: ['x'], ready: true }), undefined);
    assert.equal(addFinalizerPatch(object, 'other'), undefined);
    assert.equal(removeFinalizerPatch(object, 'own'), undefined);
    assert.equal(annotationsPatch(object, { a: '1', c: undefined }), undefined);
  });
});
