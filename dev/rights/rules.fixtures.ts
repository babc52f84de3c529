/** What a Role allows and what was asked for, in one form, so that the two can be held against each other: pure. */

/** A request as RBAC sees it. */
export interface ApiRequest {
  readonly verb: string;
  readonly group: string;
  /** With its subresource: `pods/log`. */
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

const verbs: Readonly<Record<string, string>> = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** As the API server reads a method and a path, e.g. `/apis/apps/v1/namespaces/bar/deployments?watch=true`. */
export function requestOf(method: string, url: string): ApiRequest {
  const { pathname, searchParams } = new URL(url, 'http://127.0.0.1');
  const [api, ...parts] = pathname.split('/').slice(1);
  const [group = '', rest] = api === 'apis' ? [parts[0], parts.slice(2)] : ['', parts.slice(1)];
  // A namespace itself is asked for as an object: `/api/v1/namespaces/bar`.
  const isInside = rest[0] === 'namespaces' && rest.length > 2;
  const [plural = pathname, name, sub] = isInside ? rest.slice(2) : rest;
  return {
    verb: verbs[method] ?? readOf(name, searchParams),
    group,
    resource: sub === undefined ? plural : `${plural}/${sub}`,
    namespace: isInside ? rest[1] : undefined,
    name,
  };
}

function readOf(name: string | undefined, parameters: URLSearchParams): string {
  if (name !== undefined) return 'get';
  return parameters.get('watch') === 'true' ? 'watch' : 'list';
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** A Role or ClusterRole as `kubectl kustomize` renders it. */
export interface Role {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules: readonly Rule[];
}

/** One verb on one resource: the least that a role allows. `namespace` and `name` undefined: in all, any. */
export type Grant = ApiRequest;

export function grantsOf({ metadata, rules }: Role): Grant[] {
  const { namespace } = metadata;
  return rules.flatMap(({ apiGroups, resources, resourceNames = [undefined], verbs: allowed }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        resourceNames.flatMap((name) => allowed.map((verb) => ({ verb, group, resource, namespace, name }))),
      ),
    ),
  );
}

export function isUsed(grant: Grant, requests: readonly ApiRequest[]): boolean {
  return requests.some(
    (request) =>
      (['verb', 'group', 'resource'] as const).every((key) => grant[key] === request[key]) &&
      (grant.name === undefined || grant.name === request.name) &&
      (isForAll(grant) ? request.namespace === undefined : isIn(grant, request)),
  );
}

/** A right to list all namespaces is for lists of all: for one of them a Role would do. */
function isForAll({ verb, namespace }: Grant): boolean {
  return namespace === undefined && (verb === 'list' || verb === 'watch');
}

function isIn({ namespace }: Grant, request: ApiRequest): boolean {
  return namespace === undefined || namespace === request.namespace;
}

export function describeGrant({ verb, group, resource, namespace, name }: Grant): string {
  const what = `${resource}${group === '' ? '' : `.${group}`}${name === undefined ? '' : `/${name}`}`;
  return `${verb} ${what} in ${namespace ?? 'all namespaces'}`;
}
