/** The chart on the real cluster: installed in place of the kustomization, upgraded, rolled back and uninstalled, while a pipeline serves and never notices. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { splitImage } from '../../operator/api/app-uri.ts';
import { waitFor } from '../cluster/wait.ts';
import { chart, Helm } from '../helm/helm.ts';
import { install, OPERATOR, OPERATOR_NAMESPACE } from '../install/install.ts';
import { barOnly, fresh, harness, NAMESPACE, type Harness } from './harness.ts';

const IN_NAMESPACE = ['--namespace', OPERATOR_NAMESPACE];

describe('the Helm chart', () => {
  const name = fresh('helm');
  let it: Harness;
  let helm: Helm;
  /** Pods of the pipeline, and how often they were restarted, before anything was done. */
  let pods: string;

  before(async () => {
    it = await harness();
    helm = await Helm.get(it.target.env);
    await it.apply(name, barOnly(name));
    await it.ready(name);
    pods = await podsNow();
  });
  after(async () => {
    await helm.attempt(['uninstall', OPERATOR, ...IN_NAMESPACE, '--wait']);
    await install(it.target, it.kubectl);
    await it.remove(name);
  });

  function podsNow(): Promise<string> {
    const fields = '{.metadata.uid} {.status.containerStatuses[*].restartCount}';
    const how = ['-o', `jsonpath={range .items[*]}${fields}{"\\n"}{end}`];
    return it.kubectl.run(['get', 'pods', '-A', '-l', `spring-group-id=${name}-bar`, ...how]);
  }

  /** Nobody has touched it, and the operator looks after it. */
  async function notices(): Promise<void> {
    await it.look(name);
    assert.equal((await it.condition(name, 'Ready'))?.status, 'True');
    assert.equal(await podsNow(), pods);
  }

  function values(more: Readonly<Record<string, unknown>> = {}): string {
    const image = (of: string) => {
      const { repository, version: tag } = splitImage(of);
      return { repository, tag };
    };
    return JSON.stringify({
      image: image(it.target.operatorImage),
      worker: { image: image(it.target.workerImage) },
      servers: [{ name: 'default', url: it.target.dataflowUriFromPods, platform: 'default' }],
      ...more,
    });
  }

  const act = (verb: string, more: readonly string[], input: string) =>
    helm.run(
      [verb, OPERATOR, chart, ...IN_NAMESPACE, '--values', '-', '--wait', '--timeout=120s', ...more],
      input,
    );

  const replicas = async () => {
    const found = await it.kubectl.get(...IN_NAMESPACE, 'deployment', OPERATOR);
    return (found?.['status'] as { readyReplicas?: number } | undefined)?.readyReplicas;
  };

  test('takes over what kubectl apply -k has installed', async () => {
    // What a Deployment selects by cannot be changed, so it goes; everything else is taken over.
    await it.kubectl.run([...IN_NAMESPACE, 'delete', 'deployment', OPERATOR, '--wait']);
    const notes = await act('install', ['--take-ownership', '--force-conflicts'], values());
    assert.match(notes, /Barista is installed\. It looks after all pipelines of the cluster\./);
    await notices();
  });

  test('upgrades it', async () => {
    await act('upgrade', [], values({ replicas: 2, settings: { sweepSeconds: 30 } }));
    await waitFor('two replicas', async () => (await replicas()) === 2, { within: 60_000 });
    await notices();
  });

  test('rolls it back', async () => {
    await helm.run(['rollback', OPERATOR, '1', ...IN_NAMESPACE, '--wait']);
    await waitFor('one replica', async () => (await replicas()) === 1, { within: 60_000 });
    await notices();
  });

  test('leaves pipelines, their streams and the CRD when it is uninstalled', async () => {
    await helm.run(['uninstall', OPERATOR, ...IN_NAMESPACE, '--wait']);
    assert.equal(await it.kubectl.get(...IN_NAMESPACE, 'deployment', OPERATOR), undefined);
    const left = await it.kubectl.get('-n', NAMESPACE, 'bp', name);
    assert.equal((left?.['metadata'] as { deletionTimestamp?: string }).deletionTimestamp, undefined);
    assert.equal(await podsNow(), pods);
  });

  test('comes back, and finds everything as it was', async () => {
    await act('install', ['--take-ownership'], values());
    await notices();
    assert.equal(await it.writes(), 0);
  });

  test('goes back a release with the operator alone, and forward again, and the CRD stays', async () => {
    const uid = async () => {
      const crd = await it.kubectl.get('crd', 'baristapipelines.barista.dev');
      return (crd?.['metadata'] as { uid: string } | undefined)?.uid;
    };
    const before = await uid();
    await act('upgrade', [], values({ crds: { install: false } }));
    assert.equal(await uid(), before);
    await notices();
    await act('upgrade', [], values());
    assert.equal(await uid(), before);
    await notices();
  });
});
