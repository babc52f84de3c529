/** Which program wrote a spec last, by `metadata.managedFields`: pure. */
import type { KubeObject } from '../kube/port.ts';
import { field, list } from './json.ts';

/** What is kept of the fields of thousands of objects: enough for `specWriter`. */
export interface KeptWriter {
  readonly manager: string;
  readonly fieldsV1: { readonly 'f:spec': Readonly<Record<string, never>> };
}

/**
 * The field manager that wrote of the spec last, e.g. `kubectl-client-side-apply`, `argocd-controller`, `helm`. A program, and not a person: whose credentials it had only the
 * API server's audit log tells. Undefined where the object does not say.
 */
export function specWriter({ metadata }: Pick<KubeObject, 'metadata'>): string | undefined {
  let last: { readonly manager: string; readonly time: string } | undefined;
  for (const { manager, time, fieldsV1 } of list(metadata.managedFields)) {
    if (typeof manager !== 'string' || !('f:spec' in field(fieldsV1))) continue;
    const at = typeof time === 'string' ? time : '';
    // Times are RFC 3339 in UTC, to the second: of two in one second the later entry.
    if (last === undefined || at >= last.time) last = { manager, time: at };
  }
  return last?.manager;
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
