/** Who may read the metrics, when not everybody may: as controller-runtime's filter WithAuthenticationAndAuthorization decides. */
import { createHash } from 'node:crypto';
import type { AccessReviews, NonResource, User } from '../kube/access-reviews.ts';
import type { Clock } from '../runtime/clock.ts';
import { Expiring } from '../runtime/expiring.ts';
import type { Log } from '../runtime/log.ts';

/** Why a request is not answered. */
export interface Refusal {
  /** 401: nobody known. 403: somebody who may not. 503: nobody can say. */
  readonly status: 401 | 403 | 503;
  /** A sentence for the one who asked. */
  readonly text: string;
}

/** Undefined: the request may be answered. Never throws. */
export type Guard = (authorization: string | undefined) => Promise<Refusal | undefined>;

export interface MetricsGuardOptions {
  readonly reviews: AccessReviews;
  readonly clock: Clock;
  readonly log: Log;
}

const metrics: NonResource = { verb: 'get', path: '/metrics' };

/** As controller-runtime's. What is found of a token that is nobody's is not kept: there is no end of those. */
const goodForMs = { known: 60_000, unknown: 0, allowed: 300_000, denied: 30_000 };
const most = 1000;
/** Who sends a new token with each request must neither make the operator ask the API server without end, nor hold up those whom it knows. */
const mostAtOnce = 10;
/** The same trouble is logged so often. */
const quietMs = 60_000;

const unauthorized: Refusal = {
  status: 401,
  text: 'Unauthorized: the metrics are for those who send a bearer token that the API server knows, and who may get /metrics.',
};
const overloaded: Refusal = {
  status: 503,
  text: 'Too many tokens are being looked at: ask again in a moment.',
};
const unsure: Refusal = {
  status: 503,
  text: 'The API server does not say whether you may read the metrics: ask again in a moment.',
};

/** Asks the API server whose the token is and whether its user may get `/metrics`, and keeps both answers for a while. */
export class MetricsGuard {
  readonly #options: MetricsGuardOptions;
  /** By the hash of the token, so that no token stays in memory. */
  readonly #users: Expiring<User | undefined>;
  /** By all that is known of the user. */
  readonly #verdicts: Expiring<boolean>;
  #loggedAt = Number.NEGATIVE_INFINITY;

  constructor(options: MetricsGuardOptions) {
    this.#options = options;
    this.#users = new Expiring({ clock: options.clock, most });
    this.#verdicts = new Expiring({ clock: options.clock, most });
  }

  /** @param authorization the header of that name */
  async refusal(authorization: string | undefined): Promise<Refusal | undefined> {
    const token = bearerOf(authorization);
    if (token === undefined) return unauthorized;
    const key = createHash('sha256').update(token).digest('base64');
    if (this.#isBusy && !this.#users.has(key)) return overloaded;
    try {
      return await this.#judge(key, token);
    } catch (error) {
      this.#complain(error);
      return unsure;
    }
  }

  get #isBusy(): boolean {
    return this.#users.pending + this.#verdicts.pending >= mostAtOnce;
  }

  async #judge(key: string, token: string): Promise<Refusal | undefined> {
    const { reviews } = this.#options;
    const user = await this.#users.getOr(
      key,
      () => reviews.userOf(token),
      (found) => (found === undefined ? goodForMs.unknown : goodForMs.known),
    );
    if (user === undefined) return unauthorized;
    const allowed = await this.#verdicts.getOr(
      JSON.stringify(user),
      () => reviews.may(user, metrics),
      (may) => (may ? goodForMs.allowed : goodForMs.denied),
    );
    if (allowed) return undefined;
    return {
      status: 403,
      text: `Authorization denied for user ${user.username}: give it a ClusterRole that may get the non-resource URL /metrics.`,
    };
  }

  #complain(error: unknown): void {
    const { clock, log } = this.#options;
    if (clock.monotonic() - this.#loggedAt < quietMs) return;
    this.#loggedAt = clock.monotonic();
    log.warn('nobody can say who may read the metrics, so nobody may', { err: error });
  }
}

/** The token of `Bearer <token>`. The name of the scheme may be written in any case. */
function bearerOf(authorization: string | undefined): string | undefined {
  return /^bearer +([^ ]+) *$/i.exec(authorization ?? '')?.[1];
}
