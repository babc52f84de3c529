/** Reading what the API server sends: nothing is taken for an object that is not one. */
import type { KubeObject, ObjectKey, ObjectMeta } from './port.ts';

type Json = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value as an object when its metadata has what every object has; otherwise undefined. */
export function parseObject(value: unknown): KubeObject | undefined {
  if (!isRecord(value) || !isMeta(value['metadata'])) return undefined;
  // Checked above: `metadata` is an ObjectMeta; `spec` and `status` are unknown anyway.
  return value as unknown as KubeObject;
}

function isMeta(value: unknown): value is ObjectMeta {
  if (!isRecord(value)) return false;
  return (['name', 'uid', 'resourceVersion', 'creationTimestamp'] as const).every(
    (field) => typeof value[field] === 'string',
  );
}

/** `namespace/name`, or the name alone for cluster-scoped objects. */
export function keyText({ namespace, name }: ObjectKey): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** The inverse of `keyText`. */
export function parseKey(text: string): ObjectKey {
  const slash = text.indexOf('/');
  return slash < 0 ? { name: text } : { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
}

/**
 * Whether resource version `a` is older than `b`. Versions are 64-bit numbers in text; should a server use something
 * else, nothing is known of their order and the answer is false.
 */
export function isOlder(a: string, b: string): boolean {
  return isNumber(a) && isNumber(b) && BigInt(a) < BigInt(b);
}

function isNumber(text: string): boolean {
  return /^\d+$/.test(text);
}

/** The object without `metadata.managedFields`: often half of an object, and of no use to the operator. */
export function withoutManagedFields(object: KubeObject): KubeObject {
  if (!('managedFields' in object.metadata)) return object;
  // Left out and not deleted: what something was deleted from takes three times the memory.
  const { managedFields, ...metadata } = object.metadata;
  return { ...object, metadata };
}
