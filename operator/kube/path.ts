/** Addresses of resources at the API server. */
import type { ObjectKey, ResourceKind } from './port.ts';

/** e.g. `/apis/apps/v1/namespaces/bar/deployments`; without a namespace all of them, or a cluster-scoped kind. */
export function collectionPath({ group, version, plural }: ResourceKind, namespace?: string): string {
  const api = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return namespace === undefined
    ? `${api}/${plural}`
    : `${api}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
}

export function objectPath(kind: ResourceKind, { namespace, name }: ObjectKey): string {
  return `${collectionPath(kind, namespace)}/${encodeURIComponent(name)}`;
}

/** The path with those parameters that have a value. */
export function withQuery(
  path: string,
  parameters: Readonly<Record<string, string | number | boolean | undefined>>,
): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== '') query.set(name, String(value));
  }
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}
