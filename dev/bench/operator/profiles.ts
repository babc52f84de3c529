/** How slow the simulated SCDF is. */
import { quick, type Operation, type Settings } from '../../../operator/dataflow/simulator/settings.ts';

export type ProfileName = 'slow' | 'fast';

const reads: readonly Operation[] = [
  'appVersions',
  'definition',
  'deployment',
  'runtime',
  'history',
  'definitions',
  'platforms',
];
const creations: readonly Operation[] = ['register', 'makeDefault', 'unregister', 'create'];
const deployments: readonly Operation[] = ['destroy', 'deploy', 'undeploy', 'update', 'scale'];

function latencies(read: number, create: number, deploy: number): Settings['latencyMs'] {
  const all = (operations: readonly Operation[], ms: number) =>
    operations.map((operation) => [operation, ms] as const);
  return Object.fromEntries([...all(reads, read), ...all(creations, create), ...all(deployments, deploy)]);
}

/** `slow` is nearly what was measured of a real server (facts/scdf-observed.md); `fast` is a server that is in nobody's way. */
export const profiles: Readonly<Record<ProfileName, () => Settings>> = {
  slow: () => ({ ...quick(), latencyMs: latencies(20, 25, 250), capacity: 4 }),
  fast: () => ({ ...quick(), latencyMs: latencies(20, 20, 20), inFlight: 32 }),
};

/** What a user who knows the server writes into the servers file: as many calls at a time as it takes. */
export const bounds: Readonly<Record<ProfileName, { concurrency: number; deployConcurrency: number }>> = {
  slow: { concurrency: 32, deployConcurrency: 4 },
  fast: { concurrency: 64, deployConcurrency: 32 },
};
