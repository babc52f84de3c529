/** Tokens from an OAuth 2 endpoint, grant type client credentials (RFC 6749, 4.4). */
import { KafkaFailure } from './port.ts';

export interface Client {
  readonly endpoint: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope: string | undefined;
}

const timeoutMs = 10_000;
/** A token is got anew when a fifth of its life is left: connections begin with it, and brokers check it then. */
const usable = 0.8;
/** Of an endpoint that does not say how long its tokens live. */
const unknownLifeSeconds = 60;

interface Held {
  readonly token: string;
  /** On the monotonic clock. */
  readonly until: number;
}

/** @returns gives a token that is good for a while; rejects with a KafkaFailure that has no secret in it. */
export function tokenFromEndpoint(client: Client, monotonic: () => number): () => Promise<string> {
  let held: Promise<Held> | undefined;
  return async () => {
    const before = await held?.catch(() => undefined);
    if (before !== undefined && monotonic() < before.until) return before.token;
    const next = ask(client, monotonic);
    held = next;
    return (await next).token;
  };
}

async function ask(
  { endpoint, clientId, clientSecret, scope }: Client,
  monotonic: () => number,
): Promise<Held> {
  const since = monotonic();
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    ...(scope === undefined ? {} : { scope }),
  });
  const login = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`);
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { Authorization: `Basic ${login.toString('base64')}`, Accept: 'application/json' },
    body,
    signal: AbortSignal.timeout(timeoutMs),
    redirect: 'error',
  }).catch((error: unknown) => {
    throw new KafkaFailure('wait', `${endpoint} does not answer: ${reasonOf(error)}`);
  });
  const answer: unknown = await response.json().catch(() => undefined);
  const token = field(answer, 'access_token');
  if (!response.ok || typeof token !== 'string') {
    const why = [field(answer, 'error'), field(answer, 'error_description')].filter(
      (it) => typeof it === 'string',
    );
    throw new KafkaFailure('tell', `${endpoint} gives no token: ${[response.status, ...why].join(', ')}`);
  }
  const seconds = field(answer, 'expires_in');
  const life = typeof seconds === 'number' && seconds > 0 ? seconds : unknownLifeSeconds;
  return { token, until: since + life * 1_000 * usable };
}

function field(answer: unknown, name: string): unknown {
  return typeof answer === 'object' && answer !== null
    ? (answer as Record<string, unknown>)[name]
    : undefined;
}

/** fetch hides it. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
