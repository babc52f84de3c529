/** Who a stranger is, and what it may do: both are the API server's to say. `memory-access-reviews.ts` is the one for tests; `access-reviews-conformance.ts` runs on both. */
import { isRecord } from './objects.ts';
import { KubeError } from './port.ts';
import type { RestClient, RestRequest } from './rest.ts';

/** A user as the API server knows it. */
export interface User {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  /** What authenticators say besides, which authorizers may look at. */
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** A question about an address that is no resource, e.g. `{verb: 'get', path: '/metrics'}`. */
export interface NonResource {
  readonly verb: string;
  readonly path: string;
}

/** Both throw only KubeError: when the API server does not say yes or no, nobody knows. */
export interface AccessReviews {
  /** Whose bearer token it is; undefined: nobody's, or not for this cluster. */
  userOf(token: string, signal?: AbortSignal): Promise<User | undefined>;
  may(user: User, what: NonResource, signal?: AbortSignal): Promise<boolean>;
}

/** By TokenReview and SubjectAccessReview. Both are created and never stored, so they may be asked again. */
export class KubeAccessReviews implements AccessReviews {
  readonly #rest: RestClient;

  /** @param rest must not be fenced by `mayWrite`: replicas that stand by are asked as well */
  constructor(rest: RestClient) {
    this.#rest = rest;
  }

  async userOf(token: string, signal?: AbortSignal): Promise<User | undefined> {
    const { authenticated, user } = await this.#review('authentication.k8s.io', 'TokenReview', {
      spec: { token },
      signal,
    });
    if (authenticated !== true) return undefined;
    const { username, uid, groups, extra } = isRecord(user) ? user : {};
    if (typeof username !== 'string' || username === '')
      throw new KubeError('transient', 'TokenReview: the API server accepts a token and does not say whose');
    return {
      username,
      ...(typeof uid === 'string' ? { uid } : {}),
      groups: (groups ?? []) as readonly string[],
      extra: (extra ?? {}) as User['extra'],
    };
  }

  async may({ username, ...user }: User, what: NonResource, signal?: AbortSignal): Promise<boolean> {
    const { allowed } = await this.#review('authorization.k8s.io', 'SubjectAccessReview', {
      spec: { user: username, ...user, nonResourceAttributes: what },
      signal,
    });
    return allowed === true;
  }

  /** The status of the review. */
  async #review(
    group: string,
    kind: string,
    { spec, signal }: { readonly spec: object; readonly signal: AbortSignal | undefined },
  ): Promise<Readonly<Record<string, unknown>>> {
    const apiVersion = `${group}/v1`;
    const request: RestRequest = {
      method: 'POST',
      path: `/apis/${apiVersion}/${kind.toLowerCase()}s`,
      body: { apiVersion, kind, spec },
      mayRepeat: true,
      signal,
    };
    const answer = await this.#rest.json(request);
    const status = isRecord(answer) ? answer['status'] : undefined;
    if (isRecord(status)) return status;
    throw new KubeError('transient', `POST ${request.path}: the API server's answer has no status`);
  }
}
