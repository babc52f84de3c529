/**
 * The operator's view of a Kubernetes API server: as small as what it uses. `client.ts` is the real one, `memory.ts`
 * the one for tests; `conformance.ts` runs on both.
 */

/** The metadata that every object has and that the operator reads. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  /** RFC 3339. */
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  /** Who wrote which fields, as it came; `operator/observed/writer.ts` reads it. Mostly left out: it is often half of an object. */
  readonly managedFields?: unknown;
}

/** An object as the API server gave it: metadata is checked, the rest is as it came. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
  readonly spec?: unknown;
  readonly status?: unknown;
}

/** Where objects of a kind live, e.g. `{group: 'apps', version: 'v1', plural: 'deployments'}`; the core group is ''. */
export interface ResourceKind {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

export interface ObjectKey {
  /** Absent for cluster-scoped kinds. */
  readonly namespace?: string;
  readonly name: string;
}

/** What went wrong with a call, and so what to do: see `errors.ts` for the mapping from status codes. */
export type KubeErrorKind =
  | 'notFound' // gone: look again or be done
  | 'conflict' // somebody else wrote (409): observe again, soon
  | 'invalid' // 400, 422: asking again will not help
  | 'forbidden' // 401, 403: the installation must be mended
  | 'gone' // 410: the resourceVersion is too old
  | 'tooManyRequests' // 429: after `retryAfterMs`
  | 'transient'; // 5xx, network, time-out: with back-off

export class KubeError extends Error {
  override readonly name = 'KubeError';
  readonly kind: KubeErrorKind;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: KubeErrorKind,
    message: string,
    details: { status?: number; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.kind = kind;
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** What an event says of its object: any object will do. */
export interface Regarding {
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
  readonly metadata: Pick<ObjectMeta, 'namespace' | 'name' | 'uid' | 'resourceVersion'>;
}

/** An event for people (`kubectl describe`). Never throws and never blocks: losing one is not an error. */
export interface EventInput {
  readonly regarding: Regarding;
  readonly type: 'Normal' | 'Warning';
  /** CamelCase. */
  readonly reason: string;
  /** What the operator was doing, CamelCase, e.g. `Deploy`. */
  readonly action: string;
  readonly note: string;
  /** It may wait a moment for the next event about the object, which then tells of both: one write instead of two. */
  readonly mayWait?: boolean;
}

export interface EventRecorder {
  record(event: EventInput): void;
}

/** Calls throw only KubeError. Every write is one request. */
export interface KubeApi {
  get(kind: ResourceKind, key: ObjectKey, signal?: AbortSignal): Promise<KubeObject | undefined>;
  /** Merge patch of metadata and spec; with `resourceVersion` in the body it fails with `conflict` when somebody wrote meanwhile. */
  patch(kind: ResourceKind, key: ObjectKey, body: unknown, signal?: AbortSignal): Promise<KubeObject>;
  /** Merge patch of the status subresource, otherwise as `patch`. */
  patchStatus(kind: ResourceKind, key: ObjectKey, body: unknown, signal?: AbortSignal): Promise<KubeObject>;
  create(
    kind: ResourceKind,
    namespace: string | undefined,
    body: unknown,
    signal?: AbortSignal,
  ): Promise<KubeObject>;
  /** Full replacement under the resourceVersion in the body (leases). */
  replace(kind: ResourceKind, key: ObjectKey, body: unknown, signal?: AbortSignal): Promise<KubeObject>;
}

/** A local copy of all objects of a kind, kept by a reflector. Objects are shared: do not change them. */
export interface Store {
  get(key: ObjectKey): KubeObject | undefined;
  list(): readonly KubeObject[];
}

/** What a pod prints: asked for only when it runs and does not become ready. */
export interface PodLogs {
  /** The last lines of the pod's only container; undefined when there is no such pod. Throws KubeError. */
  tail(pod: ObjectKey, lines: number, signal?: AbortSignal): Promise<string | undefined>;
}
