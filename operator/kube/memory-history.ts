import type { WatchEvent } from './list-watch.ts';
import { isOlder } from './objects.ts';
import { KubeError, type KubeObject } from './port.ts';

type ObjectEvent = Extract<WatchEvent, { kind: 'changed' | 'deleted' }>;

/** A watch that waits for more. */
interface Follower {
  readonly matches: (object: KubeObject) => boolean;
  /** Objects that it has been told of and that have not gone: leaving the selection is a deletion to it. */
  readonly known: Set<string>;
  readonly waiting: WatchEvent[];
  wake: () => void;
  dropped: boolean;
}

/** All that ever happened in an API server in memory, and who follows it. */
export class History {
  readonly #events: ObjectEvent[] = [];
  readonly #followers = new Set<Follower>();
  #version = 1;
  #compactedAt = 1;

  /** Of the latest change. */
  get version(): string {
    return String(this.#version);
  }

  next(): string {
    this.#version += 1;
    return this.version;
  }

  add(event: ObjectEvent): void {
    this.#events.push(event);
    for (const follower of this.#followers) tell(follower, event);
  }

  /** The objects as they were then, by namespace and name. Throws KubeError `gone` for a past that is forgotten. */
  stateAt(version: string): readonly KubeObject[] {
    this.#checkKept(version);
    const state = new Map<string, KubeObject>();
    for (const { kind, object } of this.#events) {
      if (isOlder(version, object.metadata.resourceVersion)) break;
      if (kind === 'deleted') state.delete(idOf(object));
      else state.set(idOf(object), object);
    }
    return [...state.values()].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
  }

  async *follow(
    version: string,
    matches: (object: KubeObject) => boolean,
    signal: AbortSignal,
  ): AsyncGenerator<readonly WatchEvent[], void, undefined> {
    this.#checkKept(version);
    const known = new Set(this.stateAt(version).filter(matches).map(idOf));
    const follower: Follower = { matches, known, waiting: [], wake: () => undefined, dropped: false };
    for (const event of this.#events) {
      if (isOlder(version, event.object.metadata.resourceVersion)) tell(follower, event);
    }
    const wake = (): void => follower.wake();
    this.#followers.add(follower);
    signal.addEventListener('abort', wake);
    try {
      yield [];
      while (!signal.aborted && !follower.dropped) {
        if (follower.waiting.length > 0) yield follower.waiting.splice(0);
        else await new Promise<void>((resolve) => (follower.wake = resolve));
      }
    } finally {
      this.#followers.delete(follower);
      signal.removeEventListener('abort', wake);
    }
    if (signal.aborted) throw new KubeError('transient', 'the watch was cancelled');
  }

  drop(): void {
    for (const follower of this.#followers) {
      follower.dropped = true;
      follower.wake();
    }
  }

  compact(): void {
    this.#compactedAt = this.#version;
  }

  bookmark(): void {
    for (const follower of this.#followers) {
      follower.waiting.push({ kind: 'bookmark', resourceVersion: this.version });
      follower.wake();
    }
  }

  #checkKept(version: string): void {
    if (isOlder(version, String(this.#compactedAt))) {
      throw new KubeError('gone', `resource version ${version} is too old`, { status: 410 });
    }
  }
}

function tell(follower: Follower, event: ObjectEvent): void {
  const { object } = event;
  const id = idOf(object);
  const isWanted = event.kind === 'changed' && follower.matches(object);
  if (!isWanted && !follower.known.has(id)) return;
  if (isWanted) follower.known.add(id);
  else follower.known.delete(id);
  follower.waiting.push({ kind: isWanted ? 'changed' : 'deleted', object });
  follower.wake();
}

function idOf({ kind = '', metadata: { namespace = '', name } }: KubeObject): string {
  return `${kind}/${namespace}/${name}`;
}
