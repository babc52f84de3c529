/** The namespaces of the benchmark. They are labelled, so that what a killed benchmark has left is found: an operator that is installed would take up its thousands of pipelines. */
import { PIPELINES } from '../../../operator/api/types.ts';
import { KubeClient } from '../../../operator/kube/client.ts';
import { connect, loadKubeConfig } from '../../../operator/kube/kube-config.ts';
import { listAll } from '../../../operator/kube/list-all.ts';
import { KubeError, type ResourceKind } from '../../../operator/kube/port.ts';
import type { Scope } from '../../../operator/kube/list-watch.ts';
import { RestClient } from '../../../operator/kube/rest.ts';
import { systemClock as clock } from '../../../operator/runtime/clock.ts';
import { waitFor } from '../../cluster/wait.ts';
import { inParallel } from './in-parallel.ts';

const NAMESPACES: ResourceKind = { group: '', version: 'v1', plural: 'namespaces' };
const labels = { 'app.kubernetes.io/part-of': 'barista-bench' };
/** Requests that are under way at a time. */
const AT_A_TIME = 16;

export async function makeNamespace(kube: KubeClient, name: string): Promise<void> {
  await kube.create(NAMESPACES, undefined, { metadata: { name, labels } });
}

/** With all its pipelines, and without an operator's help: what it made was simulated. Resolves when it is gone. */
export async function removeNamespace(kube: KubeClient, name: string): Promise<void> {
  // First of all: from here on nobody makes anything in it.
  await unlessGone(kube.delete(NAMESPACES, { name }));
  const pipelines = await namesIn(kube, { kind: PIPELINES, namespace: name });
  await inParallel(pipelines, AT_A_TIME, async (pipeline) => {
    const key = { namespace: name, name: pipeline };
    await unlessGone(kube.patch(PIPELINES, key, { metadata: { finalizers: null } }));
    await unlessGone(kube.delete(PIPELINES, key));
  });
  await waitFor(`namespace ${name} to go`, async () => (await kube.get(NAMESPACES, { name })) === undefined, {
    within: 300_000,
  });
}

/** What benchmarks that were killed have left. Returns its namespaces. */
export async function removeLeftovers(kubeconfig: string): Promise<readonly string[]> {
  const connection = connect(loadKubeConfig(kubeconfig), clock);
  const kube = new KubeClient(new RestClient({ connection, clock, userAgent: 'barista-bench' }), clock);
  const labelSelector = Object.entries(labels)
    .map((label) => label.join('='))
    .join(',');
  try {
    const left = await namesIn(kube, { kind: NAMESPACES, labelSelector });
    for (const name of left) await removeNamespace(kube, name);
    return left;
  } finally {
    connection.close();
  }
}

async function namesIn(kube: KubeClient, scope: Scope): Promise<string[]> {
  const { items } = await listAll(kube, scope, 500, AbortSignal.timeout(60_000));
  return items.map(({ metadata }) => metadata.name);
}

/** Somebody else may be removing it, too. */
async function unlessGone(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof KubeError && error.kind === 'notFound')) throw error;
  }
}
