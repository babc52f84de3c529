/**
 * What one reconcile came to. The controller loop owns what follows (requeue, back-off, metrics, log level); a
 * reconciler only returns a value.
 */
export type Outcome =
  /** Nothing to do until something changes or the next sweep. Forgets earlier failures. */
  | { readonly kind: 'settled' }
  /** Waiting is not an error: look again after `afterMs`, without back-off. Forgets earlier failures. */
  | { readonly kind: 'recheck'; readonly afterMs: number; readonly reason: string }
  /** Something failed that may succeed later: look again with back-off, or after `afterMs` when the other side said so. */
  | {
      readonly kind: 'retry';
      readonly error: Error;
      readonly afterMs?: number;
      /** One word for what failed, as a status has it. */
      readonly reason?: string;
    }
  /** Only the user can go on (the status says what to do): no retry until the object changes or the next sweep. */
  | { readonly kind: 'stalled'; readonly reason: string };

export const settled: Outcome = { kind: 'settled' };
