/** An exponential back-off whose delays stay within `baseMs` and `maxMs`, jitter included. */
export interface Backoff {
  readonly baseMs: number;
  readonly maxMs: number;
  /** How much a delay may grow at random: 0.25 is up to a quarter. It keeps those that failed together apart. */
  readonly jitter: number;
}

/**
 * The delay before the next attempt, in milliseconds.
 * @param attempt 0 for the first attempt after a failure.
 * @param random A number in [0, 1).
 */
export function backoffDelay(backoff: Backoff, attempt: number, random: number): number {
  const stretch = 1 + backoff.jitter;
  // 2 ** 1024 is Infinity, which min() takes care of.
  const delay = Math.min(backoff.maxMs / stretch, backoff.baseMs * 2 ** attempt);
  return delay * (1 + backoff.jitter * random);
}
