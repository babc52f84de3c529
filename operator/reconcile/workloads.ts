/** The workloads of a server's streams, as far as they can be seen from here. */
import { hide } from '../dataflow/secrets.ts';
import { unknownWorkload, withWords, type Workload } from '../observed/workload.ts';
import type { Dependencies, Server } from './dependencies.ts';

/** What a pod says may be long; in a condition it stands beside that of others. */
const LONGEST = 400;

export function workloadOf(
  server: Server | undefined,
  { workloads, secrets = [] }: Pick<Dependencies, 'workloads' | 'secrets'>,
): (stream: string) => Workload {
  if (workloads === undefined || server?.config.watchWorkloads !== true) return () => unknownWorkload;
  const edit = (words: string) => hide(words, secrets).slice(0, LONGEST);
  return (stream) => withWords(workloads.of(stream, server.config.namespace), edit);
}
