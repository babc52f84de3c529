/**
 * The circuit of one server: opens when the server fails as a whole, and then lets one call through now and then to see whether it is
 * back. All its pipelines wait together meanwhile, and cost it nothing.
 */
import type { Clock } from '../runtime/clock.ts';
import { DataflowError } from './port.ts';

/** Failures in a row, whatever pipelines they are of, after which it is the server and not a call. */
const OPENS_AFTER = 5;
const FIRST_PROBE_MS = 2_000;
const LONGEST_PROBE_MS = 30_000;
/** When the server is back, those that wait come over so long a time and not at once. */
const SPREAD_MS = 5_000;

export interface CircuitParts {
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly onChange: (isOpen: boolean) => void;
}

/** What keeps the circuit open. */
interface Opened {
  /** The failure that is told to those who wait. */
  readonly failure: DataflowError;
  /** On the monotonic clock. */
  readonly probeAt: number;
  readonly probeAfterMs: number;
}

export class Circuit {
  readonly #parts: CircuitParts;
  #failures = 0;
  #opened: Opened | undefined;
  #probing = false;

  constructor(parts: CircuitParts) {
    this.#parts = parts;
  }

  get isOpen(): boolean {
    return this.#opened !== undefined;
  }

  /**
   * Refuses a call that cannot be made now, so that it does not wait for its turn in vain.
   * @throws DataflowError as `guard`
   */
  check(what: string): void {
    const opened = this.#opened;
    if (opened !== undefined && !this.#mayProbe(opened)) throw this.#refusal(what, opened);
  }

  /**
   * Makes a call, or refuses it while the circuit is open.
   * @param what e.g. `deploy stream x`
   * @throws DataflowError of the call; refused, the one that opened the circuit, with the time after which to ask again
   */
  async guard<T>(what: string, call: () => Promise<T>): Promise<T> {
    const opened = this.#opened;
    if (opened === undefined) return this.#judged(call);
    if (!this.#mayProbe(opened)) throw this.#refusal(what, opened);
    this.#probing = true;
    try {
      return await this.#judged(call);
    } finally {
      this.#probing = false;
    }
  }

  #mayProbe({ probeAt }: Opened): boolean {
    return !this.#probing && this.#parts.clock.monotonic() >= probeAt;
  }

  async #judged<T>(call: () => Promise<T>): Promise<T> {
    try {
      const result = await call();
      this.#answered();
      return result;
    } catch (error) {
      if (error instanceof DataflowError) this.#judge(error);
      throw error;
    }
  }

  #judge(error: DataflowError): void {
    // With Skipper away SCDF answers, and its app registry serves.
    if (error.kind === 'unreachable') this.#failed(error);
    // Without a status it was not answered, and not the server's fault either: given up, or fenced.
    else if (error.status !== undefined) this.#answered();
  }

  #answered(): void {
    this.#failures = 0;
    if (this.#opened === undefined) return;
    this.#opened = undefined;
    this.#parts.onChange(false);
  }

  #failed(failure: DataflowError): void {
    this.#failures += 1;
    const before = this.#opened;
    if (before === undefined && this.#failures < OPENS_AFTER) return;
    // Calls that were under way when it opened end after it: they are no probes.
    if (before !== undefined && !this.#probing) return;
    const probeAfterMs =
      before === undefined ? FIRST_PROBE_MS : Math.min(LONGEST_PROBE_MS, before.probeAfterMs * 2);
    this.#opened = { failure, probeAfterMs, probeAt: this.#parts.clock.monotonic() + probeAfterMs };
    if (before === undefined) this.#parts.onChange(true);
  }

  #refusal(what: string, { failure, probeAt }: Opened): DataflowError {
    const { clock, random } = this.#parts;
    const retryAfterMs = Math.max(0, probeAt - clock.monotonic()) + random() * SPREAD_MS;
    return new DataflowError(failure.kind, what, failure.message, { retryAfterMs, cause: failure });
  }
}
