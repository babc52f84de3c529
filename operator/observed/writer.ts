/** Which program wrote a spec last, by `metadata.managedFields`: pure. */
import type { KubeObject } from '../kube/port.ts';
import { field, list, type Json } from './json.ts';

/** What is kept of the fields of thousands of objects: enough for `specWriter`. */
export interface KeptWriter {
  readonly manager: string;
  readonly fieldsV1: { readonly 'f:spec': Readonly<Record<string, never>> };
}

/**
 * The field manager that wrote of the spec last, e.g. `kubectl-client-side-apply`, `argocd-controller`, `helm`. A program, and not a person: whose credentials it had only the
 * API server's audit log tells. For custom resources the API server notes no time of what came through the subresource `scale`: whoever did that may have been the last as well, and stands
 * beside it, e.g. `kubectl-patch, or kubectl by scale`. Undefined where the object does not say.
 */
export function specWriter({ metadata }: Pick<KubeObject, 'metadata'>): string | undefined {
  let last: Wrote | undefined;
  let scaler: string | undefined;
  for (const entry of list(metadata.managedFields)) {
    const wrote = specWriteOf(entry);
    if (wrote === undefined) continue;
    if (entry['subresource'] === 'scale' && wrote.time === '') scaler = `${wrote.manager} by scale`;
    // Times are RFC 3339 in UTC, to the second: of two in one second the later entry.
    else if (last === undefined || wrote.time >= last.time) last = wrote;
  }
  return [last?.manager, scaler].filter((it) => it !== undefined).join(', or ') || undefined;
}

interface Wrote {
  readonly manager: string;
  /** Empty where none was noted. */
  readonly time: string;
}

function specWriteOf({ manager, time, fieldsV1 }: Json): Wrote | undefined {
  if (typeof manager !== 'string' || !('f:spec' in field(fieldsV1))) return undefined;
  return { manager, time: typeof time === 'string' ? time : '' };
}

/** The same object with no more of its `managedFields` than who wrote the spec. */
export function withWriterAlone(object: KubeObject): KubeObject {
  const manager = specWriter(object);
  // Left out and not deleted: what something was deleted from takes three times the memory.
  const { managedFields, ...metadata } = object.metadata;
  if (manager === undefined) return managedFields === undefined ? object : { ...object, metadata };
  const kept: readonly KeptWriter[] = [{ manager, fieldsV1: { 'f:spec': {} } }];
  return { ...object, metadata: { ...metadata, managedFields: kept } };
}
