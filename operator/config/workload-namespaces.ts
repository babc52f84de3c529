import type { ServerConfig } from './servers.ts';

/**
 * Where the workloads of streams are watched, undefined for all namespaces: where each server says that its platform runs
 * them, and where the pipelines are for one that does not say. Empty when no server's workloads are watched: then no right
 * on Deployments and Pods is needed.
 */
export function workloadNamespaces(
  servers: readonly Pick<ServerConfig, 'namespace' | 'watchWorkloads'>[],
  watched: readonly string[] | undefined,
): readonly string[] | undefined {
  const named = servers
    .filter((server) => server.watchWorkloads)
    .map(({ namespace }) => (namespace === undefined ? watched : [namespace]));
  if (named.includes(undefined)) return undefined;
  return [...new Set(named.flatMap((namespaces) => namespaces ?? []))];
}
