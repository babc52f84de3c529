/** The part of the conformance suite in which something goes wrong with what runs: deleted, missing, crashing, stuck. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fails, type Corner, type DataflowHarness } from './corner.fixtures.ts';

/** @param parts to be asked within a test, when the server is there */
export function troubleConformance(parts: () => { harness: DataflowHarness; corner: Corner }): void {
  describe('trouble', () => {
    it('a Deployment that somebody deletes is undeployed, and deployed again only after undeploying', async () => {
      const { harness, corner } = parts();
      const { dataflow } = harness;
      const app = await corner.registered('drift');
      const stream = await corner.create('drift', app);
      await dataflow.deploy(stream, corner.properties(app, {}));
      await corner.becomes(stream, 'deployed');
      await harness.deleteDeployments(stream);
      await corner.becomes(stream, 'undeployed');
      assert.equal((await dataflow.runtimes([stream])).get(stream)?.version, undefined);
      assert.deepEqual(await corner.releases(stream), [[1, 'DEPLOYED', 'Install complete']]);
      await fails('leftovers', dataflow.deploy(stream, corner.properties(app, {})));
      await dataflow.undeploy(stream);
      await dataflow.deploy(stream, corner.properties(app, {}));
      await corner.becomes(stream, 'deployed');
    });

    it('an image that does not exist stays deploying, and nobody asks whether it is registered', async () => {
      const { harness, corner } = parts();
      const { dataflow } = harness;
      const app = corner.appKey('absent');
      await corner.register(app);
      const stream = await corner.create('absent', app.name);
      const properties = { ...corner.properties(app.name, {}), [`version.${app.name}`]: 'absent' };
      await dataflow.deploy(stream, properties);
      const instance = await corner.until('the pod is deploying', async () => {
        const found = (await dataflow.runtimes([stream])).get(stream)?.apps[0]?.instances[0];
        return found?.state === 'deploying' ? found : undefined;
      });
      assert.equal(instance.exitCode, undefined);
      await corner.becomes(stream, 'deploying');
      await fails('exists', dataflow.deploy(stream, properties));
      await dataflow.undeploy(stream);
      await corner.becomes(stream, 'undeployed');
    });

    it('an app that crashes says how', async () => {
      const { harness, corner } = parts();
      const { dataflow } = harness;
      const { tag, deployer, exitCode } = harness.crash;
      const app = corner.appKey('crash');
      await corner.register({ ...app, version: tag }, corner.uri(tag));
      const stream = await corner.create('crash', app.name);
      const properties = corner.properties(app.name, {});
      for (const [key, value] of Object.entries(deployer)) properties[`deployer.${app.name}.${key}`] = value;
      await dataflow.deploy(stream, properties);
      const instance = await corner.until('the app has crashed', async () => {
        const found = (await dataflow.runtimes([stream])).get(stream)?.apps[0]?.instances[0];
        return found?.exitCode === undefined ? undefined : found;
      });
      assert.equal(instance.exitCode, exitCode);
      assert.equal(instance.exitReason, 'Error');
      assert.ok((instance.restarts ?? 0) > 0, 'it was started again');
      assert.notEqual((await dataflow.definition(stream))?.state, 'deployed');
    });

    it('an upgrade that never gets healthy fails, and only undeploying gets out', async (t) => {
      const { harness, corner } = parts();
      const { dataflow, healthCheckMs } = harness;
      if (healthCheckMs === undefined) {
        t.skip('the health check of this server takes too long');
        return;
      }
      const app = corner.appKey('stuck');
      await corner.register(app);
      await corner.register({ ...app, version: 'absent' }, corner.uri('absent'));
      const stream = await corner.create('stuck', app.name);
      const back = { [`version.${app.name}`]: app.version };
      await dataflow.deploy(stream, { ...corner.properties(app.name, {}), ...back });
      await corner.becomes(stream, 'deployed');
      await dataflow.update(stream, { [`version.${app.name}`]: 'absent' });
      await corner.becomes(stream, 'deploying');
      await fails('busy', dataflow.update(stream, back));
      await corner.settles(stream, 2, 'FAILED', healthCheckMs);
      const why = `Did not detect apps in replacing release as healthy after ${healthCheckMs} ms.`;
      assert.deepEqual(await corner.releases(stream), [
        [2, 'FAILED', why],
        [1, 'DEPLOYED', 'Install complete'],
      ]);
      await corner.becomes(stream, 'undeployed');
      await fails('noDifference', dataflow.update(stream, back));
      await fails('leftovers', dataflow.deploy(stream, { ...corner.properties(app.name, {}), ...back }));
      await dataflow.undeploy(stream);
      await dataflow.deploy(stream, { ...corner.properties(app.name, {}), ...back });
      await corner.becomes(stream, 'deployed');
      assert.deepEqual((await corner.releases(stream))[0], [3, 'DEPLOYED', 'Install complete']);
    });
  });
}
