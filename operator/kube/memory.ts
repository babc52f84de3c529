import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../runtime/clock.ts';
import type { ListWatch, Page, PageRequest, Scope, WatchEvent, WatchRequest } from './list-watch.ts';
import { History } from './memory-history.ts';
import { applyMergePatch } from './merge-patch.ts';
import { isRecord, keyText } from './objects.ts';
import {
  KubeError,
  type KubeApi,
  type KubeObject,
  type ObjectKey,
  type ObjectMeta,
  type ResourceKind,
} from './port.ts';

/** A kind that the API server knows. */
export interface MemoryKind extends ResourceKind {
  readonly kind: string;
  /** Whether `status` is a subresource: then only `patchStatus` writes it, and changes of the rest count a generation. */
  readonly status: boolean;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * An API server in memory, for tests: what `conformance.ts` says of the real one holds for it. It knows the kinds it is
 * given, no schemas, no namespaces and no rights.
 */
export class MemoryKube implements KubeApi, ListWatch {
  readonly #kinds: readonly MemoryKind[];
  readonly #clock: Clock;
  readonly #objects = new Map<string, KubeObject>();
  readonly #history = new History();
  #uids = 0;

  constructor(kinds: readonly MemoryKind[], clock: Clock) {
    this.#kinds = kinds;
    this.#clock = clock;
  }

  async get(kind: ResourceKind, key: ObjectKey, signal?: AbortSignal): Promise<KubeObject | undefined> {
    await called(signal);
    return this.#objects.get(pathOf(kind, key));
  }

  async create(
    kind: ResourceKind,
    namespace: string | undefined,
    body: unknown,
    signal?: AbortSignal,
  ): Promise<KubeObject> {
    await called(signal);
    const known = this.#kind(kind);
    const given = asJson(body);
    const meta = asJson(given['metadata']);
    const name = meta['name'];
    if (typeof name !== 'string' || name === '')
      throw new KubeError('invalid', 'name is required', { status: 422 });
    const path = pathOf(kind, namespace === undefined ? { name } : { name, namespace });
    if (this.#objects.has(path)) throw new KubeError('conflict', `${path} already exists`, { status: 409 });
    const { status, ...rest } = given;
    this.#uids += 1;
    const metadata: ObjectMeta = {
      ...meta,
      name,
      ...(namespace === undefined ? {} : { namespace }),
      uid: `uid-${this.#uids}`,
      resourceVersion: this.#history.next(),
      creationTimestamp: this.#now(),
      ...(known.status ? { generation: 1 } : {}),
    };
    const apiVersion = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
    const kept = known.status || status === undefined ? {} : { status };
    return this.#store(path, { ...rest, ...kept, apiVersion, kind: known.kind, metadata }, 'changed');
  }

  async patch(kind: ResourceKind, key: ObjectKey, body: unknown, signal?: AbortSignal): Promise<KubeObject> {
    await called(signal);
    const before = this.#existing(kind, key);
    return this.#update(kind, before, asJson(applyMergePatch(before, body)));
  }

  async patchStatus(
    kind: ResourceKind,
    key: ObjectKey,
    body: unknown,
    signal?: AbortSignal,
  ): Promise<KubeObject> {
    await called(signal);
    if (!this.#kind(kind).status) throw notFound(`${pathOf(kind, key)}/status`);
    const before = this.#existing(kind, key);
    const after = asJson(applyMergePatch(before, body));
    checkBase(before, after);
    return this.#change(kind, before, { ...before, status: after['status'] });
  }

  async replace(
    kind: ResourceKind,
    key: ObjectKey,
    body: unknown,
    signal?: AbortSignal,
  ): Promise<KubeObject> {
    await called(signal);
    return this.#update(kind, this.#existing(kind, key), asJson(body));
  }

  /** Deletes, or marks as deleted what a finalizer holds. */
  delete(kind: ResourceKind, key: ObjectKey): void {
    const before = this.#existing(kind, key);
    const { finalizers = [], deletionTimestamp, generation } = before.metadata;
    if (finalizers.length === 0) {
      this.#remove(kind, before);
      return;
    }
    if (deletionTimestamp !== undefined) return;
    const metadata = { ...before.metadata, deletionTimestamp: this.#now() };
    const counted = generation === undefined ? metadata : { ...metadata, generation: generation + 1 };
    this.#change(kind, before, { ...before, metadata: counted });
  }

  async list(scope: Scope, page: PageRequest, signal: AbortSignal): Promise<Page> {
    await called(signal);
    this.#kind(scope.kind);
    const { limit = Number.POSITIVE_INFINITY } = page;
    // The state that the first page has shown is the state of all pages.
    const [version = this.#history.version, start = '0'] = page.continue?.split('/') ?? [];
    const items = this.#history
      .stateAt(version)
      .filter((object) => isIn(object, scope, this.#kind(scope.kind)));
    const end = Number(start) + limit;
    return {
      items: items.slice(Number(start), end),
      resourceVersion: version,
      ...(end < items.length ? { continue: `${version}/${end}` } : {}),
    };
  }

  watch(scope: Scope, request: WatchRequest, signal: AbortSignal): AsyncIterable<readonly WatchEvent[]> {
    return this.#history.follow(
      request.resourceVersion,
      (object) => isIn(object, scope, this.#kind(scope.kind)),
      signal,
    );
  }

  /** Ends all watches that run, as a server does that goes down. */
  dropWatches(): void {
    this.#history.drop();
  }

  /** Forgets the past, so that a watch or a page that goes on from it meets 410. */
  compact(): void {
    this.#history.compact();
  }

  /** Sends a bookmark to all watches. */
  bookmark(): void {
    this.#history.bookmark();
  }

  /** An update by patch or replacement: metadata that the server owns stays as it is, and so does status. */
  #update(kind: ResourceKind, before: KubeObject, after: Json): KubeObject {
    checkBase(before, after);
    const meta = asJson(after['metadata']);
    const { uid, name, namespace, creationTimestamp, deletionTimestamp, generation, resourceVersion } =
      before.metadata;
    const owned = { uid, name, namespace, creationTimestamp, deletionTimestamp, generation, resourceVersion };
    const metadata = defined({ ...meta, ...owned }) as unknown as ObjectMeta;
    if (deletionTimestamp !== undefined) checkNoNewFinalizers(before.metadata, metadata);
    const status = this.#kind(kind).status ? before.status : after['status'];
    const next = { ...before, ...after, metadata, status };
    const isFree = deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0;
    return isFree ? this.#remove(kind, next) : this.#change(kind, before, next);
  }

  /** A write that changes nothing is none: no version, no event. */
  #change(kind: ResourceKind, before: KubeObject, after: KubeObject): KubeObject {
    if (isDeepStrictEqual(defined(before), defined(after))) return before;
    const { generation } = after.metadata;
    const isNewSpec = generation !== undefined && !isDeepStrictEqual(specOf(before), specOf(after));
    const metadata: ObjectMeta = {
      ...after.metadata,
      resourceVersion: this.#history.next(),
      ...(isNewSpec ? { generation: generation + 1 } : {}),
    };
    return this.#store(pathOf(kind, metadata), { ...after, metadata }, 'changed');
  }

  #remove(kind: ResourceKind, object: KubeObject): KubeObject {
    const path = pathOf(kind, object.metadata);
    this.#objects.delete(path);
    const metadata = { ...object.metadata, resourceVersion: this.#history.next() };
    return this.#record({ ...object, metadata }, 'deleted');
  }

  #store(path: string, object: KubeObject, event: 'changed'): KubeObject {
    const stored = this.#record(object, event);
    this.#objects.set(path, stored);
    return stored;
  }

  /** A copy, frozen, because the real server's objects share nothing with the caller's either. */
  #record(object: KubeObject, event: 'changed' | 'deleted'): KubeObject {
    const copy = freeze(JSON.parse(JSON.stringify(object)) as KubeObject);
    this.#history.add({ kind: event, object: copy });
    return copy;
  }

  #existing(kind: ResourceKind, key: ObjectKey): KubeObject {
    this.#kind(kind);
    const path = pathOf(kind, key);
    const object = this.#objects.get(path);
    if (object === undefined) throw notFound(path);
    return object;
  }

  #kind({ group, version, plural }: ResourceKind): MemoryKind {
    const known = this.#kinds.find(
      (kind) => kind.group === group && kind.version === version && kind.plural === plural,
    );
    if (known === undefined) throw notFound(`${group}/${version}/${plural}`);
    return known;
  }

  /** As the API server writes it: whole seconds. */
  #now(): string {
    return new Date(this.#clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
  }
}

/** Every call answers later, never at once, and not at all when it was cancelled before. */
async function called(signal: AbortSignal | undefined): Promise<void> {
  await Promise.resolve();
  if (signal?.aborted === true) throw new KubeError('transient', 'the call was cancelled');
}

function notFound(what: string): KubeError {
  return new KubeError('notFound', `${what} not found`, { status: 404 });
}

function checkBase({ metadata }: KubeObject, after: Json): void {
  const { resourceVersion } = asJson(after['metadata']);
  if (resourceVersion === undefined || resourceVersion === '' || resourceVersion === metadata.resourceVersion)
    return;
  throw new KubeError('conflict', `${keyText(metadata)} has been modified`, { status: 409 });
}

function checkNoNewFinalizers(before: ObjectMeta, after: ObjectMeta): void {
  const added = (after.finalizers ?? []).filter(
    (finalizer) => before.finalizers?.includes(finalizer) !== true,
  );
  if (added.length === 0) return;
  throw new KubeError('invalid', 'no new finalizers can be added while the object is being deleted', {
    status: 422,
  });
}

function specOf(object: KubeObject): Json {
  return defined({ ...object, metadata: undefined, status: undefined });
}

function isIn(object: KubeObject, scope: Scope, { kind }: MemoryKind): boolean {
  const { namespace, labels = {}, name } = object.metadata;
  if (object.kind !== kind) return false;
  if (scope.namespace !== undefined && scope.namespace !== namespace) return false;
  const fields: Readonly<Record<string, string>> = {
    'metadata.name': name,
    'metadata.namespace': namespace ?? '',
  };
  return matches(scope.labelSelector, labels) && matches(scope.fieldSelector, fields);
}

/** `a=b,c=d`, and `a` for whatever has it: no other form is known here. */
function matches(selector: string | undefined, values: Readonly<Record<string, string>>): boolean {
  if (selector === undefined) return true;
  return selector.split(',').every((term) => {
    const [key = '', value] = term.split('=');
    return value === undefined ? key in values : values[key] === value;
  });
}

function pathOf({ group, plural }: ResourceKind, key: ObjectKey): string {
  return `${plural}.${group}/${keyText(key)}`;
}

function asJson(value: unknown): Json {
  return isRecord(value) ? value : {};
}

function defined(value: object): Json {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined));
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(freeze);
    Object.freeze(value);
  }
  return value;
}
