/** What a reconcile works with: ports and pure values, put together in main.ts. */
import type { ServerConfig } from '../config/servers.ts';
import type { Dataflow } from '../dataflow/port.ts';
import type { EventRecorder, KubeApi, PodLogs, Store } from '../kube/port.ts';
import type { AppLookup } from '../observed/app-lookup.ts';
import type { WorkloadIndex } from '../observed/workload-index.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { Serial } from '../runtime/serial.ts';
import type { Claims } from './claims.ts';
import type { Transitions } from './transitions.ts';

export interface Server {
  readonly config: ServerConfig;
  readonly dataflow: Dataflow;
  readonly apps: AppLookup;
  /** Writes to its app registry, one after the other. */
  readonly registry: Serial;
}

/** The servers of the moment: the configuration may change while the operator runs. A turn keeps the server it has begun with. */
export interface ServerDirectory {
  get(name: string): Server | undefined;
  names(): readonly string[];
}

export interface Dependencies {
  readonly pipelines: Store;
  readonly claims: Claims;
  readonly kube: KubeApi;
  readonly events: EventRecorder;
  /** Undefined: the operator may not read logs, and conditions say less. */
  readonly podLogs: PodLogs | undefined;
  readonly servers: ServerDirectory;
  readonly workloads: WorkloadIndex | undefined;
  readonly instance: string;
  readonly workerImage: string;
  /** False as soon as this process does not lead any more. */
  readonly mayWrite: () => boolean;
  readonly clock: Clock;
  readonly log: Log;
  /** Values of the pipeline at hand that must not be told, see discreet.ts; undefined: nobody has looked for them yet. */
  readonly secrets?: readonly string[];
  /** Told of each change of a status that was written. */
  readonly onStatus?: Transitions['changed'];
}
