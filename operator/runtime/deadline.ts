/**
 * One signal for a caller's abort and for the time that a call may take. Unlike `AbortSignal.timeout` it holds nothing once the call is over: with many calls, those
 * signals and all that hangs on them would stay for the whole of a long time-out.
 */
import type { Clock } from './clock.ts';

export class Deadline {
  readonly #abort = new AbortController();
  readonly #caller: AbortSignal | undefined;
  readonly #cancel: () => void;

  /** @param late what the signal's reason is when the time is up */
  constructor(clock: Pick<Clock, 'after'>, ms: number, late: () => Error, caller?: AbortSignal) {
    this.#caller = caller;
    this.#cancel = clock.after(ms, () => this.#abort.abort(late()));
    if (caller?.aborted === true) this.#forward();
    else caller?.addEventListener('abort', this.#forward, { once: true });
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** The time does not count any more, the caller's abort does. */
  arrived(): void {
    this.#cancel();
  }

  /** Nothing counts any more. To be called however the call ends. */
  over(): void {
    this.#cancel();
    this.#caller?.removeEventListener('abort', this.#forward);
  }

  readonly #forward = (): void =>
    this.#abort.abort(new Error('the call was cancelled', { cause: this.#caller?.reason }));
}
