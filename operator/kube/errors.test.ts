import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorOfAnswer, errorOfEvent, errorOfFailure, kindOfStatus } from './errors.ts';
import { KubeError, type KubeErrorKind } from './port.ts';

const call = { method: 'PATCH', path: '/apis/barista.dev/v1alpha1/namespaces/bar/baristapipelines/a?x=1' };

describe('the kind of a status code', () => {
  const kinds: Record<KubeErrorKind, number[]> = {
    notFound: [404],
    conflict: [409],
    invalid: [400, 405, 406, 413, 415, 422],
    forbidden: [401, 403],
    gone: [410],
    tooManyRequests: [429],
    transient: [301, 408, 500, 502, 503, 504],
  };
  for (const [kind, codes] of Object.entries(kinds)) {
    it(`${codes.join(', ')} is ${kind}`, () => {
      for (const code of codes) assert.equal(kindOfStatus(code), kind);
    });
  }
});

describe('an error', () => {
  it('of an answer names the call without its query, the code and the reason', () => {
    const body = JSON.stringify({ kind: 'Status', message: 'the object has been modified', code: 409 });
    const { message, kind, status } = errorOfAnswer(call, 409, undefined, body);
    assert.equal(
      message,
      'PATCH /apis/barista.dev/v1alpha1/namespaces/bar/baristapipelines/a: the API server answered 409: the object has been modified',
    );
    assert.deepEqual({ kind, status }, { kind: 'conflict', status: 409 });
  });

  it('of an answer keeps what a proxy says in its own words, shortened, and does with nothing', () => {
    assert.match(errorOfAnswer(call, 502, undefined, '<html>Bad Gateway</html>').message, /502: <html>Bad/);
    assert.ok(errorOfAnswer(call, 502, undefined, 'x'.repeat(10_000)).message.length < 500);
    assert.match(errorOfAnswer(call, 500, undefined, '').message, /500: no reason given/);
    assert.match(errorOfAnswer(call, 500, undefined, '[]').message, /500: \[\]/);
  });

  it('carries when to come back, by the header or by the body', () => {
    const body = JSON.stringify({ message: 'busy', details: { retryAfterSeconds: 3 } });
    assert.equal(errorOfAnswer(call, 429, '7', body).retryAfterMs, 7_000);
    assert.equal(errorOfAnswer(call, 429, undefined, body).retryAfterMs, 3_000);
    for (const header of ['0', 'soon', '-1', undefined]) {
      assert.equal(errorOfAnswer(call, 429, header, '').retryAfterMs, undefined);
    }
  });

  it('of an event has the kind of its code, and is transient without one', () => {
    assert.equal(errorOfEvent({ code: 410, message: 'too old' }).kind, 'gone');
    assert.equal(errorOfEvent({}).kind, 'transient');
    assert.equal(errorOfEvent(null).kind, 'transient');
  });

  it('of a failure is transient and keeps its cause; a KubeError stays what it is', () => {
    const cause = new Error('connect ECONNREFUSED 127.0.0.1:6443');
    const failure = errorOfFailure(call, cause);
    assert.equal(failure.kind, 'transient');
    assert.equal(failure.cause, cause);
    assert.match(failure.message, /no answer from the API server: connect ECONNREFUSED/);
    const own = new KubeError('gone', 'x');
    assert.equal(errorOfFailure(call, own), own);
    assert.match(errorOfFailure(call, 'text').message, /text/);
  });
});
