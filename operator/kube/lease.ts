import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { Runnable } from '../runtime/runnables.ts';
import { sleep } from '../runtime/sleep.ts';
import { errorOfFailure } from './errors.ts';
import { claimLease, readLease, releaseLease, type LeaseClaim, type LeaseRecord } from './lease-record.ts';
import { KubeError, type KubeApi, type KubeObject, type ObjectKey, type ResourceKind } from './port.ts';

export interface LeaderMetrics {
  /** leader_election_master_status */
  leading(isLeader: boolean): void;
  /** The lease had to be read again before it could be renewed: leader_election_slowpath_total. */
  slowPath(): void;
}

export interface LeaderOptions {
  /** Must not be fenced by `mayWrite` itself. */
  readonly api: KubeApi;
  readonly lease: ObjectKey;
  /** Who this replica is: unique, e.g. the pod's name and a random part. */
  readonly identity: string;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly log: Log;
  readonly metrics?: LeaderMetrics;
  /** For how long others keep off after a renewal. Default 15 s. */
  readonly leaseMs?: number;
  /** For how long after a renewal the leader acts; the rest of the lease is for calls that are on their way. Default 10 s. */
  readonly renewWithinMs?: number;
  /** Time between attempts. Default 2 s. */
  readonly retryMs?: number;
}

/** One time as leader: `lost` aborts when it ends, for whatever reason. */
export interface Term {
  readonly lost: AbortSignal;
}

const leases: ResourceKind = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases' };

/** What has been seen of the lease, and when by the monotonic clock: the clocks of others are not trusted. */
interface Observed {
  readonly object: KubeObject;
  readonly record: LeaseRecord;
  readonly at: number;
}

/**
 * Leads when it holds a Lease. The time that counts is its own monotonic clock: others wait `leaseMs` from when they
 * saw a renewal, which is after it was sent, so the lease surely holds until `leaseMs` after the sending; and it acts
 * only for the first `renewWithinMs` of that.
 */
export class LeaderElector implements Runnable {
  readonly name = 'leader election';
  readonly #options: Required<Omit<LeaderOptions, 'metrics'>> & Pick<LeaderOptions, 'metrics'>;
  readonly #stop = new AbortController();
  readonly #listeners: ((term: Term) => void)[] = [];
  #observed: Observed | undefined;
  /** When the last successful renewal was sent. */
  #renewedAt = Number.NEGATIVE_INFINITY;
  #term: AbortController | undefined;
  #loop: Promise<void> = Promise.resolve();

  constructor(options: LeaderOptions) {
    this.#options = { leaseMs: 15_000, renewWithinMs: 10_000, retryMs: 2_000, ...options };
  }

  /** Called at the beginning of each term. Call before `start`. */
  onElected(listener: (term: Term) => void): void {
    this.#listeners.push(listener);
  }

  /**
   * Whether a write may leave this process now. True only while the lease surely holds; asks nobody, and is right also
   * when the process has just been woken after minutes.
   */
  mayWrite(): boolean {
    return this.#term !== undefined && this.#holdsSurely();
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** Ends the term and gives the lease back. Whatever writes must have been stopped before. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
    if (this.#term === undefined) return;
    this.#end('the operator stops');
    await this.#release();
  }

  #holdsSurely(): boolean {
    const { clock, renewWithinMs } = this.#options;
    return clock.monotonic() - this.#renewedAt < renewWithinMs;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const cancel = this.#armFence();
      await this.#attempt();
      await sleep(this.#options.clock, this.#pauseMs(), this.#stop.signal);
      cancel();
    }
  }

  /** Candidates spread their attempts; the leader keeps its time. */
  #pauseMs(): number {
    const { random, retryMs } = this.#options;
    return this.#term === undefined ? retryMs * (1 + random()) : retryMs;
  }

  /** Ends the term when its time is over, whatever the attempt to renew it is waiting for. */
  #armFence(): () => void {
    if (this.#term === undefined) return () => undefined;
    const { clock, renewWithinMs } = this.#options;
    return clock.after(Math.max(0, this.#renewedAt + renewWithinMs - clock.monotonic()), () => {
      if (!this.#holdsSurely()) this.#end('it could not be renewed in time');
    });
  }

  async #attempt(): Promise<void> {
    const { clock, log, renewWithinMs } = this.#options;
    // After a stop of the whole process no timer has fired yet, but the time is over.
    if (this.#term !== undefined && !this.#holdsSurely()) this.#end('it could not be renewed in time');
    const abort = new AbortController();
    const timeOut = (): void => abort.abort(new Error('the attempt took too long'));
    const cancel = clock.after(renewWithinMs, timeOut);
    this.#stop.signal.addEventListener('abort', timeOut);
    try {
      await this.#takeOrRenew(abort.signal);
    } catch (error) {
      const failure = errorOfFailure({ method: 'LEASE', path: this.#options.lease.name }, error);
      if (!this.#stop.signal.aborted)
        log.warn('the lease cannot be read or written, will try again', { err: failure });
    } finally {
      cancel();
      this.#stop.signal.removeEventListener('abort', timeOut);
    }
  }

  async #takeOrRenew(signal: AbortSignal): Promise<void> {
    const { api, clock, identity, lease } = this.#options;
    const known = this.#observed;
    if (this.#term !== undefined && known !== undefined && (await this.#renewKnown(known.object, signal)))
      return;
    const current = await api.get(leases, lease, signal);
    if (current === undefined) {
      await this.#write((claim) => this.#create(claim, signal));
      return;
    }
    const { record, at } = this.#observe(current);
    if (record.holder !== '' && record.holder !== identity) {
      this.#end(`${record.holder} has taken it`);
      if (clock.monotonic() - at < record.durationMs) return;
    }
    await this.#write((claim) => this.#replace(claim, current, signal));
  }

  /** Without reading it first. False when somebody else wrote it, or an earlier renewal happened though its answer was lost. */
  async #renewKnown(known: KubeObject, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#write((claim) => this.#replace(claim, known, signal));
      return true;
    } catch (error) {
      if (!(error instanceof KubeError) || (error.kind !== 'conflict' && error.kind !== 'notFound'))
        throw error;
      this.#options.metrics?.slowPath();
      return false;
    }
  }

  /** The time of a lease begins when it is seen to have changed. */
  #observe(object: KubeObject): Observed {
    const { clock } = this.#options;
    const before = this.#observed;
    const isSame = before?.object.metadata.resourceVersion === object.metadata.resourceVersion;
    const observed = { object, record: readLease(object), at: isSame ? before.at : clock.monotonic() };
    this.#observed = observed;
    return observed;
  }

  /** The lease counts from before the write was sent: when it arrived, nobody here can know. */
  async #write(write: (claim: LeaseClaim) => Promise<KubeObject>): Promise<void> {
    const { clock, identity, lease, leaseMs } = this.#options;
    const sentAt = clock.monotonic();
    const written = await write({ key: lease, holder: identity, durationMs: leaseMs, now: clock.now() });
    this.#observe(written);
    this.#renewedAt = sentAt;
    if (this.#term === undefined && this.#holdsSurely() && !this.#stop.signal.aborted) this.#begin();
  }

  #create(claim: LeaseClaim, signal: AbortSignal): Promise<KubeObject> {
    return this.#options.api.create(leases, claim.key.namespace, claimLease(claim, undefined), signal);
  }

  #replace(claim: LeaseClaim, before: KubeObject, signal: AbortSignal): Promise<KubeObject> {
    return this.#options.api.replace(leases, claim.key, claimLease(claim, before), signal);
  }

  /** Reads it first: an answer may have been lost just before the stop. */
  async #release(): Promise<void> {
    const { api, clock, identity, lease, leaseMs, log } = this.#options;
    try {
      const held = await api.get(leases, lease);
      if (held === undefined || readLease(held).holder !== identity) return;
      const claim = { key: lease, holder: identity, durationMs: leaseMs, now: clock.now() };
      await api.replace(leases, lease, releaseLease(claim, held));
    } catch (error) {
      log.warn('the lease could not be given back, the next leader has to wait for its end', { err: error });
    }
  }

  #begin(): void {
    const term = new AbortController();
    this.#term = term;
    this.#options.log.info('leading', { identity: this.#options.identity });
    this.#options.metrics?.leading(true);
    for (const listener of this.#listeners) listener({ lost: term.signal });
  }

  #end(why: string): void {
    const term = this.#term;
    if (term === undefined) return;
    this.#term = undefined;
    this.#options.log.info('no longer leading', { identity: this.#options.identity, reason: why });
    this.#options.metrics?.leading(false);
    term.abort(new Error(`the lease is lost: ${why}`));
  }
}
