import type { Clock } from '../runtime/clock.ts';
import { Lines } from './lines.ts';
import {
  parseWatchEvent,
  type ListWatch,
  type Page,
  type PageRequest,
  type Scope,
  type WatchEvent,
  type WatchRequest,
} from './list-watch.ts';
import { isRecord, parseObject } from './objects.ts';
import { collectionPath, objectPath, withQuery } from './path.ts';
import { KubeError, type KubeApi, type KubeObject, type ObjectKey, type ResourceKind } from './port.ts';
import type { RestClient, RestRequest } from './rest.ts';

const mergePatch = 'application/merge-patch+json';

/** The API server over HTTP. */
export class KubeClient implements KubeApi, ListWatch {
  readonly #rest: RestClient;
  readonly #clock: Clock;

  constructor(rest: RestClient, clock: Clock) {
    this.#rest = rest;
    this.#clock = clock;
  }

  async get(kind: ResourceKind, key: ObjectKey, signal?: AbortSignal): Promise<KubeObject | undefined> {
    try {
      return await this.#object({ method: 'GET', path: objectPath(kind, key), signal });
    } catch (error) {
      if (error instanceof KubeError && error.kind === 'notFound') return undefined;
      throw error;
    }
  }

  patch(kind: ResourceKind, key: ObjectKey, body: unknown, signal?: AbortSignal): Promise<KubeObject> {
    const path = objectPath(kind, key);
    return this.#object({ method: 'PATCH', path, body, contentType: mergePatch, signal });
  }

  patchStatus(kind: ResourceKind, key: ObjectKey, body: unknown, signal?: AbortSignal): Promise<KubeObject> {
    const path = `${objectPath(kind, key)}/status`;
    return this.#object({ method: 'PATCH', path, body, contentType: mergePatch, signal });
  }

  create(
    kind: ResourceKind,
    namespace: string | undefined,
    body: unknown,
    signal?: AbortSignal,
  ): Promise<KubeObject> {
    return this.#object({ method: 'POST', path: collectionPath(kind, namespace), body, signal });
  }

  replace(kind: ResourceKind, key: ObjectKey, body: unknown, signal?: AbortSignal): Promise<KubeObject> {
    return this.#object({ method: 'PUT', path: objectPath(kind, key), body, signal });
  }

  /** Asks for the deletion; finalizers may still hold the object. Beyond the port: the operator itself deletes nothing. */
  async delete(kind: ResourceKind, key: ObjectKey, signal?: AbortSignal): Promise<void> {
    await this.#rest.json({ method: 'DELETE', path: objectPath(kind, key), signal });
  }

  async list(scope: Scope, page: PageRequest, signal: AbortSignal): Promise<Page> {
    const path = withQuery(collectionPath(scope.kind, scope.namespace), {
      ...selectors(scope),
      limit: page.limit,
      continue: page.continue,
    });
    return parsePage(path, await this.#rest.json({ method: 'GET', path, signal }));
  }

  async *watch(
    scope: Scope,
    request: WatchRequest,
    signal: AbortSignal,
  ): AsyncGenerator<readonly WatchEvent[], void, undefined> {
    const path = withQuery(collectionPath(scope.kind, scope.namespace), {
      ...selectors(scope),
      watch: true,
      allowWatchBookmarks: true,
      resourceVersion: request.resourceVersion,
      timeoutSeconds: request.timeoutSeconds,
    });
    const lines = new Lines();
    const watchdog = new Watchdog(this.#clock, request.inactivityMs, signal);
    try {
      for await (const chunk of this.#rest.stream({ method: 'GET', path, signal: watchdog.signal })) {
        watchdog.feed();
        yield lines.push(chunk).map(parseWatchEvent);
      }
    } catch (error) {
      if (!watchdog.expired) throw error;
      return;
    } finally {
      watchdog.stop();
    }
    if (lines.unfinished) throw new KubeError('transient', 'the watch ended in the middle of an event');
  }

  async #object(request: RestRequest): Promise<KubeObject> {
    const object = parseObject(await this.#rest.json(request));
    if (object !== undefined) return object;
    throw new KubeError(
      'transient',
      `${request.method} ${request.path}: the API server's answer is not an object`,
    );
  }
}

function selectors({ labelSelector, fieldSelector }: Scope): Record<string, string | undefined> {
  return { labelSelector, fieldSelector };
}

function parsePage(path: string, value: unknown): Page {
  const metadata = isRecord(value) ? value['metadata'] : undefined;
  const items = isRecord(value) ? value['items'] : undefined;
  if (!isRecord(value) || !isRecord(metadata) || typeof metadata['resourceVersion'] !== 'string') {
    throw new KubeError('transient', `GET ${path}: the API server's answer is not a list`);
  }
  const next = metadata['continue'];
  return {
    // An empty list may come as null.
    items: (Array.isArray(items) ? items : []).map((item) => parseItem(path, item, value)),
    resourceVersion: metadata['resourceVersion'],
    ...(typeof next === 'string' && next !== '' ? { continue: next } : {}),
  };
}

/** Items of built-in kinds come without the kind and apiVersion that the list has for all of them. */
function parseItem(path: string, item: unknown, list: Readonly<Record<string, unknown>>): KubeObject {
  const object = parseObject(item);
  if (object === undefined) {
    throw new KubeError('transient', `GET ${path}: the API server's list has an item that is not an object`);
  }
  if (object.kind !== undefined) return object;
  const { kind, apiVersion } = list;
  if (typeof kind !== 'string' || typeof apiVersion !== 'string') return object;
  return { ...object, apiVersion, kind: kind.replace(/List$/, '') };
}

/** Aborts a stream that has been silent for too long, which a half-open connection is for ever. */
class Watchdog {
  readonly #clock: Clock;
  readonly #silenceMs: number;
  readonly #abort = new AbortController();
  readonly #from: AbortSignal;
  readonly #forward = (): void => this.#abort.abort(this.#from.reason);
  #fedAt: number;
  #cancel: () => void;
  #expired = false;

  constructor(clock: Clock, silenceMs: number, from: AbortSignal) {
    this.#clock = clock;
    this.#silenceMs = silenceMs;
    this.#from = from;
    this.#fedAt = clock.monotonic();
    this.#cancel = clock.after(silenceMs, () => this.#check());
    if (from.aborted) this.#forward();
    else from.addEventListener('abort', this.#forward, { once: true });
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Cheap, since it is called for every piece: the timer looks at the time when it fires. */
  feed(): void {
    this.#fedAt = this.#clock.monotonic();
  }

  stop(): void {
    this.#cancel();
    this.#from.removeEventListener('abort', this.#forward);
  }

  /** Whether it was the silence that ended the stream. */
  get expired(): boolean {
    return this.#expired;
  }

  #check(): void {
    const left = this.#fedAt + this.#silenceMs - this.#clock.monotonic();
    if (left > 0) {
      this.#cancel = this.#clock.after(left, () => this.#check());
      return;
    }
    this.#expired = true;
    this.#abort.abort(new Error('silent'));
  }
}
