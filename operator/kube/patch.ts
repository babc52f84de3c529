/**
 * The bodies of the operator's patches. Each names the resourceVersion it is based on, so that a patch that was thought
 * out for another state of the object fails with `conflict`; so does one for an earlier object of that name, because no
 * two objects share a version.
 */
import { mergePatchOf } from './merge-patch.ts';
import type { KubeObject } from './port.ts';

interface PatchBody {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly status?: unknown;
}

function basedOn({ metadata: { resourceVersion } }: KubeObject): Readonly<Record<string, unknown>> {
  return { resourceVersion };
}

/** Gives the object this status; undefined when it has it already. For `patchStatus`. */
export function statusPatch(object: KubeObject, status: object): PatchBody | undefined {
  const change = mergePatchOf(object.status ?? {}, status);
  return change === undefined ? undefined : { metadata: basedOn(object), status: change };
}

/** Undefined when the object has the finalizer already. For `patch`. */
export function addFinalizerPatch(object: KubeObject, finalizer: string): PatchBody | undefined {
  const { finalizers = [] } = object.metadata;
  if (finalizers.includes(finalizer)) return undefined;
  return { metadata: { ...basedOn(object), finalizers: [...finalizers, finalizer] } };
}

/** Undefined when the object does not have the finalizer. For `patch`. */
export function removeFinalizerPatch(object: KubeObject, finalizer: string): PatchBody | undefined {
  const { finalizers = [] } = object.metadata;
  if (!finalizers.includes(finalizer)) return undefined;
  return { metadata: { ...basedOn(object), finalizers: finalizers.filter((other) => other !== finalizer) } };
}

/** Sets annotations, and removes those that are undefined; undefined when nothing changes. For `patch`. */
export function annotationsPatch(
  object: KubeObject,
  annotations: Readonly<Record<string, string | undefined>>,
): PatchBody | undefined {
  const { annotations: before = {} } = object.metadata;
  const change = mergePatchOf(before, { ...before, ...annotations });
  return change === undefined ? undefined : { metadata: { ...basedOn(object), annotations: change } };
}
