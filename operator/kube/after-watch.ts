/** What a reflector does when its watch has ended: a pure decision. */
import type { KubeError } from './port.ts';

export type WatchEnd =
  /** In an orderly way, as after `timeoutSeconds`. */
  | { readonly kind: 'closed' }
  | { readonly kind: 'failed'; readonly error: KubeError }
  /** Something came that is not an event. */
  | { readonly kind: 'garbage'; readonly reason: string };

export interface NextStep {
  /** Begin again with a list, because what the watch said cannot be trusted or cannot be resumed. */
  readonly relist: boolean;
  /** How many failures in a row there have been now; 0 means: go on at once. */
  readonly failures: number;
  /** Wait at least so long, because the server said so. */
  readonly atLeastMs: number;
}

/** A watch that lived so long was healthy: what went before is forgotten. As client-go. */
const healthyAfterMs = 120_000;
/** A server that ends watches sooner than this, in whatever way, is not well. */
const tooShortMs = 1_000;
/** Resuming that fails so often may be resuming what cannot be resumed. */
const relistAfterFailures = 5;

/** @param livedMs How long the watch has lived. @param failures How many before it failed in a row. */
export function afterWatch(end: WatchEnd, livedMs: number, failures: number): NextStep {
  const isGone = end.kind === 'failed' && end.error.kind === 'gone';
  if (livedMs >= tooShortMs && (end.kind === 'closed' || isGone)) {
    return { relist: isGone, failures: 0, atLeastMs: 0 };
  }
  const now = (livedMs >= healthyAfterMs ? 0 : failures) + 1;
  return {
    relist: isGone || end.kind === 'garbage' || now >= relistAfterFailures,
    failures: now,
    atLeastMs: end.kind === 'failed' ? (end.error.retryAfterMs ?? 0) : 0,
  };
}
