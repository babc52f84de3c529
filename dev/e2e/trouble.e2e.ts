/** What goes wrong in a cluster: images, crashes, and people who change things behind the operator. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { waitFor } from '../cluster/wait.ts';
import { barOnly, fresh, harness, type Harness } from './harness.ts';

describe('trouble', () => {
  let it: Harness;
  const made: string[] = [];

  before(async () => {
    it = await harness();
  });
  after(async () => {
    for (const name of made) await it.remove(name);
  });

  async function start(word: string, barista: Record<string, unknown> = {}): Promise<string> {
    const name = fresh(word);
    made.push(name);
    await it.apply(name, barOnly(name, { barista }));
    return name;
  }

  test('an image that does not exist is named within a minute, and corrected it heals', async () => {
    const image = 'docker.io/barista/worker:does-not-exist';
    const name = await start('no-image', { image });
    const ready = await it.conditionIs(name, (found) => found.reason === 'ImagePullBackOff', 60_000);
    assert.equal(ready.status, 'False');
    assert.ok(ready.message.includes(image) && ready.message.includes(`${name}-bar`), ready.message);
    await it.apply(name, barOnly(name));
    await it.ready(name);
  });

  test('a worker that crashes is shown with its exit code', async () => {
    const name = await start('crashing', {
      properties: { 'barista.log.format': 'morse' },
    });
    const ready = await it.conditionIs(name, (found) => found.reason === 'CrashLoopBackOff', 90_000);
    assert.match(ready.message, /exit code 78/);
    await it.apply(name, barOnly(name));
    await it.ready(name);
  });

  test('what somebody takes away behind the operator comes back, and then it is quiet', async () => {
    const name = await start('drifting');
    const stream = `${name}-bar`;
    await it.ready(name);

    const heals = async (what: string, harm: () => Promise<unknown>): Promise<void> => {
      const before = await it.writes();
      await harm();
      await waitFor(`${what}: the operator to act`, async () => (await it.writes()) > before, {
        within: 90_000,
      });
      await it.ready(name);
      const settled = await it.writes();
      await it.look(name);
      assert.equal(await it.writes(), settled, `${what}: no write once it is healed`);
    };

    await heals('the Deployment deleted', async () => {
      const [deployment] = await it.deployments(stream);
      const { name: deploymentName, namespace } = deployment?.['metadata'] as {
        name: string;
        namespace: string;
      };
      await it.kubectl.run(['-n', namespace, 'delete', 'deployment', deploymentName]);
    });
    await heals('the stream undeployed', () => it.scdf.undeploy(stream));
    await heals('the stream deleted', () => it.scdf.destroy(stream));
    await heals('the Deployment scaled', async () => {
      const [deployment] = await it.deployments(stream);
      const { name: deploymentName, namespace } = deployment?.['metadata'] as {
        name: string;
        namespace: string;
      };
      await it.kubectl.run(['-n', namespace, 'scale', 'deployment', deploymentName, '--replicas=2']);
    });
  });
});
