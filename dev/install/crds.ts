/** The CRD of this checkout. */
import type { Kubectl } from '../cluster/kubectl.ts';

/** Resolves when the API server serves it. */
export async function installCrds(kubectl: Kubectl): Promise<void> {
  const root = new URL('../..', import.meta.url).pathname;
  await kubectl.run(['apply', '--server-side', '--force-conflicts', '-k', `${root}crds`]);
  await kubectl.run([
    'wait',
    '--for=condition=Established',
    'crd/baristapipelines.barista.dev',
    '--timeout=30s',
  ]);
}
