/** Tokens from an OAuth2 token endpoint, grant type client credentials (RFC 6749, 4.4): one is held, and another got before it expires. */
import type { OAuth2Config } from '../config/oauth2.ts';
import type { Clock } from '../runtime/clock.ts';
import { masked } from './masked.ts';
import { readSecret, TokenError } from './token.ts';
import { Wire, type Answer, type CaFile } from './wire.ts';
import { networkTrouble } from './wording.ts';

export interface OAuth2Options {
  readonly config: OAuth2Config;
  readonly ca: CaFile | undefined;
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Told of every request, for metrics. */
  readonly onRequest?: (outcome: 'success' | TokenError['kind'], ms: number) => void;
}

/** A token is renewed when a fifth of its life is left, or so much. */
const LONGEST_MARGIN_MS = 60_000;
/** Of an endpoint that does not say how long its tokens live. */
const UNKNOWN_LIFE_MS = 300_000;
/** So long nobody asks again when there was no token: all pipelines of the server come for it. */
const FAILURE_MS = 5_000;
/** A token that is younger is not renewed because a server refuses it: it would refuse the next one as well. */
const YOUNG_MS = 10_000;

/** Times are on the monotonic clock. */
interface Held {
  readonly token: string;
  readonly since: number;
  /** From here on another one is got, while this one still serves. */
  readonly renewAt: number;
  /** From here on callers wait for another one. */
  readonly until: number;
}

interface Client {
  readonly id: string;
  readonly secret: string;
}

export class OAuth2Tokens {
  readonly #options: OAuth2Options;
  readonly #wire: Wire;
  #held: Held | undefined;
  /** The request under way: however many callers wait, there is one. */
  #asking: Promise<Held> | undefined;
  #failed: { readonly error: TokenError; readonly until: number } | undefined;

  constructor(options: OAuth2Options) {
    this.#options = options;
    this.#wire = new Wire(options.config.tokenUri, options.ca, false);
  }

  /** A `TokenSource`. */
  async token(refused?: string): Promise<string> {
    const held = this.#held;
    const now = this.#options.clock.monotonic();
    if (held === undefined || now >= held.until) return (await this.#ask(now)).token;
    if (held.token === refused && now - held.since >= YOUNG_MS) return (await this.#ask(now)).token;
    // Whoever waits for it in the end is told when it fails.
    if (now >= held.renewAt) this.#ask(now).catch(() => undefined);
    return held.token;
  }

  #ask(now: number): Promise<Held> {
    if (this.#failed !== undefined && now < this.#failed.until) return Promise.reject(this.#failed.error);
    this.#asking ??= this.#request().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  async #request(): Promise<Held> {
    const { clock, onRequest } = this.#options;
    const since = clock.monotonic();
    const ms = (): number => clock.monotonic() - since;
    try {
      const { token, lifeMs } = await this.#grant();
      const margin = Math.min(LONGEST_MARGIN_MS, lifeMs / 5);
      this.#held = { token, since, renewAt: since + lifeMs - margin, until: since + lifeMs - margin / 2 };
      this.#failed = undefined;
      onRequest?.('success', ms());
      return this.#held;
    } catch (cause) {
      const error = cause instanceof TokenError ? cause : this.#unreachable(cause);
      this.#failed = { error, until: clock.monotonic() + FAILURE_MS };
      onRequest?.(error.kind, ms());
      throw error;
    }
  }

  async #grant(): Promise<{ token: string; lifeMs: number }> {
    const { config, timeoutMs } = this.#options;
    const client: Client = {
      id: config.clientId ?? (await readSecret(config.clientIdFile ?? '', 'oauth2.clientIdFile')),
      secret: await readSecret(config.clientSecretFile, 'oauth2.clientSecretFile'),
    };
    const { authorization, body } = requestOf(config, client);
    const signal = AbortSignal.timeout(timeoutMs);
    const answer = await this.#wire
      .exchange({
        url: config.tokenUri,
        method: 'POST',
        headers: {
          Accept: 'application/json',
          'Content-Type': 'application/x-www-form-urlencoded',
          'Content-Length': Buffer.byteLength(body),
          ...authorization,
        },
        body,
        signal,
      })
      .catch((error: unknown) => {
        throw signal.aborted ? new Error(`it does not answer within ${timeoutMs / 1000} s`) : error;
      });
    return grantOf(answer) ?? this.#refused(answer, client.secret);
  }

  #refused({ status, body }: Answer, secret: string): never {
    const said = complaintOf(body);
    const words = said === undefined ? '' : ` (${[said.error, said.description].filter(Boolean).join(': ')})`;
    // An endpoint may repeat what it was sent.
    const safe = masked(words.replaceAll(secret, '******').replaceAll(formEncoded(secret), '******'));
    const where = `The token endpoint ${this.#options.config.tokenUri}`;
    if (status === 408 || status === 429 || status >= 500)
      throw new TokenError('unreachable', `${where} answers ${status}${safe}.`);
    if (said !== undefined) throw new TokenError('unauthorized', `${where} ${meaning(said.error, safe)}`);
    const what = status < 300 ? 'something that is no token' : status;
    throw new TokenError('unauthorized', `${where} answers ${what}: is oauth2.tokenUri that of one?`);
  }

  #unreachable(cause: unknown): TokenError {
    const { tokenUri, caFile } = this.#options.config;
    const why = networkTrouble(cause, { field: 'oauth2.caFile', file: caFile });
    const end = /[.?]$/.test(why) ? '' : '.';
    const message = `The token endpoint ${tokenUri} cannot be reached: ${why}${end}`;
    return new TokenError('unreachable', message, { cause });
  }
}

function requestOf(
  { clientAuthenticationMethod, scopes, endpointParams }: OAuth2Config,
  { id, secret }: Client,
): { authorization: Readonly<Record<string, string>>; body: string } {
  const isBasic = clientAuthenticationMethod === 'client_secret_basic';
  const form = new URLSearchParams({
    ...endpointParams,
    grant_type: 'client_credentials',
    ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
    ...(isBasic ? {} : { client_id: id, client_secret: secret }),
  });
  const pair = `${formEncoded(id)}:${formEncoded(secret)}`;
  const basic = `Basic ${Buffer.from(pair).toString('base64')}`;
  return { authorization: isBasic ? { Authorization: basic } : {}, body: form.toString() };
}

/** RFC 6749, 2.3.1: id and secret are encoded as in a form before they are put together. */
function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}

function grantOf({ status, body }: Answer): { token: string; lifeMs: number } | undefined {
  const answer = parsed(body);
  const { access_token: token, token_type: type = 'bearer', expires_in: seconds } = answer;
  if (status !== 200 || typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) return undefined;
  if (typeof type !== 'string' || type.toLowerCase() !== 'bearer') return undefined;
  const life = Number(seconds) * 1000;
  return { token, lifeMs: life > 0 ? life : UNKNOWN_LIFE_MS };
}

/** `{"error":"invalid_client","error_description":"Bad credentials"}`. */
function complaintOf(body: string): { error: string; description: string } | undefined {
  const { error, error_description: description } = parsed(body);
  if (typeof error !== 'string' || error === '') return undefined;
  return { error, description: typeof description === 'string' ? description : '' };
}

function parsed(body: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(body)) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** The errors of RFC 6749, 5.2, and what to do about each. */
function meaning(error: string, words: string): string {
  switch (error) {
    case 'invalid_client':
      return `does not know the operator's client${words}: check oauth2.clientId and the secret in oauth2.clientSecretFile.`;
    case 'invalid_scope':
      return `does not give the scopes${words}: check oauth2.scopes, and what the client may have.`;
    case 'unauthorized_client':
    case 'unsupported_grant_type':
      return `does not give the client tokens of its own${words}: allow it the grant type client_credentials there.`;
    default:
      return `refuses the request${words}: check oauth2 in the servers file.`;
  }
}
