/** `spec.barista.upgrade: Recreate`: no version of the worker starts while another one runs. Pure. */
import type { DesiredStream } from '../desired/desired.ts';
import type { ObservedStream } from '../observed/observed.ts';

/**
 * What has to be gone before the stream is deployed, for people; undefined when nothing has. A pod that is ending counts: it may
 * hold partitions, and still serve.
 */
export function lingering(
  { recreate }: Pick<DesiredStream, 'recreate'>,
  { workload }: Pick<ObservedStream, 'workload'>,
): string | undefined {
  if (!recreate) return undefined;
  const deployments = workload.deployments.map(({ name }) => `Deployment ${name}`);
  const count = workload.pods.length;
  const pods = count === 0 ? [] : [`${count} ${count === 1 ? 'pod' : 'pods'}`];
  const rest = [...deployments, ...pods];
  return rest.length === 0 ? undefined : rest.join(', ');
}

/**
 * The label of the app whose instances have to end before the stream is undeployed; undefined when none has. Only where nobody
 * watches the pods: of a stream that is undeployed SCDF shows none, so it is scaled to nothing first, and SCDF shows when that is done.
 */
export function toBeEmptied(
  { recreate }: Pick<DesiredStream, 'recreate'>,
  { workload, runtime }: Pick<ObservedStream, 'workload' | 'runtime'>,
): string | undefined {
  if (!recreate || workload.known) return undefined;
  return runtime?.apps.find((app) => app.instances.length > 0)?.name;
}
