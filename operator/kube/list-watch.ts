/** The second half of the operator's view of the API server: what a reflector needs. */
import { errorOfEvent } from './errors.ts';
import { isRecord, parseObject } from './objects.ts';
import type { KubeError, KubeObject, ResourceKind } from './port.ts';

/** Which objects of a kind. */
export interface Scope {
  readonly kind: ResourceKind;
  /** Absent: all namespaces. */
  readonly namespace?: string;
  /** e.g. `role=spring-app`. */
  readonly labelSelector?: string;
  /** e.g. `metadata.name=downtown`. */
  readonly fieldSelector?: string;
}

export interface PageRequest {
  /** Absent: everything in one answer. */
  readonly limit?: number;
  /** From the page before. */
  readonly continue?: string;
}

export interface Page {
  readonly items: readonly KubeObject[];
  /** Of the whole list: all pages show one state. */
  readonly resourceVersion: string;
  /** Absent on the last page. */
  readonly continue?: string;
}

export interface WatchRequest {
  /** Changes after this one. */
  readonly resourceVersion: string;
  /** After which the server ends the watch. */
  readonly timeoutSeconds: number;
  /**
   * The watch ends when not a byte has come for so long. Either nothing happened, or the connection is half-open and
   * the other side gone: whoever watches on will see, and nobody needs to know which it was.
   */
  readonly inactivityMs: number;
}

export type WatchEvent =
  /** Created or changed: to a copy of the objects it is the same. */
  | { readonly kind: 'changed'; readonly object: KubeObject }
  | { readonly kind: 'deleted'; readonly object: KubeObject }
  /** Nothing happened up to this version. */
  | { readonly kind: 'bookmark'; readonly resourceVersion: string }
  | { readonly kind: 'error'; readonly error: KubeError }
  /** Not understood: something may have been missed. */
  | { readonly kind: 'garbage'; readonly reason: string };

/** Calls throw only KubeError. */
export interface ListWatch {
  list(scope: Scope, page: PageRequest, signal: AbortSignal): Promise<Page>;
  /**
   * Yields events as they come, those that come together as one batch; first of all an empty batch, when the server has
   * accepted the watch. Ends when the server ends the watch in an orderly way or was silent for too long, throws when
   * it breaks off or `signal` aborts.
   */
  watch(scope: Scope, request: WatchRequest, signal: AbortSignal): AsyncIterable<readonly WatchEvent[]>;
}

/** One line of a watch. */
export function parseWatchEvent(line: string): WatchEvent {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { kind: 'garbage', reason: 'a line that is not JSON' };
  }
  if (!isRecord(value)) return { kind: 'garbage', reason: 'a line that is not an event' };
  const { type, object } = value;
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
      return objectEvent('changed', object);
    case 'DELETED':
      return objectEvent('deleted', object);
    case 'BOOKMARK':
      return bookmark(object);
    case 'ERROR':
      return { kind: 'error', error: errorOfEvent(object) };
    default:
      return { kind: 'garbage', reason: 'an event of an unknown type' };
  }
}

function objectEvent(kind: 'changed' | 'deleted', value: unknown): WatchEvent {
  const object = parseObject(value);
  return object === undefined
    ? { kind: 'garbage', reason: 'an event whose object has no name, uid or resourceVersion' }
    : { kind, object };
}

/** A bookmark's object has a kind and a resourceVersion, and nothing else. */
function bookmark(object: unknown): WatchEvent {
  const metadata = isRecord(object) ? object['metadata'] : undefined;
  const version = isRecord(metadata) ? metadata['resourceVersion'] : undefined;
  return typeof version === 'string'
    ? { kind: 'bookmark', resourceVersion: version }
    : { kind: 'garbage', reason: 'a bookmark without a resourceVersion' };
}
