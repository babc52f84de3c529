/** What exists, gathered into one value: everything after this is pure. */
import type {
  AppRegistration,
  Release,
  StreamDefinition,
  StreamDeployment,
  StreamRuntime,
} from '../dataflow/port.ts';
import type { Workload } from './workload.ts';

export interface ObservedStream {
  readonly name: string;
  readonly definition: StreamDefinition | undefined;
  /** Asked for only when something is deployed that may have to change. */
  readonly deployment: StreamDeployment | undefined;
  /** Asked for only when the state is not simply deployed. */
  readonly history: readonly Release[];
  /** Asked for only when the workloads are not watched. */
  readonly runtime: StreamRuntime | undefined;
  readonly workload: Workload;
}

export interface Observed {
  readonly streams: ReadonlyMap<string, ObservedStream>;
  /** All versions under each app name that the pipeline may use, keyed by `registryKey`. */
  readonly registry: ReadonlyMap<string, readonly AppRegistration[]>;
  /** Names of the apps that streams of others use; undefined: nobody has looked, because it did not matter. */
  readonly foreignApps?: ReadonlySet<string>;
  /** When it was looked at. Milliseconds since the epoch. */
  readonly at: number;
}

export function registryKey(type: string, name: string): string {
  return `${type}/${name}`;
}
