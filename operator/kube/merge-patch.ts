/** JSON merge patches, RFC 7386. */
import { isDeepStrictEqual } from 'node:util';
import { isRecord } from './objects.ts';

/** What `target` becomes by `patch`. Neither is changed. */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const result: Record<string, unknown> = isRecord(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, key);
    else result[key] = applyMergePatch(result[key], value);
  }
  return result;
}

/**
 * The smallest merge patch that turns `from` into `to`; undefined when there is nothing to change, so that no request
 * need be made. Arrays are replaced as a whole. In `to` undefined means absent; null cannot be said in a merge patch.
 */
export function mergePatchOf(from: unknown, to: unknown): unknown {
  if (!isRecord(from) || !isRecord(to)) return isDeepStrictEqual(from, to) ? undefined : to;
  const patch: Record<string, unknown> = {};
  for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
    const change = fieldPatch(from[key], to[key]);
    if (change !== undefined) patch[key] = change;
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}

function fieldPatch(from: unknown, to: unknown): unknown {
  if (to === undefined) return from === undefined ? undefined : null;
  if (!isRecord(to) || isRecord(from)) return mergePatchOf(from, to);
  // An object where there was none: merged into an empty one, so an empty one must still be said.
  return to;
}
