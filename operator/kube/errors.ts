/** What a failed call means: decided by number, never by text, since texts change between versions. */
import { KubeError, type KubeErrorKind } from './port.ts';

/** The kind of error that a status code other than 2xx stands for. */
export function kindOfStatus(status: number): KubeErrorKind {
  switch (status) {
    case 404:
      return 'notFound';
    case 409:
      return 'conflict';
    case 401:
    case 403:
      return 'forbidden';
    case 410:
      return 'gone';
    case 429:
      return 'tooManyRequests';
    case 408:
      return 'transient';
    default:
      return status >= 400 && status < 500 ? 'invalid' : 'transient';
  }
}

/** What an answer was to, for the message: `GET /api/v1/pods`. */
export interface Call {
  readonly method: string;
  readonly path: string;
}

/** A metav1.Status, as far as it is read. It comes as the body of an answer and as the object of an ERROR event. */
interface Status {
  readonly code: number | undefined;
  readonly message: string | undefined;
  readonly retryAfterMs: number | undefined;
}

/** The error for an answer that is not 2xx. `retryAfter` is the header of that name. */
export function errorOfAnswer(
  call: Call,
  status: number,
  retryAfter: string | undefined,
  body: string,
): KubeError {
  const parsed = parseStatus(parseJson(body));
  const retryAfterMs = secondsToMs(retryAfter) ?? parsed.retryAfterMs;
  const text = parsed.message ?? (body.trim().slice(0, 300) || 'no reason given');
  return new KubeError(
    kindOfStatus(status),
    `${describe(call)}: the API server answered ${status}: ${text}`,
    {
      status,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    },
  );
}

/** The error for the Status object of an ERROR event in a watch. */
export function errorOfEvent(object: unknown): KubeError {
  const { code, message, retryAfterMs } = parseStatus(object);
  const text = `the watch ended with an error event: ${message ?? 'no reason given'}`;
  return new KubeError(code === undefined ? 'transient' : kindOfStatus(code), text, {
    ...(code === undefined ? {} : { status: code }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** The error for a call that got no answer: refused, reset, timed out, cancelled. */
export function errorOfFailure(call: Call, cause: unknown): KubeError {
  if (cause instanceof KubeError) return cause;
  const text = cause instanceof Error ? cause.message : String(cause);
  return new KubeError('transient', `${describe(call)}: no answer from the API server: ${text}`, { cause });
}

function describe({ method, path }: Call): string {
  const query = path.indexOf('?');
  return `${method} ${query < 0 ? path : path.slice(0, query)}`;
}

function parseStatus(value: unknown): Status {
  const status = asRecord(value);
  const details = asRecord(status['details']);
  return {
    code: asNumber(status['code']),
    message: typeof status['message'] === 'string' ? status['message'] : undefined,
    retryAfterMs: secondsToMs(asNumber(details['retryAfterSeconds'])),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Seconds; the API server never sends the date form of Retry-After, and 0 says nothing. */
function secondsToMs(seconds: string | number | undefined): number | undefined {
  const value = Number(seconds ?? Number.NaN);
  return value > 0 ? value * 1000 : undefined;
}

function asNumber(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
