/** The Kubernetes node, from its network to `Ready`. */
import { join } from 'node:path';
import { attempt } from './command.ts';
import type { Context } from './context.ts';
import { apiServer, etcd, kubeApiserver, kubeControllerManager, kubeScheduler } from './control-plane.ts';
import { StackFailure } from './failure.ts';
import { generate } from './files.ts';
import { kubeBinaries } from './kube-binaries.ts';
import { nodeName } from './layout.ts';
import { kubelet, kubeProxy } from './node.ts';
import { kubeconfigFor } from './pki.ts';
import { until } from './wait.ts';

/** What has to be there before a part of the cluster can start. */
export interface Prerequisites {
  readonly network: Promise<unknown>;
  readonly certificates: Promise<unknown>;
  readonly containerd: Promise<unknown>;
}

/** Starts the API server with what it needs, and writes the kubeconfig. Gives the folder of the Kubernetes programs. */
export async function apiServerUp(context: Context, needs: Prerequisites): Promise<string> {
  const { paths, parts, progress } = context;
  const [bin] = await Promise.all([kubeBinaries(paths, progress), needs.network, needs.certificates]);
  await progress.step('kube-apiserver', async () => {
    await parts.ensure(etcd(paths));
    await parts.ensure(kubeApiserver(paths, bin));
  });
  generate(paths.kubeconfig, kubeconfigFor(paths, 'admin', apiServer));
  return bin;
}

/** Starts the rest of the node beside the API server and waits until it is Ready. */
export async function nodeUp(context: Context, bin: string, needs: Prerequisites): Promise<void> {
  const { paths, parts, progress } = context;
  await progress.step('the Kubernetes node', async () => {
    await Promise.all([
      parts.ensure(kubeControllerManager(paths, bin)),
      parts.ensure(kubeScheduler(paths, bin)),
      parts.ensure(kubeProxy(paths, bin)),
      needs.containerd.then(() => parts.ensure(kubelet(paths, bin))),
    ]);
    const ready = await until(() => nodeReady(join(bin, 'kubectl'), paths.kubeconfig), 60_000, 300);
    if (!ready)
      throw new StackFailure(`the node did not become Ready within 60 s; see ${parts.logOf('kubelet')}`);
  });
}

async function nodeReady(kubectl: string, kubeconfig: string): Promise<boolean> {
  const condition = '{.status.conditions[?(@.type=="Ready")].status}';
  const account = ['get', 'serviceaccount', 'default', '-n', 'default'];
  const node = await attempt(kubectl, [
    '--kubeconfig',
    kubeconfig,
    'get',
    'node',
    nodeName,
    '-o',
    `jsonpath=${condition}`,
  ]);
  // A pod is refused until the controller manager has made its namespace's service account.
  return (
    node.stdout.trim() === 'True' &&
    (await attempt(kubectl, ['--kubeconfig', kubeconfig, ...account])).code === 0
  );
}
