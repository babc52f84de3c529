/** SCDF as a part of the stack. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { dataflowCommand, dataflowReady } from './dataflow.ts';
import { kafkaForPods } from './kafka.ts';
import { network, ports, streamsNamespace } from './layout.ts';
import type { Part } from './parts.ts';
import type { Paths } from './paths.ts';

export const dataflowUri = `http://${network.gateway}:${ports.SCDF}`;

/** While this file exists the stand-in for Skipper answers as one that is down; for tests. */
export const skipperDownFile = (paths: Paths): string => join(paths.data, 'skipper-down');

/** The environment that changes what SCDF is started with. */
export interface DataflowEnvironment {
  /** The API of a real Skipper, instead of the stand-in. */
  readonly SKIPPER_URI?: string | undefined;
  /** Name of the platform account; `default` otherwise. */
  readonly SKIPPER_PLATFORM?: string | undefined;
}

/** Upstream gives up on an upgrade after five minutes; nobody who tries something out waits that long. */
const healthCheckTimeoutMs = 120_000;

export function dataflow(paths: Paths, jar: string, environment: DataflowEnvironment): Part {
  const dataDir = join(paths.data, 'dataflow');
  mkdirSync(dataDir, { recursive: true });
  const { SKIPPER_URI: skipperUri, SKIPPER_PLATFORM: platform } = environment;
  const { command, env } = dataflowCommand({
    jar,
    port: ports.SCDF,
    address: network.gateway,
    dataDir,
    kubeconfig: paths.kubeconfig,
    namespace: streamsNamespace,
    platform: platform === undefined || platform === '' ? 'default' : platform,
    brokersForPods: kafkaForPods,
    ...(skipperUri === undefined || skipperUri === '' ? {} : { skipperUri }),
    healthCheckTimeoutMs,
    skipperDownFile: skipperDownFile(paths),
  });
  return { name: 'dataflow', command, env, ready: () => dataflowReady(dataflowUri), deadline: 180_000 };
}
