/** An operator that runs, is killed, and is stopped in its tracks: in this process, put together as main.ts does it. */
import type { OperatorConfig } from '../../operator/config/config.ts';
import { aServer } from '../../operator/config/server.fixtures.ts';
import type { ServerConfig } from '../../operator/config/servers.ts';
import { connectPlain } from '../../operator/kube/connection.ts';
import { operator } from '../../operator/operator.ts';
import { MemoryLog, type LogLine } from '../../operator/runtime/log.fixtures.ts';
import type { Log } from '../../operator/runtime/log.ts';
import { Runnables } from '../../operator/runtime/runnables.ts';
import { FastClock, SPEED, type Epoch } from './clock.ts';
import { installation } from './truth.ts';

export interface Process {
  /** It has a process of its own: what it has sent before it is stopped arrives. */
  readonly isReal: boolean;
  /** Gone at once. Its lines are cut before. */
  kill(): Promise<void>;
  freeze(): void;
  thaw(): void;
  /** Somebody sets its wall clock. */
  jump(ms: number): void;
}

export interface ProcessOptions {
  readonly name: string;
  readonly namespace: string;
  readonly kube: URL;
  readonly dataflow: URL;
  readonly leaderElection: boolean;
  readonly epoch: Epoch;
  readonly random: () => number;
  /** Default: what `SWEEP_MS` says. */
  readonly sweepMs?: number;
  /** Default: one of its own. */
  readonly clock?: FastClock;
  /** Default: its `lines`, in memory. */
  readonly log?: Log;
  /** It has ended by itself, as it does when it has lost its lease. */
  readonly onExit: () => void;
}

/** Longer than the default, since renewing takes the API server as long as ever: a lease that fast would be lost without a fault. */
const LEASE = { leaseMs: 40_000, renewWithinMs: 30_000, retryMs: 3_000 };
/** Milliseconds of the operator's time. */
export const SWEEP_MS = 10_000;

function configOf({ name, namespace, leaderElection, sweepMs = SWEEP_MS }: ProcessOptions): OperatorConfig {
  return {
    instance: installation.instance,
    workerImage: installation.workerImage,
    serversFile: '',
    namespace,
    podName: name,
    leaderElection,
    watchNamespaces: [namespace],
    selector: undefined,
    leaseName: 'barista-operator',
    concurrency: 4,
    sweepMs,
    // No bound: each sweep comes to all.
    sweepRate: 1000,
    httpPort: 0,
    metricsAuth: 'none',
    httpKeyPair: undefined,
    logLevel: 'info',
    logFormat: 'json',
  };
}

function serverOf({ href }: URL): ServerConfig {
  const url = href.replace(/\/$/, '');
  // By the world's clock: there is no other for them.
  return aServer(url, { readTimeoutMs: 30_000 / SPEED, writeTimeoutMs: 60_000 / SPEED });
}

export class InProcess implements Process {
  readonly isReal = false;
  /** What it has logged, unless it was given another log. */
  readonly lines: readonly LogLine[];
  readonly #clock: FastClock;
  readonly #runnables: Runnables;
  readonly #close: () => void;

  constructor(options: ProcessOptions) {
    const clock = options.clock ?? new FastClock(options.epoch);
    const memory = new MemoryLog();
    const log = options.log ?? memory;
    this.lines = memory.lines;
    const connection = connectPlain(options.kube);
    const parts = operator({
      config: configOf(options),
      servers: [serverOf(options.dataflow)],
      connection,
      instance: installation.instance,
      version: 'faults',
      clock,
      random: options.random,
      log,
      lease: LEASE,
      onLost: options.onExit,
    });
    this.#clock = clock;
    this.#runnables = new Runnables(parts, { clock, log });
    this.#close = () => connection.close();
    void this.#runnables.start();
  }

  async kill(): Promise<void> {
    this.#clock.thaw();
    // What is left of it ends in order, and reaches nobody.
    await this.#runnables.stop();
    this.#clock.stop();
    this.#close();
  }

  freeze(): void {
    this.#clock.freeze();
  }

  thaw(): void {
    this.#clock.thaw();
  }

  jump(ms: number): void {
    this.#clock.jump(ms);
  }
}
