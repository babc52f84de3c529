/** A simulated SCDF, a namespace on the real API server, and an operator between them. */
import { OperatorProcess, type OperatorSetup } from './operator-process.ts';
import { Pipelines } from './pipelines.ts';
import { bounds, type ProfileName } from './profiles.ts';
import { SimulatedScdf } from './scdf.ts';
import { runFloor } from './floor.ts';

export interface FleetOptions {
  readonly root: string;
  readonly kubeconfig: string;
  readonly profile: ProfileName;
  /** Reconciles at a time. */
  readonly concurrency: number;
  readonly watchWorkloads?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** What it cost to make a fleet. */
export interface Creation {
  readonly seconds: number;
  readonly scdfWrites: number;
  readonly scdfReads: number;
  readonly registrations: number;
  readonly kubePatches: number;
  readonly kubeEvents: number;
}

export class Fleet {
  readonly pipelines: Pipelines;
  readonly scdf: SimulatedScdf;
  readonly #setup: OperatorSetup;
  #operator: OperatorProcess | undefined;

  private constructor(pipelines: Pipelines, scdf: SimulatedScdf, setup: OperatorSetup) {
    this.pipelines = pipelines;
    this.scdf = scdf;
    this.#setup = setup;
  }

  static async open(options: FleetOptions, name: string): Promise<Fleet> {
    const { profile, watchWorkloads = false, ...rest } = options;
    const scdf = await SimulatedScdf.start(profile);
    const namespace = `bench-${name}-${Date.now().toString(36)}`;
    const pipelines = await Pipelines.open(options.kubeconfig, namespace);
    const setup = { ...rest, namespace, scdfUrl: scdf.url, watchWorkloads, bounds: bounds[profile] };
    return new Fleet(pipelines, scdf, setup);
  }

  get operator(): OperatorProcess {
    if (this.#operator === undefined) throw new Error('the operator has not been started');
    return this.#operator;
  }

  /** Seconds until it is in charge. */
  async startOperator(): Promise<number> {
    this.#operator = await OperatorProcess.start(this.#setup);
    return this.#operator.whenInCharge();
  }

  async create(count: number, within: number): Promise<Creation> {
    const before = await this.scdf.counts();
    const kubeBefore = await this.operator.kubeWrites();
    const started = performance.now();
    await Promise.all([this.pipelines.applyAll(namesOf(count)), this.pipelines.whenReady(count, within)]);
    const seconds = (performance.now() - started) / 1000;
    const after = await this.scdf.counts();
    const kubeAfter = await this.operator.kubeWrites();
    return {
      seconds,
      scdfWrites: after.writes - before.writes,
      scdfReads: after.reads - before.reads,
      registrations: after.registrations - before.registrations,
      kubePatches: kubeAfter.patches - kubeBefore.patches,
      kubeEvents: kubeAfter.events - kubeBefore.events,
    };
  }

  async close(): Promise<void> {
    await this.#operator?.stop();
    await this.pipelines.close();
    this.scdf.stop();
  }
}

export function namesOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `cafe-${String(index).padStart(5, '0')}`);
}

/** Seconds that the floor takes for so many pipelines, in a world of its own. */
export async function floorSeconds(options: FleetOptions, count: number): Promise<number> {
  const { kubeconfig, concurrency } = options;
  const scdf = await SimulatedScdf.start(options.profile);
  const pipelines = await Pipelines.open(kubeconfig, `bench-floor-${Date.now().toString(36)}`);
  const { namespace } = pipelines;
  try {
    return await runFloor({ kubeconfig, namespace, concurrency, scdfUrl: scdf.url, names: namesOf(count) });
  } finally {
    await pipelines.close();
    scdf.stop();
  }
}
