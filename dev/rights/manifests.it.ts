/** What kubectl makes of each install in manifests/: the rights fit what the operator is told. No cluster is asked. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseConfig } from '../../operator/config/config.ts';
import { Kubectl } from '../cluster/kubectl.ts';
import { readInstall } from './install.fixtures.ts';

const root = new URL('../..', import.meta.url).pathname;
const kubectl = new Kubectl({ PATH: process.env['PATH'] ?? '' });
const asTheyAre = { 'barista-system': 'barista-system', cafe: 'cafe' };

for (const folder of ['base', 'namespaced', 'replicated', 'shard'].map((name) => `manifests/${name}`)) {
  describe(folder, async () => {
    const { env, grants, rights, account } = await readInstall(kubectl, root + folder, asTheyAre, '');
    const config = parseConfig(env);

    test('tells the operator what it takes', () => {
      assert.ok('ok' in config, JSON.stringify(config));
    });

    test('lets it have the lease that it is told of, and no other', () => {
      assert.ok('ok' in config);
      const leases = grants.filter(({ resource, verb }) => resource === 'leases' && verb === 'update');
      assert.deepEqual(
        leases.map(({ namespace, name }) => [namespace, name]),
        [['barista-system', config.ok.leaseName]],
      );
    });

    test('lets it see the namespaces that it is told to watch, and no other', () => {
      assert.ok('ok' in config);
      const seen = grants.filter(({ resource, verb }) => resource === 'baristapipelines' && verb === 'watch');
      assert.deepEqual(
        seen.map(({ namespace }) => namespace),
        config.ok.watchNamespaces ?? [undefined],
      );
    });

    test('binds its rights to the account that it runs under', () => {
      const bindings = rights.filter(({ kind }) => kind.endsWith('Binding'));
      assert.ok(bindings.length >= 2);
      for (const { subjects } of bindings)
        assert.deepEqual(subjects, [{ kind: 'ServiceAccount', name: account, namespace: 'barista-system' }]);
    });

    test('gives it a name where it may not look for one', () => {
      assert.ok('ok' in config);
      const mayLook = grants.some(
        ({ resource, name }) => resource === 'namespaces' && name === 'kube-system',
      );
      assert.equal(config.ok.instance === undefined, mayLook);
    });
  });
}
