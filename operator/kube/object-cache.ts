import type { WatchEvent } from './list-watch.ts';
import { isOlder, keyText } from './objects.ts';
import type { KubeObject, ObjectKey, Store } from './port.ts';

/** One object became another: `before` is absent when it is new, `after` when it is gone. */
export interface Change {
  readonly before: KubeObject | undefined;
  readonly after: KubeObject | undefined;
}

/** What came of an event: changes, or why it was not taken. */
export type Applied =
  { readonly kind: 'applied'; readonly changes: readonly Change[] } | { readonly kind: 'older' };

const nothing: Applied = { kind: 'applied', changes: [] };
const older: Applied = { kind: 'older' };

/**
 * The objects of a list and of the watch after it. It never goes back in time: what is older than what it has seen is
 * refused, wherever it comes from.
 */
export class ObjectCache implements Store {
  #objects = new Map<string, KubeObject>();
  #version: string | undefined;

  /** Up to where the cache knows everything; undefined before the first list. A watch goes on from here. */
  get resourceVersion(): string | undefined {
    return this.#version;
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: ObjectKey): KubeObject | undefined {
    return this.#objects.get(keyText(key));
  }

  list(): readonly KubeObject[] {
    return [...this.#objects.values()];
  }

  /** Takes a whole list. `force` takes one from the past as well. */
  replace(items: readonly KubeObject[], version: string, force = false): Applied {
    if (!force && this.#version !== undefined && isOlder(version, this.#version)) return older;
    const before = this.#objects;
    this.#objects = new Map(items.map((item) => [keyText(item.metadata), item]));
    this.#version = version;
    const changes: Change[] = [];
    for (const [key, object] of before) {
      if (!this.#objects.has(key)) changes.push({ before: object, after: undefined });
    }
    for (const [key, object] of this.#objects) changes.push(...changesOf(before.get(key), object));
    return { kind: 'applied', changes };
  }

  /** Takes one event of the watch. An event that was seen before, or comes out of its order, is `older`. */
  apply(event: Extract<WatchEvent, { kind: 'changed' | 'deleted' | 'bookmark' }>): Applied {
    const version = event.kind === 'bookmark' ? event.resourceVersion : event.object.metadata.resourceVersion;
    if (this.#version !== undefined && isOlder(version, this.#version)) return older;
    const repeated = version === this.#version;
    this.#version = version;
    if (event.kind === 'bookmark') return nothing;
    return repeated ? older : this.#take(event.kind, event.object);
  }

  #take(kind: 'changed' | 'deleted', object: KubeObject): Applied {
    const key = keyText(object.metadata);
    const before = this.#objects.get(key);
    if (kind === 'changed') {
      this.#objects.set(key, object);
      return { kind: 'applied', changes: changesOf(before, object) };
    }
    if (before === undefined) return nothing;
    this.#objects.delete(key);
    return { kind: 'applied', changes: [{ before, after: undefined }] };
  }
}

/** An object under an old name is another object: it tells of the end of one and the beginning of the other. */
function changesOf(before: KubeObject | undefined, after: KubeObject): readonly Change[] {
  if (before === undefined) return [{ before, after }];
  if (before.metadata.uid !== after.metadata.uid) {
    return [
      { before, after: undefined },
      { before: undefined, after },
    ];
  }
  return before.metadata.resourceVersion === after.metadata.resourceVersion ? [] : [{ before, after }];
}
