import { objectPath, withQuery } from './path.ts';
import { KubeError, type ObjectKey, type PodLogs } from './port.ts';
import type { RestClient } from './rest.ts';

const pods = { group: '', version: 'v1', plural: 'pods' } as const;
/** A line may be long; the tail of a log is read into memory. */
const limitBytes = 64 * 1024;

/** Logs of pods over the API server, which asks the kubelet. */
export function podLogs(rest: RestClient): PodLogs {
  return {
    async tail(pod: ObjectKey, lines: number, signal?: AbortSignal): Promise<string | undefined> {
      const path = withQuery(`${objectPath(pods, pod)}/log`, { tailLines: lines, limitBytes });
      const chunks: Buffer[] = [];
      try {
        for await (const chunk of rest.stream({ method: 'GET', path, signal })) chunks.push(chunk);
      } catch (error) {
        if (error instanceof KubeError && error.kind === 'notFound') return undefined;
        throw error;
      }
      return Buffer.concat(chunks).toString('utf8');
    },
  };
}
