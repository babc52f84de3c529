import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { describeGrant, grantsOf, isUsed, requestOf } from './rules.fixtures.ts';

describe('a request as RBAC sees it', () => {
  const cases: readonly [string, string, string][] = [
    ['GET', '/apis/apps/v1/deployments?limit=500', 'list deployments.apps in all namespaces'],
    ['GET', '/api/v1/namespaces/cafe/pods?watch=true', 'watch pods in cafe'],
    ['GET', '/api/v1/namespaces/cafe/pods/p/log?tailLines=3', 'get pods/log/p in cafe'],
    ['GET', '/api/v1/namespaces/kube-system', 'get namespaces/kube-system in all namespaces'],
    ['POST', '/apis/events.k8s.io/v1/namespaces/cafe/events', 'create events.events.k8s.io in cafe'],
    ['PUT', '/apis/coordination.k8s.io/v1/namespaces/s/leases/l', 'update leases.coordination.k8s.io/l in s'],
    [
      'PATCH',
      '/apis/barista.dev/v1alpha1/namespaces/c/baristapipelines/b/status',
      'patch baristapipelines/status.barista.dev/b in c',
    ],
  ];
  for (const [method, url, expected] of cases) {
    test(`${method} ${url}`, () => assert.equal(describeGrant(requestOf(method, url)), expected));
  }
});

describe('a role', () => {
  const grants = grantsOf({
    metadata: { name: 'r', namespace: 'cafe' },
    rules: [
      { apiGroups: [''], resources: ['pods', 'pods/log'], verbs: ['get', 'list'] },
      { apiGroups: ['apps'], resources: ['deployments'], resourceNames: ['a', 'b'], verbs: ['get'] },
    ],
  });

  test('allows each verb on each resource and name', () => {
    assert.equal(grants.length, 2 * 2 + 2);
  });

  test('of the whole cluster lists all of it', () => {
    const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }];
    const used = (...urls: string[]) =>
      grantsOf({ metadata: { name: 'c' }, rules })
        .filter((grant) =>
          isUsed(
            grant,
            urls.map((url) => requestOf('GET', url)),
          ),
        )
        .map(({ verb }) => verb);
    const [one, list] = ['/api/v1/namespaces/cafe/pods/p', '/api/v1/namespaces/cafe/pods'];
    assert.deepEqual(used(one, list), ['get']);
    assert.deepEqual(used(one, '/api/v1/pods'), ['get', 'list']);
  });

  test('is used only by the same verb on the same thing in the same place', () => {
    const used = (method: string, url: string) =>
      grants.filter((grant) => isUsed(grant, [requestOf(method, url)])).map(describeGrant);
    assert.deepEqual(used('GET', '/api/v1/namespaces/cafe/pods'), ['list pods in cafe']);
    assert.deepEqual(used('GET', '/api/v1/namespaces/elsewhere/pods'), []);
    assert.deepEqual(used('DELETE', '/api/v1/namespaces/cafe/pods/p'), []);
    assert.deepEqual(used('GET', '/apis/apps/v1/namespaces/cafe/deployments/b'), [
      'get deployments.apps/b in cafe',
    ]);
  });
});
