/** An entry of the servers file for tests. */
import type { ServerConfig } from './servers.ts';

export function aServer(url: string, more: Partial<ServerConfig> = {}): ServerConfig {
  return {
    name: 'default',
    url,
    platform: 'default',
    namespace: undefined,
    watchWorkloads: false,
    tokenFile: undefined,
    oauth2: undefined,
    caFile: undefined,
    concurrency: 16,
    deployConcurrency: 4,
    readTimeoutMs: 5000,
    writeTimeoutMs: 5000,
    ...more,
  };
}
