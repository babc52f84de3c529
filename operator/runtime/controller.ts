import type { Clock } from './clock.ts';
import type { Log, LogFields } from './log.ts';
import type { Outcome } from './outcome.ts';
import type { WorkQueue } from './workqueue.ts';

/** The labels of controller_runtime_reconcile_total. */
export type ReconcileResult = 'success' | 'error' | 'requeue_after';

export interface ControllerMetrics {
  /** A worker began (+1) or ended (-1) a turn. */
  active(change: 1 | -1): void;
  finished(result: ReconcileResult, ms: number): void;
  terminalError(): void;
  panic(): void;
  timeout(): void;
}

export interface ControllerOptions {
  readonly queue: WorkQueue;
  readonly workers: number;
  /**
   * Brings one object nearer to what it should be. It gets only the key and finds out the rest itself. When `signal`
   * aborts, it returns or throws soon; a throw that is not for an aborted signal is a bug and is counted as one.
   */
  readonly reconcile: (key: string, signal: AbortSignal) => Promise<Outcome>;
  readonly clock: Clock;
  readonly log: Log;
  /** What a key names, as log lines call it; default `key`. */
  readonly keyField?: string;
  /** How long one reconcile may take before its signal aborts. Default 2 min. */
  readonly deadlineMs?: number;
  /** How long `stop` lets running reconciles go on before their signals abort. Default 5 s. */
  readonly graceMs?: number;
  readonly metrics?: ControllerMetrics;
}

/** Why the signal of a reconcile aborts. */
class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded';
}
class Stopped extends Error {
  override readonly name = 'Stopped';
}

/** What a turn came to: an outcome, or what was thrown instead of one. */
type Turn = Outcome | { readonly kind: 'threw'; readonly error: Error };

type Failed = Extract<Outcome, { kind: 'retry' }>;

/** After this many failures of a key in a row a person should look: the log line becomes an error. */
const failuresBeforeError = 5;

/** Runs `workers` reconciles at a time, and decides in one place what follows from each. */
export class Controller {
  readonly #options: ControllerOptions;
  readonly #deadlineMs: number;
  readonly #turns = new Set<AbortController>();
  #workers: Promise<void>[] = [];
  #stopped = false;

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#deadlineMs = options.deadlineMs ?? 120_000;
  }

  /** Once is enough: a second time, or after a stop, nothing happens. */
  start(): void {
    if (this.#stopped || this.#workers.length > 0) return;
    this.#workers = Array.from({ length: this.#options.workers }, () => this.#work());
  }

  /** Takes no more keys, lets what runs come to its end, after the grace time by abort. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const drained = this.#options.queue.shutDown();
    const cancel = this.#options.clock.after(this.#options.graceMs ?? 5_000, () => {
      this.abort('the operator is stopping');
    });
    await drained;
    await Promise.all(this.#workers);
    cancel();
  }

  /** Aborts what runs at once, e.g. when the leadership is lost. */
  abort(reason: string): void {
    for (const turn of this.#turns) turn.abort(new Stopped(reason));
  }

  /** How far the longest running reconcile is over its deadline, in milliseconds: it ignores its signal, or the loop hangs. */
  overdueMs(): number {
    return Math.max(0, ...this.#options.queue.running().map((ms) => ms - this.#deadlineMs));
  }

  async #work(): Promise<void> {
    const { queue } = this.#options;
    for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
      await this.#turn(key);
      queue.done(key);
    }
  }

  async #turn(key: string): Promise<void> {
    const { clock, metrics } = this.#options;
    const abort = new AbortController();
    const cancel = clock.after(this.#deadlineMs, () => {
      metrics?.timeout();
      abort.abort(new DeadlineExceeded(`it took longer than ${this.#deadlineMs / 1000} s`));
    });
    const started = clock.monotonic();
    this.#turns.add(abort);
    metrics?.active(1);
    const turn = await this.#reconcile(key, abort.signal);
    cancel();
    metrics?.active(-1);
    this.#turns.delete(abort);
    const ms = clock.monotonic() - started;
    const result = this.#conclude(key, turn, abort.signal, Math.round(ms));
    metrics?.finished(result, ms);
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<Turn> {
    try {
      return await this.#options.reconcile(key, signal);
    } catch (thrown) {
      return { kind: 'threw', error: thrown instanceof Error ? thrown : new Error(String(thrown)) };
    }
  }

  /** The one place that decides what follows from a turn. */
  #conclude(key: string, turn: Turn, signal: AbortSignal, durationMs: number): ReconcileResult {
    const { queue, log, metrics } = this.#options;
    switch (turn.kind) {
      case 'settled':
        queue.forget(key);
        log.debug('reconciled', { ...this.#named(key), durationMs });
        return 'success';
      case 'recheck':
        queue.forget(key);
        queue.addAfter(key, turn.afterMs);
        log.debug('reconciled, will look again', {
          ...this.#named(key),
          durationMs,
          reason: turn.reason,
          afterMs: turn.afterMs,
        });
        return 'requeue_after';
      case 'retry':
        this.#retry(key, turn, durationMs);
        return 'error';
      case 'stalled':
        queue.forget(key);
        metrics?.terminalError();
        // Said once, where the reason is found: the same again at each sweep would be noise.
        log.debug('reconcile stalled, the user has to act', {
          ...this.#named(key),
          durationMs,
          reason: turn.reason,
        });
        return 'error';
      case 'threw':
        this.#threw(key, turn.error, signal, durationMs);
        return 'error';
    }
  }

  #threw(key: string, error: Error, signal: AbortSignal, durationMs: number): void {
    const { queue, log, metrics } = this.#options;
    if (signal.aborted) {
      const reason: unknown = signal.reason;
      this.#retry(key, { error: reason instanceof Error ? reason : error }, durationMs);
      return;
    }
    metrics?.panic();
    const retryInMs = Math.round(queue.retry(key));
    const fields = { ...this.#named(key), durationMs, retryInMs, reason: error.name, err: error };
    log.error('reconcile threw, which is a bug', fields);
  }

  #retry(key: string, { error, reason, afterMs }: Omit<Failed, 'kind'>, durationMs: number): void {
    const { queue, log } = this.#options;
    const known = { ...this.#named(key), durationMs, reason: reason ?? reasonOf(error), err: error };
    if (this.#stopped) {
      log.info('reconcile was cut short by the stop', known);
      return;
    }
    const retryInMs = Math.round(queue.retry(key, afterMs));
    const fields = { ...known, retryInMs, failures: queue.failures(key) };
    if (queue.failures(key) < failuresBeforeError) log.warn('reconcile failed, will try again', fields);
    else log.error('reconcile keeps failing', fields);
  }

  #named(key: string): LogFields {
    return { [this.#options.keyField ?? 'key']: key };
  }
}

/** The kind of an error that is expected, the name of any other. */
function reasonOf(error: Error): string {
  return 'kind' in error ? String(error.kind) : error.name;
}
