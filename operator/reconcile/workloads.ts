/** The workloads of a server's streams, as far as they can be seen from here. */
import { unknownWorkload, type Workload } from '../observed/workload.ts';
import type { Dependencies, Server } from './dependencies.ts';

export function workloadOf(
  server: Server | undefined,
  deps: Pick<Dependencies, 'workloads'>,
): (stream: string) => Workload {
  const { workloads } = deps;
  if (workloads === undefined || server?.config.watchWorkloads !== true) return () => unknownWorkload;
  return (stream) => workloads.of(stream, server.config.namespace);
}
