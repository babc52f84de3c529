/** Where plans are run: the CRD, the namespaces and the one watch that looks at what comes of it. */
import { randomBytes } from 'node:crypto';
import { clientOf, connectToStack } from '../../operator/kube/cluster.fixtures.ts';
import type { KubeClient } from '../../operator/kube/client.ts';
import type { Connection } from '../../operator/kube/connection.ts';
import { Reflector } from '../../operator/kube/reflector.ts';
import { PIPELINES } from '../../operator/api/types.ts';
import { systemClock } from '../../operator/runtime/clock.ts';
import { MemoryLog } from '../../operator/runtime/log.fixtures.ts';
import { Kubectl } from '../cluster/kubectl.ts';
import { installCrds } from '../install/crds.ts';
import { sendHome } from '../install/send-home.ts';
import { Lag, STALL_MS } from './lag.ts';
import { LABEL } from './person.ts';
import { planOf, type FaultPlan } from './plan.ts';
import { runPlan, undisturbed, Undisturbed, type Outcome, type Surroundings } from './run.ts';
import type { ScenarioName } from './scenarios.ts';
import type { Start } from './world.ts';

/** How often a plan that broke a rule is run again when the machine stood still meanwhile. */
const RETRIES = 3;
const namespaces = { group: '', version: 'v1', plural: 'namespaces' };

export class Stage {
  readonly #connection: Connection;
  readonly #api: KubeClient;
  readonly #pipelines: Reflector;
  readonly #lag = new Lag();
  readonly #changedAt = new Map<string, number>();
  readonly #undisturbed = new Undisturbed();
  readonly #free: string[];
  readonly #all: readonly string[];
  readonly #waiting: ((namespace: string) => void)[] = [];
  readonly #start: Start | undefined;
  #comeBack: () => Promise<void> = () => Promise.resolve();

  private constructor(slots: number, start: Start | undefined) {
    this.#start = start;
    this.#connection = connectToStack();
    this.#api = clientOf(this.#connection);
    // A namespace that was deleted is there for a while: no stage takes the names of another one.
    const stage = randomBytes(4).toString('hex');
    this.#all = Array.from({ length: slots }, (_, slot) => `faults-${stage}-${slot}`);
    this.#free = [...this.#all];
    this.#pipelines = new Reflector({
      source: this.#api,
      scope: { kind: PIPELINES, labelSelector: LABEL },
      clock: systemClock,
      random: Math.random,
      log: new MemoryLog(),
    });
    this.#pipelines.onChange((before, after) => {
      this.#changedAt.set((after ?? before)?.metadata.namespace ?? '', performance.now());
    });
  }

  /** @param slots plans that run at a time, each in a namespace that it has for itself */
  static async open(slots: number, start?: Start): Promise<Stage> {
    const stage = new Stage(slots, start);
    stage.#comeBack = await openStage(stage.#api, stage.#all);
    stage.#pipelines.start();
    await stage.#pipelines.whenSynced();
    return stage;
  }

  async close(): Promise<void> {
    this.#lag.stop();
    await this.#pipelines.stop();
    for (const name of this.#all) await this.#api.delete(namespaces, { name }).catch(() => undefined);
    await this.#comeBack();
    this.#connection.close();
  }

  /** The scenarios as they go when nothing goes wrong. Throws when one does not. */
  async baselines(scenarios: readonly ScenarioName[]): Promise<void> {
    await Promise.all(scenarios.map((scenario) => this.#baseline(scenario)));
  }

  async run(plan: FaultPlan): Promise<Outcome> {
    const wanted = await this.#baseline(plan.scenario);
    for (let tries = 0; ; tries++) {
      let started = 0;
      const outcome = await this.#inNamespace((namespace) => {
        started = performance.now();
        return runPlan(plan, namespace, this.#around, wanted);
      });
      // A machine that stands still is a fault too, but none of the plan: that is not what is judged.
      const isVoid = outcome.violations.length > 0 && tries < RETRIES && this.#lag.hasStalledSince(started);
      if (!isVoid) return { ...outcome, void: tries };
    }
  }

  /** Runs the plans of these seeds, as many at a time as there are slots. */
  async all(seeds: readonly number[], done: (outcome: Outcome) => void): Promise<void> {
    const left = [...seeds];
    await Promise.all(
      this.#all.map(async () => {
        for (let seed = left.shift(); seed !== undefined; seed = left.shift())
          done(await this.run(planOf(seed)));
      }),
    );
  }

  get #around(): Surroundings {
    return {
      connection: this.#connection,
      api: this.#api,
      pipelines: this.#pipelines,
      changedAt: this.#changedAt,
      answered: (ms) => {
        if (ms > STALL_MS) this.#lag.stalled();
      },
      ...(this.#start === undefined ? {} : { start: this.#start }),
    };
  }

  #baseline(scenario: ScenarioName): Promise<Outcome> {
    return this.#undisturbed.of(scenario, async () => {
      const outcome = await this.#inNamespace((namespace) =>
        runPlan(undisturbed(scenario), namespace, this.#around, undefined),
      );
      if (outcome.violations.length > 0) {
        throw new Error(
          `undisturbed, ${scenario} goes wrong: ${outcome.violations.join('; ')}\n${outcome.log.join('\n')}`,
        );
      }
      return outcome;
    });
  }

  async #inNamespace<T>(work: (namespace: string) => Promise<T>): Promise<T> {
    const namespace =
      this.#free.shift() ?? (await new Promise<string>((resolve) => this.#waiting.push(resolve)));
    try {
      return await this.#lag.run(() => work(namespace));
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free.push(namespace);
      else next(namespace);
    }
  }
}

/** The CRD of this checkout, empty namespaces, and no operator that looks into them. Resolves with what brings that one back. */
export async function openStage(api: KubeClient, names: readonly string[]): Promise<() => Promise<void>> {
  const env = { KUBECONFIG: process.env['KUBECONFIG'] ?? '', PATH: process.env['PATH'] ?? '' };
  const kubectl = new Kubectl(env);
  await installCrds(kubectl);
  const comeBack = await sendHome(kubectl);
  for (const name of names) {
    await api.create(namespaces, undefined, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  return comeBack;
}
