import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { FakeClock } from '../runtime/clock.fixtures.ts';
import { accessReviewsConformance } from './access-reviews-conformance.ts';
import { KubeAccessReviews } from './access-reviews.ts';
import { connectPlain, type Connection } from './connection.ts';
import { MemoryAccessReviews } from './memory-access-reviews.ts';
import { KubeError } from './port.ts';
import { RestClient } from './rest.ts';
import { json, ScriptedServer } from './scripted-server.fixtures.ts';

accessReviewsConformance('reviews in memory', async () => {
  const reviews = new MemoryAccessReviews();
  const account = (namespace: string, name: string) => ({
    username: `system:serviceaccount:${namespace}:${name}`,
    groups: [`system:serviceaccounts:${namespace}`],
  });
  const metrics = { verb: 'get', path: '/metrics' };
  reviews.allow(account('cafe', 'reader').username, metrics);
  reviews.allow('system:serviceaccounts:bar', metrics);
  return {
    reviews,
    namespace: 'cafe',
    tokenOf: async (name) => reviews.admit(account(name === 'guest' ? 'bar' : 'cafe', name)),
    tokenForOthers: async () => 'for others',
    close: async () => undefined,
  };
});

describe('reviews by an API server', () => {
  let server: ScriptedServer;
  let connection: Connection;
  let reviews: KubeAccessReviews;
  beforeEach(async () => {
    server = await ScriptedServer.start();
    connection = connectPlain(server.url);
    const rest = new RestClient({ connection, clock: new FakeClock(), userAgent: 'tests' });
    reviews = new KubeAccessReviews(rest);
  });
  afterEach(async () => {
    connection.close();
    await server.stop();
  });

  const user = { username: 'tea', uid: '7', groups: ['drinks'], extra: { pot: ['brown'] } };

  it('are told all that is known of the user', async () => {
    server.script(
      json(201, { status: { authenticated: true, user } }),
      json(201, { status: { allowed: true } }),
    );
    const found = await reviews.userOf('a token');
    assert.deepEqual(found, user);
    assert.equal(await reviews.may(user, { verb: 'get', path: '/metrics' }), true);
    assert.deepEqual(
      server.seen.map(({ method, url, body }) => [
        method,
        url.pathname,
        (JSON.parse(body) as { spec: unknown }).spec,
      ]),
      [
        ['POST', '/apis/authentication.k8s.io/v1/tokenreviews', { token: 'a token' }],
        [
          'POST',
          '/apis/authorization.k8s.io/v1/subjectaccessreviews',
          {
            user: 'tea',
            uid: '7',
            groups: ['drinks'],
            extra: { pot: ['brown'] },
            nonResourceAttributes: { verb: 'get', path: '/metrics' },
          },
        ],
      ],
    );
  });

  for (const [what, body] of [
    ['nothing', {}],
    ['no status', { status: 'yes' }],
    ['no user', { status: { authenticated: true } }],
    ['a user without a name', { status: { authenticated: true, user: { username: '' } } }],
  ] as const) {
    it(`that say ${what} are no yes`, async () => {
      server.script(json(201, body));
      await assert.rejects(reviews.userOf('a token'), KubeError);
    });
  }

  for (const status of [{}, { authenticated: false }, { authenticated: 'true', user }]) {
    it(`that say ${JSON.stringify(status)} are a no`, async () => {
      server.script(json(201, { status }));
      assert.equal(await reviews.userOf('a token'), undefined);
    });
  }

  it('are a no unless they allow it', async () => {
    for (const status of [{}, { allowed: false, reason: 'because' }, { allowed: 'yes' }]) {
      server.script(json(201, { status }));
      assert.equal(await reviews.may(user, { verb: 'get', path: '/metrics' }), false);
    }
  });

  it('that are refused are an error', async () => {
    server.script(json(403, { code: 403, message: 'tokenreviews is forbidden' }));
    await assert.rejects(reviews.userOf('a token'), (error: unknown) => {
      return error instanceof KubeError && error.kind === 'forbidden' && !error.message.includes('a token');
    });
  });

  it('are asked again when the connection turns out to be closed', async () => {
    const allowed = json(201, { status: { allowed: true } });
    server.script(allowed, (_, request) => request.socket.resetAndDestroy(), allowed);
    const what = { verb: 'get', path: '/metrics' };
    await reviews.may(user, what);
    assert.equal(await reviews.may(user, what), true);
  });
});
