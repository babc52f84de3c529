/**
 * What the operator relies on of an SCDF server. Runs on `simulator/` and on a real server: where they differ, the
 * simulator is wrong. Names are unique, and all that is made is taken away again, so others may use the server meanwhile.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Corner, fails, REVISION, type DataflowHarness } from './corner.fixtures.ts';
import type { AppKey } from './port.ts';
import { troubleConformance } from './trouble.fixtures.ts';

export function dataflowConformance(name: string, makeServer: () => Promise<DataflowHarness>): void {
  describe(`SCDF: ${name}`, () => {
    let harness: DataflowHarness;
    let corner: Corner;

    before(async () => {
      harness = await makeServer();
      corner = new Corner(harness);
    });

    after(async () => {
      await corner.cleanUp();
      await harness.close();
    });

    describe('apps', () => {
      it('are registered once', async () => {
        const app = corner.appKey('once');
        await corner.register(app);
        assert.deepEqual(await harness.dataflow.appVersions('app', app.name), [
          { ...app, uri: corner.uri(), defaultVersion: true },
        ]);
        await fails('exists', corner.register(app));
      });

      it('have the tag for their version', async () => {
        const app = corner.appKey('tagged');
        await corner.register(app);
        await fails('rejected', corner.register({ ...app, version: 'other' }));
        assert.equal((await harness.dataflow.appVersions('app', app.name)).length, 1);
      });

      it('keep their repository', async () => {
        const app = corner.appKey('kept');
        await corner.register(app);
        const elsewhere = 'docker:elsewhere/app:2';
        await fails('rejected', corner.register({ ...app, version: '2' }, elsewhere));
      });

      it('have one default version, the first, until another is made it', async () => {
        const one = corner.appKey('default');
        const two = { ...one, version: 'other' };
        await corner.register(one);
        await corner.register(two, corner.uri('other'));
        assert.deepEqual(await corner.defaults(one), [one.version]);
        await harness.dataflow.makeDefault(two);
        assert.deepEqual(await corner.defaults(one), ['other']);
        await fails('notFound', harness.dataflow.makeDefault({ ...one, version: 'nobody' }));
      });

      it('have no default version when that is unregistered', async () => {
        const one = corner.appKey('bare');
        await corner.register(one);
        await corner.register({ ...one, version: 'other' }, corner.uri('other'));
        await harness.dataflow.unregister(one);
        const left = await harness.dataflow.appVersions('app', one.name);
        assert.deepEqual(
          left.map((app) => [app.version, app.defaultVersion]),
          [['other', false]],
        );
        await fails('rejected', corner.create('bare', one.name));
      });

      it('are told from those whose name contains theirs, and from those of another type', async () => {
        const app = corner.appKey('name');
        await corner.register(app);
        await corner.register({ ...app, name: `${app.name}-longer` });
        await corner.register({ ...app, type: 'source' });
        const found = await harness.dataflow.appVersions('app', app.name);
        assert.deepEqual(
          found.map((it) => [it.type, it.name]),
          [['app', app.name]],
        );
      });

      it('that are unknown cannot be unregistered', async () => {
        await fails('notFound', harness.dataflow.unregister(corner.appKey('nobody')));
        assert.deepEqual(await harness.dataflow.appVersions('app', corner.appKey('nobody').name), []);
      });
    });

    describe('definitions', () => {
      it('are read back as they were given', async () => {
        const { dataflow } = harness;
        const app = await corner.registered('read');
        const stream = await corner.create('read', `worker: ${app} --a=b`, 'barista.dev/v1alpha1 me/ns/name');
        const found = await dataflow.definition(stream);
        assert.equal(found?.name, stream);
        assert.equal(found.originalDsl, `worker: ${app} --a=b`);
        assert.equal(found.description, 'barista.dev/v1alpha1 me/ns/name');
        assert.equal(found.state, 'undeployed');
        assert.deepEqual(found.apps, [{ label: 'worker', name: app, properties: { a: 'b' } }]);
        assert.deepEqual(await dataflow.deployment(stream), { state: 'undeployed', properties: {} });
        assert.deepEqual(await dataflow.history(stream), []);
        assert.equal((await dataflow.runtimes([stream])).get(stream)?.apps.length ?? 0, 0);
      });

      it('are looked at together as they are alone, whoever else is called alike', async () => {
        const { dataflow } = harness;
        const app = await corner.registered('alike');
        const make = (name: string) => corner.create(name, `worker: ${app}`, name);
        const few = [await make('alike-1'), await make('alike-2')];
        const names = [...few, corner.stream('alike-none')];
        const alone = await Promise.all(few.map((name) => dataflow.definition(name)));
        assert.deepEqual([...(await dataflow.definitionsOf(names)).values()], alone);
        for (const more of ['3', '4', '5', '6', '7']) await make(`alike-${more}`);
        assert.deepEqual([...(await dataflow.definitionsOf(names)).values()], alone);
        assert.equal((await dataflow.runtimes(names)).size, 0);
        assert.equal((await dataflow.definitionsOf([corner.stream('alike-none')])).size, 0);
      });

      it('hide the values of secrets', async () => {
        const app = await corner.registered('secret');
        const stream = await corner.create('secret', `${app} --spring.password=hunter2 --plain=x`);
        const found = await harness.dataflow.definition(stream);
        assert.deepEqual(found?.apps?.[0]?.properties, { 'spring.password': '******', plain: 'x' });
        assert.doesNotMatch(found.originalDsl + found.dsl, /hunter2/);
      });

      it('are made once', async () => {
        const app = await corner.registered('dup');
        const stream = await corner.create('dup', app);
        await fails('exists', harness.dataflow.create({ name: stream, definition: app, description: '' }));
      });

      it('must be correct and name known apps', async () => {
        await fails('rejected', corner.create('broken', 'time > '));
        await fails('rejected', corner.create('broken', `${harness.prefix}-nothing > :x`));
        await fails('rejected', corner.create('broken', ''));
        assert.equal(await harness.dataflow.definition(corner.stream('broken')), undefined);
      });

      it('are listed, and gone when destroyed', async () => {
        const app = await corner.registered('gone');
        const stream = await corner.create('gone', app);
        const listed = async (): Promise<number> =>
          (await harness.dataflow.definitions()).filter((it) => it.name === stream).length;
        assert.equal(await listed(), 1);
        await harness.dataflow.destroy(stream);
        assert.equal(await listed(), 0);
        await fails('notFound', harness.dataflow.destroy(stream));
      });

      it('that are unknown are undefined', async () => {
        const nobody = corner.stream('nobody');
        assert.equal(await harness.dataflow.definition(nobody), undefined);
        assert.equal(await harness.dataflow.deployment(nobody), undefined);
        assert.equal((await harness.dataflow.runtimes([nobody])).size, 0);
        assert.deepEqual(await harness.dataflow.history(nobody), []);
      });
    });

    describe('requests that are wrong', () => {
      it('leave a stream undeployed', async () => {
        const { dataflow } = harness;
        const app = await corner.registered('wrong');
        const stream = await corner.create('wrong', app);
        const platform = { 'spring.cloud.dataflow.skipper.platformName': harness.platform };
        await fails('rejected', dataflow.deploy(stream, { ...platform, 'nonsense.key': 'x' }));
        await fails('rejected', dataflow.deploy(stream, { [Object.keys(platform)[0]!]: 'mars' }));
        assert.equal((await dataflow.definition(stream))?.state, 'undeployed');
        assert.deepEqual(await dataflow.history(stream), []);
      });

      it('about names that are too long, or are none on Kubernetes, come out at the deployment', async () => {
        const { dataflow } = harness;
        const app = await corner.registered('long');
        for (const part of ['x'.repeat(50), 'Under_score']) {
          const stream = await corner.create(part, app);
          await fails('rejected', dataflow.deploy(stream, corner.properties(app, {})));
          assert.equal((await dataflow.definition(stream))?.state, 'undeployed');
        }
      });

      it('about streams that are unknown', async () => {
        const nobody = corner.stream('nobody');
        await fails('notFound', harness.dataflow.deploy(nobody, {}));
        await fails('notFound', harness.dataflow.undeploy(nobody));
        await fails('notFound', harness.dataflow.update(nobody, {}));
        await fails('notFound', harness.dataflow.scale(nobody, 'x', 2));
      });

      it('about streams that were never deployed', async () => {
        const app = await corner.registered('never');
        const stream = await corner.create('never', app);
        await fails('notFound', harness.dataflow.update(stream, {}));
        await fails('notFound', harness.dataflow.scale(stream, app, 2));
        await harness.dataflow.undeploy(stream);
      });
    });

    describe('a deployed stream', () => {
      it('says from which revision it came, and can be updated', async () => {
        const { dataflow } = harness;
        const app = await corner.registered('life');
        const stream = await corner.create('life', `work: ${app}`);
        const first = corner.properties('work', { [REVISION]: 'one', size: 'L' });
        await dataflow.deploy(stream, {
          ...first,
          'deployer.work.kubernetes.terminationGracePeriodSeconds': '5',
        });
        assert.equal(await corner.property(stream, REVISION), 'one');
        assert.equal((await dataflow.definition(stream))?.originalDsl, `work: ${app}`);
        await corner.becomes(stream, 'deployed');
        await fails('exists', dataflow.deploy(stream, first));
        const deployment = await dataflow.deployment(stream);
        assert.equal(deployment?.state, 'deployed');
        assert.equal(deployment.properties['work']?.['kubernetes.terminationGracePeriodSeconds'], '5');
        assert.equal(deployment.properties['work']['version'], harness.app.tag);
        assert.deepEqual(await corner.releases(stream), [[1, 'DEPLOYED', 'Install complete']]);
        await fails('noDifference', dataflow.update(stream, first));
        await fails('noDifference', dataflow.update(stream, { 'deployer.work.count': '2' }));
        await fails('rejected', dataflow.update(stream, { 'version.work': '77' }));

        await dataflow.update(stream, corner.properties('work', { [REVISION]: 'two' }));
        assert.equal(await corner.property(stream, REVISION), 'two');
        await fails('busy', dataflow.update(stream, corner.properties('work', { [REVISION]: 'three' })));
        await fails('busy', dataflow.undeploy(stream));
        await fails('busy', dataflow.destroy(stream));
        assert.deepEqual((await corner.releases(stream))[0], [2, 'UNKNOWN', 'Upgrade install underway']);
        await corner.settles(stream, 2, 'DEPLOYED');
        assert.deepEqual(await corner.releases(stream), [
          [2, 'DEPLOYED', 'Upgrade complete'],
          [1, 'DELETED', 'Delete complete'],
        ]);
        await corner.becomes(stream, 'deployed');
        assert.equal(await corner.property(stream, REVISION), 'two');
        assert.equal(await corner.property(stream, 'size'), 'L');
      });

      it('is scaled, undeployed as often as one likes, and keeps its properties', async () => {
        const { dataflow } = harness;
        const app = await corner.registered('scaled');
        const stream = await corner.create('scaled', app);
        await dataflow.deploy(stream, corner.properties(app, { [REVISION]: 'one', first: '1' }));
        await corner.becomes(stream, 'deployed');
        await dataflow.scale(stream, app, 2);
        await dataflow.scale(stream, 'nobody', 5);
        // A pod that has no container yet has not restarted it 0 times either.
        const runtime = await corner.until('two instances that were never restarted are there', async () => {
          const found = (await dataflow.runtimes([stream])).get(stream);
          const instances = found?.apps[0]?.instances ?? [];
          return instances.length === 2 && instances.every((it) => it.restarts === 0) ? found : undefined;
        });
        assert.equal(runtime.version, '1');
        assert.equal(runtime.apps[0]?.name, app);

        await dataflow.undeploy(stream);
        await dataflow.undeploy(stream);
        await corner.becomes(stream, 'undeployed');
        assert.deepEqual(await corner.releases(stream), [[1, 'DELETED', 'Delete complete']]);
        await fails('notFound', dataflow.update(stream, { [`app.${app}.more`]: 'x' }));

        await dataflow.deploy(stream, corner.properties(app, { [REVISION]: 'two', second: '2' }));
        assert.equal(await corner.property(stream, 'first'), '1');
        assert.equal(await corner.property(stream, 'second'), '2');
        assert.equal(await corner.property(stream, REVISION), 'two');
        await dataflow.destroy(stream);
        assert.equal(await dataflow.definition(stream), undefined);
        assert.deepEqual((await corner.releases(stream))[0], [2, 'DELETED', 'Delete complete']);

        await corner.create('scaled', app);
        assert.equal(await corner.property(stream, 'first'), undefined);
        await dataflow.deploy(stream, corner.properties(app, {}));
        assert.deepEqual((await corner.releases(stream))[0], [3, 'DEPLOYED', 'Install complete']);
      });

      it('keeps its apps registered for as long as it is defined', async () => {
        const { dataflow } = harness;
        const app = corner.appKey('used');
        await corner.register(app);
        const stream = await corner.create('used', app.name);
        await dataflow.deploy(stream, corner.properties(app.name, {}));
        await fails('inUse', dataflow.unregister(app));
        // Undeploying is not enough: only the definition's end lets them go.
        await dataflow.undeploy(stream);
        await fails('inUse', dataflow.unregister(app));
        await dataflow.destroy(stream);
        await dataflow.unregister(app);
      });

      it('keeps SCDF from unregistering an app that is called like its label', async () => {
        const { dataflow } = harness;
        const label = corner.appKey('label');
        await corner.register(label);
        const app = await corner.registered('named');
        const stream = await corner.create('label', `${label.name}: ${app}`);
        await dataflow.deploy(stream, corner.properties(label.name, {}));
        await fails('unexpected', dataflow.unregister(label));
        await dataflow.destroy(stream);
        await dataflow.unregister(label);
      });

      it('has its topic and its label in the text', async () => {
        const { dataflow } = harness;
        const source: AppKey = { ...corner.appKey('topic'), type: 'source' };
        await corner.register(source);
        const definition = `customer: ${source.name} > :${harness.prefix}.orders`;
        const stream = await corner.create('topic', definition);
        await dataflow.deploy(stream, corner.properties('customer', { [REVISION]: 'one' }));
        const found = await dataflow.definition(stream);
        assert.equal(found?.originalDsl, definition);
        assert.match(found.dsl, new RegExp(`^customer: ${source.name} .* > :${harness.prefix}\\.orders$`));
        assert.equal(found.apps?.[0]?.label, 'customer');
        assert.equal(found.apps[0].name, source.name);
        assert.equal(found.apps[0].properties[REVISION], 'one');
      });

      it('has a history of its own', async () => {
        const { dataflow } = harness;
        const app = await corner.registered('hist');
        const short = await corner.create('hist', app);
        const long = await corner.create('hist-longer', app);
        await dataflow.deploy(long, corner.properties(app, {}));
        assert.deepEqual(await dataflow.history(short), []);
        const [release] = await dataflow.history(long);
        assert.equal(release?.version, 1);
        assert.ok(release.lastDeployed !== undefined, 'the release says when it was deployed');
      });
    });

    troubleConformance(() => ({ harness, corner }));

    it('lists the platform', async () => {
      const found = (await harness.dataflow.platforms()).find((it) => it.name === harness.platform);
      assert.deepEqual(found, { name: harness.platform, type: 'kubernetes' });
    });
  });
}
