/** An operator that is installed would look after a test's pipelines too. */
import type { Kubectl } from '../cluster/kubectl.ts';
import { OPERATOR, OPERATOR_NAMESPACE } from './install.ts';

/** Stops it, where there is one. Resolves when its pods are gone, with what brings it back. */
export async function sendHome(kubectl: Kubectl): Promise<() => Promise<void>> {
  const deployment = ['-n', OPERATOR_NAMESPACE, `deployment/${OPERATOR}`];
  const found = (await kubectl.get(...deployment)) as { spec?: { replicas?: number } } | undefined;
  const replicas = found?.spec?.replicas ?? 0;
  if (replicas === 0) return () => Promise.resolve();
  const scale = (to: number) => kubectl.run(['scale', ...deployment, `--replicas=${to}`]);
  await scale(0);
  await kubectl.run([
    'wait',
    '-n',
    OPERATOR_NAMESPACE,
    'pod',
    '-l',
    `app.kubernetes.io/name=${OPERATOR}`,
    '--for=delete',
    '--timeout=60s',
  ]);
  return async () => {
    await scale(replicas);
  };
}
