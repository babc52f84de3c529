/**
 * The operator's view of one SCDF server: what it may ask and what it may do. `http.ts` is the real adapter,
 * `simulator/` an SCDF for tests; `conformance.ts` runs on the simulator and on a real server.
 *
 * Reads never write. Every write is one request, may be repeated, and may have happened although it failed.
 * Calls throw only DataflowError.
 */

export type AppType = 'app' | 'source' | 'processor' | 'sink' | 'task';

/** What identifies a registration. */
export interface AppKey {
  readonly type: AppType;
  readonly name: string;
  readonly version: string;
}

/** A registered version of an app. */
export interface AppRegistration extends AppKey {
  /** e.g. `docker:springcloudstream/log-sink-kafka:5.1.1`. */
  readonly uri: string;
  readonly defaultVersion: boolean;
}

export interface NewAppRegistration extends AppKey {
  readonly uri: string;
  readonly bootVersion: '2' | '3';
}

/** SCDF's states of a stream; a text it does not know is `unknown`. */
export type StreamState =
  'deploying' | 'deployed' | 'undeployed' | 'partial' | 'failed' | 'error' | 'unknown';

/** One app of a stream as the DSL names it. */
export interface DslApp {
  readonly label: string;
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
}

/** GET /streams/definitions/{name}. */
export interface StreamDefinition {
  readonly name: string;
  /** As it was given at creation, though rendered anew and redacted. */
  readonly originalDsl: string;
  /** Rewritten by SCDF at each deploy with all application properties. */
  readonly dsl: string;
  /** The apps of `dsl`; undefined when the text does not parse. */
  readonly apps: readonly DslApp[] | undefined;
  readonly description: string;
  readonly state: StreamState;
  readonly stateDescription: string;
}

/** GET /streams/deployments/{name}: deployer properties by label (keys without `deployer.<label>.`, e.g. `kubernetes.limits.memory`). */
export interface StreamDeployment {
  readonly state: StreamState;
  readonly properties: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface AppInstance {
  readonly id: string;
  readonly state: StreamState;
  readonly restarts: number | undefined;
  readonly exitCode: number | undefined;
  /** e.g. `Error`, `OOMKilled`. */
  readonly exitReason: string | undefined;
}

export interface RuntimeApp {
  readonly deploymentId: string;
  readonly name: string;
  readonly state: StreamState;
  readonly instances: readonly AppInstance[];
}

/** GET /runtime/streams/{names}: asks the platform. */
export interface StreamRuntime {
  /** Skipper's release version; undefined when there is none. */
  readonly version: string | undefined;
  readonly apps: readonly RuntimeApp[];
}

/** One release of Skipper, of exactly this stream. */
export interface Release {
  readonly version: number;
  readonly code: 'UNKNOWN' | 'DEPLOYED' | 'DELETED' | 'FAILED';
  readonly description: string;
  /** Milliseconds since the epoch. */
  readonly lastDeployed: number | undefined;
  /** Skipper's account that it was deployed to; absent where the server does not say. */
  readonly platform?: string;
}

export interface Platform {
  readonly name: string;
  /** e.g. `kubernetes`, `local`. */
  readonly type: string;
}

/**
 * What went wrong, and so what to do:
 * - `unreachable`  the server as a whole does not answer (refused, reset, time-out, 502-504): its circuit
 * - `platformDown` SCDF answers, but Skipper or the platform behind it does not: wait with back-off
 * - `busy`         Skipper's state machine is at work ("Statemachine is not in state ready"): wait, no back-off
 * - `notFound`     there is no such thing
 * - `exists`       it is there already (409, duplicates): observe again
 * - `inUse`        a registration that a deployed stream uses
 * - `noDifference` an update that changes nothing
 * - `leftovers`    "Failed to upload the package … already exists", or the old Deployment still there: undeploy first
 * - `rejected`     400s and 500s that say the request itself is wrong: tell the user
 * - `unauthorized` 401, 403: tell the user
 * - `unexpected`   anything else: back-off, counted apart
 */
export type DataflowErrorKind =
  | 'unreachable'
  | 'platformDown'
  | 'busy'
  | 'notFound'
  | 'exists'
  | 'inUse'
  | 'noDifference'
  | 'leftovers'
  | 'rejected'
  | 'unauthorized'
  | 'unexpected';

export class DataflowError extends Error {
  override readonly name = 'DataflowError';
  readonly kind: DataflowErrorKind;
  /** Which call, e.g. `deploy stream recipe-bar`. */
  readonly operation: string;
  readonly status: number | undefined;
  /** When to ask again, where that is known: the call was not made, because the server fails as a whole. */
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: DataflowErrorKind,
    operation: string,
    message: string,
    details: { status?: number; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.kind = kind;
    this.operation = operation;
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
  }
}

export interface Dataflow {
  // reads
  /** All registered versions under a name; empty when there are none. */
  appVersions(type: AppType, name: string, signal?: AbortSignal): Promise<readonly AppRegistration[]>;
  definition(stream: string, signal?: AbortSignal): Promise<StreamDefinition | undefined>;
  /** Those of the streams that there are, by name: each as `definition` gives it, in one call where their names allow it. */
  definitionsOf(
    streams: readonly string[],
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, StreamDefinition>>;
  deployment(stream: string, signal?: AbortSignal): Promise<StreamDeployment | undefined>;
  /** What runs of the streams, by name; those that were never deployed are left out. */
  runtimes(streams: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, StreamRuntime>>;
  /** Newest first. */
  history(stream: string, signal?: AbortSignal): Promise<readonly Release[]>;
  /** All definitions, page by page, each as `definition` gives it. */
  definitions(signal?: AbortSignal): Promise<readonly StreamDefinition[]>;
  platforms(signal?: AbortSignal): Promise<readonly Platform[]>;
  // writes
  register(app: NewAppRegistration, signal?: AbortSignal): Promise<void>;
  makeDefault(app: AppKey, signal?: AbortSignal): Promise<void>;
  unregister(app: AppKey, signal?: AbortSignal): Promise<void>;
  create(
    stream: { name: string; definition: string; description: string },
    signal?: AbortSignal,
  ): Promise<void>;
  /** Undeploys and deletes. */
  destroy(stream: string, signal?: AbortSignal): Promise<void>;
  deploy(stream: string, properties: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<void>;
  undeploy(stream: string, signal?: AbortSignal): Promise<void>;
  update(stream: string, properties: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<void>;
  scale(stream: string, label: string, count: number, signal?: AbortSignal): Promise<void>;
}
