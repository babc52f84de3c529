import { backoffDelay, type Backoff } from '../runtime/backoff.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { Runnable } from '../runtime/runnables.ts';
import { sleep } from '../runtime/sleep.ts';
import { afterWatch, type WatchEnd } from './after-watch.ts';
import { errorOfFailure } from './errors.ts';
import { listAll } from './list-all.ts';
import type { ListWatch, Scope, WatchEvent } from './list-watch.ts';
import { ObjectCache, type Change } from './object-cache.ts';
import { withoutManagedFields } from './objects.ts';
import { KubeError, type KubeObject, type ObjectKey, type Store } from './port.ts';

export interface ReflectorMetrics {
  listed(objects: number, ms: number): void;
  watchStarted(): void;
  watchEnded(end: 'closed' | 'gone' | 'failed' | 'garbage'): void;
  event(kind: 'changed' | 'deleted' | 'bookmark'): void;
  /** Something from the past was refused. */
  refused(what: 'event' | 'list'): void;
}

export interface ReflectorOptions {
  readonly source: ListWatch;
  readonly scope: Scope;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly log: Log;
  readonly metrics?: ReflectorMetrics;
  /** What is kept of an object; default: all but `managedFields`. */
  readonly keep?: (object: KubeObject) => KubeObject;
  /** Objects in one page of a list. Default 500. */
  readonly pageSize?: number;
  /** Default 0.8 s to 30 s, as client-go. */
  readonly backoff?: Backoff;
  /**
   * How long a watch may be silent before another one takes its place, since a half-open connection is silent for ever.
   * A quiet resource costs one request in that time: the first bookmark of a 1.34 server comes after three minutes.
   * Default 75 s.
   */
  readonly inactivityMs?: number;
  /**
   * A consistent list that is older than what was seen is refused for so long, and then taken: by then etcd was
   * restored from a backup. Default 5 min.
   */
  readonly refuseOlderMs?: number;
}

export type ChangeHandler = (before: KubeObject | undefined, after: KubeObject | undefined) => void;

const defaultBackoff: Backoff = { baseMs: 800, maxMs: 30_000, jitter: 1 };
const minTimeoutSeconds = 300;

/**
 * Keeps a local copy of all objects of a scope: one list, then watches that take up where the last one ended, for as
 * long as it runs. Nothing but `stop` ends it; whatever fails is tried again. Handlers are told of every object once
 * with `before` absent, then of its changes; changes in quick succession, or while the watch was down, come as one.
 */
export class Reflector implements Store, Runnable {
  readonly name: string;
  readonly #options: ReflectorOptions;
  readonly #log: Log;
  readonly #cache = new ObjectCache();
  readonly #keep: (object: KubeObject) => KubeObject;
  readonly #handlers: ChangeHandler[] = [];
  readonly #stop = new AbortController();
  readonly #synced = Promise.withResolvers<undefined>();
  #loop: Promise<void> = Promise.resolve();
  #isSynced = false;
  #failures = 0;
  #lastError: string | undefined;
  #olderSince: number | undefined;

  constructor(options: ReflectorOptions) {
    this.#options = options;
    this.name = `watch of ${options.scope.kind.plural}`;
    const { kind, namespace } = options.scope;
    this.#log = options.log.child({
      resource: kind.plural,
      ...(namespace === undefined ? {} : { namespace }),
    });
    this.#keep = options.keep ?? withoutManagedFields;
  }

  /** Call before `start`. A handler that throws is logged; the others are told all the same. */
  onChange(handler: ChangeHandler): void {
    this.#handlers.push(handler);
  }

  get(key: ObjectKey): KubeObject | undefined {
    return this.#cache.get(key);
  }

  list(): readonly KubeObject[] {
    return this.#cache.list();
  }

  get size(): number {
    return this.#cache.size;
  }

  /** Whether the first list is complete. It stays so: a copy that is a little old is still a copy. */
  get synced(): boolean {
    return this.#isSynced;
  }

  /** Resolves when the first list is complete. */
  whenSynced(): Promise<void> {
    return this.#synced.promise;
  }

  /** Why the copy is not there or does not follow, in a sentence for people; undefined when all is well. */
  problem(): string | undefined {
    if (this.#lastError !== undefined) return this.#lastError;
    return this.#isSynced
      ? undefined
      : `the first list of ${this.#options.scope.kind.plural} is not complete`;
  }

  /** Begins; see `whenSynced` for when the copy is complete, which an absent CRD can delay for ever. */
  start(): void {
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    let relist = true;
    while (!this.#stop.signal.aborted) {
      relist = relist ? !(await this.#list()) : await this.#watch();
    }
  }

  /** False when it failed; the wait after a failure is over then. */
  async #list(): Promise<boolean> {
    const { source, scope, clock, metrics, pageSize = 500 } = this.#options;
    const started = clock.monotonic();
    try {
      const { items, resourceVersion } = await listAll(source, scope, pageSize, this.#stop.signal);
      const changes = this.#replace(items.map(this.#keep), resourceVersion);
      metrics?.listed(items.length, clock.monotonic() - started);
      this.#recovered();
      this.#tell(changes);
      this.#isSynced = true;
      this.#synced.resolve(undefined);
      return true;
    } catch (error) {
      const failure = errorOfFailure({ method: 'LIST', path: scope.kind.plural }, error);
      this.#failures += 1;
      await this.#failed('cannot list', failure);
      return false;
    }
  }

  /** Throws KubeError on a list from the past, unless the past has come back for good. */
  #replace(items: readonly KubeObject[], version: string): readonly Change[] {
    const { clock, metrics, refuseOlderMs = 300_000 } = this.#options;
    const seen = this.#cache.resourceVersion ?? '';
    let applied = this.#cache.replace(items, version);
    if (applied.kind === 'older') {
      metrics?.refused('list');
      this.#olderSince ??= clock.monotonic();
      if (clock.monotonic() - this.#olderSince < refuseOlderMs) {
        throw new KubeError(
          'transient',
          `the API server shows an older state (${version}) than before (${seen}): refused`,
        );
      }
      this.#log.error('the API server has gone back in time for good: taking what it has now', {
        version,
        seen,
      });
      applied = this.#cache.replace(items, version, true);
    }
    this.#olderSince = undefined;
    return applied.kind === 'applied' ? applied.changes : [];
  }

  /** Watches until the watch ends. True when a list has to come next. */
  async #watch(): Promise<boolean> {
    const { clock, random, metrics, source, scope, inactivityMs = 75_000 } = this.#options;
    const request = {
      resourceVersion: this.#cache.resourceVersion ?? '',
      // At random, so that all watches of all clients do not end and begin together.
      timeoutSeconds: Math.floor(minTimeoutSeconds * (1 + random())),
      inactivityMs,
    };
    const started = clock.monotonic();
    metrics?.watchStarted();
    const end = await this.#follow(source.watch(scope, request, this.#stop.signal));
    if (this.#stop.signal.aborted) return false;
    const isGone = end.kind === 'failed' && end.error.kind === 'gone';
    metrics?.watchEnded(isGone ? 'gone' : end.kind);
    const next = afterWatch(end, clock.monotonic() - started, this.#failures);
    this.#failures = next.failures;
    if (next.failures > 0) await this.#failed('lost the watch of', errorOf(end), next.atLeastMs);
    return next.relist;
  }

  async #follow(batches: AsyncIterable<readonly WatchEvent[]>): Promise<WatchEnd> {
    try {
      for await (const batch of batches) {
        this.#recovered();
        const end = this.#takeAll(batch);
        if (end !== undefined) return end;
      }
      return { kind: 'closed' };
    } catch (error) {
      return {
        kind: 'failed',
        error: errorOfFailure({ method: 'WATCH', path: this.#options.scope.kind.plural }, error),
      };
    }
  }

  /** What ends the watch, if anything in the batch does. */
  #takeAll(batch: readonly WatchEvent[]): WatchEnd | undefined {
    for (const event of batch) {
      if (event.kind === 'garbage') return event;
      if (event.kind === 'error') return { kind: 'failed', error: event.error };
      this.#take(event);
    }
    return undefined;
  }

  #take(event: Extract<WatchEvent, { kind: 'changed' | 'deleted' | 'bookmark' }>): void {
    const { metrics } = this.#options;
    const kept = event.kind === 'bookmark' ? event : { ...event, object: this.#keep(event.object) };
    const applied = this.#cache.apply(kept);
    if (applied.kind === 'older') {
      metrics?.refused('event');
      return;
    }
    metrics?.event(event.kind);
    this.#tell(applied.changes);
  }

  #tell(changes: readonly Change[]): void {
    for (const change of changes) {
      for (const handler of this.#handlers) this.#tellOne(handler, change);
    }
  }

  #tellOne(handler: ChangeHandler, { before, after }: Change): void {
    try {
      handler(before, after);
    } catch (error) {
      this.#log.error('a handler of changes threw, which is a bug', { err: error });
    }
  }

  #recovered(): void {
    if (this.#lastError !== undefined) this.#log.info('the API server answers again');
    this.#lastError = undefined;
  }

  /** Waits as long as it takes until the next attempt. */
  async #failed(what: string, error: KubeError, atLeastMs = error.retryAfterMs ?? 0): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const { backoff = defaultBackoff, random, scope } = this.#options;
    this.#lastError = `${what} ${scope.kind.plural}: ${error.message}`;
    const delay = Math.max(atLeastMs, backoffDelay(backoff, this.#failures - 1, random()));
    const retryInMs = Math.round(delay);
    this.#log.warn('list or watch failed, will try again', {
      what,
      failures: this.#failures,
      retryInMs,
      err: error,
    });
    await sleep(this.#options.clock, delay, this.#stop.signal);
  }
}

function errorOf(end: WatchEnd): KubeError {
  switch (end.kind) {
    case 'failed':
      return end.error;
    case 'garbage':
      return new KubeError('transient', `the watch brought ${end.reason}`);
    case 'closed':
      return new KubeError('transient', 'the API server ended the watch as soon as it had begun');
  }
}
