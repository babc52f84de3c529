/** Runs one plan to its end and judges it. */
import type { KubeObject } from '../../operator/kube/port.ts';
import { annotations, PIPELINES, type Condition, type PipelineStatus } from '../../operator/api/types.ts';
import type { KubeClient } from '../../operator/kube/client.ts';
import type { Connection } from '../../operator/kube/connection.ts';
import type { Reflector } from '../../operator/kube/reflector.ts';
import { boundOf } from './bounds.ts';
import { pause, SPEED } from './clock.ts';
import type { Fault, FaultPlan } from './plan.ts';
import { Person } from './person.ts';
import { differences, pictureOf } from './picture.ts';
import { SWEEP_MS } from './process.ts';
import { PIPELINE, scenarios, type ScenarioName } from './scenarios.ts';
import { notAsSpecified } from './truth.ts';
import type { Counts } from './witness.ts';
import { World, type Start } from './world.ts';

export interface Surroundings {
  /** To the real API server. */
  readonly connection: Connection;
  readonly api: KubeClient;
  /** Of all pipelines. */
  readonly pipelines: Reflector;
  /** When a pipeline of a namespace was last seen to change, by performance.now(). */
  readonly changedAt: ReadonlyMap<string, number>;
  /** Told how long it took to answer. */
  readonly answered: (ms: number) => void;
  readonly start?: Start;
}

export interface Outcome {
  readonly plan: FaultPlan;
  readonly violations: readonly string[];
  readonly counts: Counts;
  readonly fired: readonly Fault[];
  /** Writes beyond those of the undisturbed run. */
  readonly more: Pick<Counts, 'kube' | 'dataflow'>;
  readonly picture: unknown;
  readonly seconds: number;
  /** Runs before this one that do not count, because the machine stood still meanwhile. */
  readonly void?: number;
  readonly log: readonly string[];
}

/** So long, by the world's clock, a step and the end may take. The operator's own longest wait is 5 min, 15 s of these. */
const STEP_MS = 60_000;
const END_MS = 60_000;
/** Nothing was written for so long: it is at rest, or waits for something. The operator's time. */
const QUIET_MS = 8_000;
const POLL_MS = 15;

export class Undisturbed {
  readonly #known = new Map<ScenarioName, Promise<Outcome>>();

  /** The scenario as it goes when nothing goes wrong; run once. */
  of(scenario: ScenarioName, run: () => Promise<Outcome>): Promise<Outcome> {
    const known = this.#known.get(scenario) ?? run();
    this.#known.set(scenario, known);
    return known;
  }
}

/** The same scenario, and nothing goes wrong. */
export function undisturbed(scenario: ScenarioName): FaultPlan {
  return { seed: 0, scenario, hasty: false, operators: 1, faults: [] };
}

export async function runPlan(
  plan: FaultPlan,
  namespace: string,
  around: Surroundings,
  wanted: Outcome | undefined,
): Promise<Outcome> {
  const started = performance.now();
  const world = await World.open({ ...around, plan, namespace });
  const person = new Person(world, around.api, plan.scenario);
  world.person = person;
  const run = new Run(world, person, around, wanted);
  try {
    await run.go(plan.hasty);
  } catch (error) {
    world.witness.accuse(error instanceof Unfinished ? error.message : `the run broke: ${String(error)}`);
  }
  const picture = run.picture();
  const log = world.witness.violations.length > 0 ? [...world.witness.log, ...world.said()] : [];
  await world.end();
  await clean(namespace, around);
  const { counts, violations } = world.witness;
  const seconds = (performance.now() - started) / 1000;
  const more = {
    kube: counts.kube - (wanted?.counts.kube ?? 0),
    dataflow: counts.dataflow - (wanted?.counts.dataflow ?? 0),
  };
  return { plan, violations, counts, more, fired: world.book.fired, picture, seconds, log };
}

class Unfinished extends Error {}

class Run {
  readonly #world: World;
  readonly #person: Person;
  readonly #around: Surroundings;
  readonly #wanted: Outcome | undefined;

  constructor(world: World, person: Person, around: Surroundings, wanted: Outcome | undefined) {
    this.#world = world;
    this.#person = person;
    this.#around = around;
    this.#wanted = wanted;
  }

  async go(hasty: boolean): Promise<void> {
    await this.#strangers();
    const before = this.#foreign();
    // Already while they start something may go wrong.
    this.#world.book.begin(0);
    await this.#world.begin();
    while (!this.#person.isDone()) {
      await this.#person.step();
      if (hasty && !this.#person.isDone()) await pause(2_000);
      else await this.#until('the step comes to rest', () => this.#isQuiet(), STEP_MS);
    }
    this.#world.book.end();
    await this.#until(
      'all is as in the undisturbed run',
      () => this.#atRest() && this.#wrong().length === 0,
      END_MS,
    );
    await this.#rest();
    this.#judge(before);
  }

  picture(): unknown {
    return pictureOf(this.#world.namespace, this.#object(), this.#world.simulator.snapshot());
  }

  /** Somebody else's stream, deployed, and an app that nobody uses. */
  async #strangers(): Promise<void> {
    const { url } = this.#world.simulator;
    const post = (path: string, form: Readonly<Record<string, string>> = {}) =>
      fetch(url + path, { method: 'POST', body: new URLSearchParams(form) });
    await post('/apps/app/others/1', { uri: 'docker:others/app:1' });
    await post('/apps/sink/unused/1', { uri: 'docker:others/unused:1' });
    this.#world.simulator.createBehind('theirs', 'others');
    await fetch(`${url}/streams/deployments/theirs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    this.#world.simulator.forgetRequests();
  }

  #foreign(): string {
    const { apps, streams } = this.#world.simulator.snapshot();
    const stream = streams.find(({ name }) => name === 'theirs');
    return JSON.stringify([
      stream && [stream.dsl, stream.releases],
      apps.filter(({ name }) => name === 'others' || name === 'unused'),
    ]);
  }

  #object(): KubeObject | undefined {
    return this.#around.pipelines.get({ namespace: this.#world.namespace, name: PIPELINE });
  }

  #wrong(): string[] {
    return this.#wanted === undefined ? [] : differences(this.picture(), this.#wanted.picture);
  }

  /** Nothing is to be expected any more. */
  #atRest(): boolean {
    return this.#isQuiet() && this.#isLookedAfter();
  }

  /** The step has been done, and nothing goes on just now. */
  #isQuiet(): boolean {
    const { witness, busy } = this.#world;
    if (busy || witness.underWay > 0) return false;
    if (performance.now() - Math.max(witness.lastWriteAt, this.#changedAt()) < QUIET_MS / SPEED) return false;
    const seen = BigInt(this.#object()?.metadata.resourceVersion ?? witness.version);
    return seen >= witness.version && this.#unsettled() === undefined;
  }

  /** When the API server last told of a change. */
  #changedAt(): number {
    return this.#around.changedAt.get(this.#world.namespace) ?? 0;
  }

  /** A process that has just started may still have something to say; of what is paused or gone it says nothing. */
  #isLookedAfter(): boolean {
    const object = this.#object();
    return object === undefined || isPaused(object) || this.#world.isLookedAfter;
  }

  /** What still has to happen after the last step. */
  #unsettled(): string | undefined {
    const wanted = this.#person.latest;
    const object = this.#object();
    if (wanted === undefined) return object === undefined ? undefined : 'the pipeline is still there';
    if (object?.metadata.uid !== wanted.metadata.uid) return 'the pipeline is not there';
    return statusBehind(object, wanted) ?? (isPaused(wanted) ? pausing(object) : this.#unready(object));
  }

  #unready(object: KubeObject): string | undefined {
    if (this.#person.isBlocked && conditionOf(object, 'Stalled')?.status === 'True') return undefined;
    const ready = conditionOf(object, 'Ready');
    if (ready?.status !== 'True') return `it is not ready: ${ready?.message ?? ''}`;
    const wrong = notAsSpecified(object, this.#world.simulator.snapshot());
    return wrong === undefined ? undefined : `${wrong.stream}: ${wrong.why}`;
  }

  async #until(what: string, is: () => boolean, ms: number): Promise<void> {
    const deadline = performance.now() + ms;
    while (!is()) {
      if (performance.now() > deadline) {
        const why = [this.#unsettled(), ...this.#wrong()].filter((it) => it !== undefined);
        throw new Unfinished(`${what}: not within ${ms / 1000} s: ${why.slice(0, 4).join('; ')}`);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Two sweeps pass by, and nothing is written. */
  async #rest(): Promise<void> {
    const { counts } = this.#world.witness;
    const before = counts.kube + counts.dataflow;
    const isThere = this.#object() !== undefined;
    await pause(isThere ? 2 * SWEEP_MS : QUIET_MS);
    const more = counts.kube + counts.dataflow - before;
    if (more > 0) this.#world.witness.accuse(`${more} writes at rest`);
    const wrong = this.#wrong();
    if (wrong.length > 0) this.#world.witness.accuse(`it does not stay so: ${wrong.slice(0, 4).join('; ')}`);
  }

  #judge(foreign: string): void {
    const { witness } = this.#world;
    if (this.#foreign() !== foreign) witness.accuse("somebody else's stream or app is not as it was");
    const { labels = {}, annotations: notes = {} } = this.#object()?.metadata ?? {};
    const lost = [...this.#person.marks].filter(
      (mark) => labels[mark] !== 'set' || notes[`example.com/${mark}`] !== 'set',
    );
    if (lost.length > 0) witness.accuse(`edits of others are lost: ${lost.join(', ')}`);
    if (this.#wanted === undefined) return;
    for (const side of ['kube', 'dataflow'] as const) {
      const bound = boundOf(side, this.#wanted.counts[side], {
        fired: this.#world.book.fired,
        steps: scenarios[this.#wanted.plan.scenario].steps.length,
      });
      const made = witness.counts[side];
      if (made > bound) witness.accuse(`${made} writes to ${side}, more than ${bound}`);
    }
  }
}

function statusOf({ status }: KubeObject): PipelineStatus {
  return status ?? {};
}

function conditionOf(object: KubeObject, type: string): Condition | undefined {
  return statusOf(object).conditions?.find((condition) => condition.type === type);
}

function pausing(object: KubeObject): string | undefined {
  return conditionOf(object, 'Ready')?.reason === 'Paused' ? undefined : 'it is not paused';
}

function isPaused({ metadata }: KubeObject): boolean {
  return metadata.annotations?.[annotations.paused] === 'true';
}

/** Nobody has looked at what the people want. */
function statusBehind(object: KubeObject, { metadata }: KubeObject): string | undefined {
  const { observedGeneration, lastHandledReconcileAt } = statusOf(object);
  const isObserved = object.metadata.generation === metadata.generation;
  if (!isObserved || observedGeneration !== metadata.generation) return 'the status is behind';
  const asked = metadata.annotations?.[annotations.reconcileRequestedAt];
  return isPaused(object) || lastHandledReconcileAt === asked
    ? undefined
    : 'nobody has looked as was asked for';
}

/** Nothing of the plan is left in the namespace. */
async function clean(namespace: string, { api, pipelines }: Surroundings): Promise<void> {
  const key = { namespace, name: PIPELINE };
  const deadline = performance.now() + 60_000;
  while ((await api.get(PIPELINES, key)) !== undefined || pipelines.get(key) !== undefined) {
    try {
      await api.patch(PIPELINES, key, { metadata: { finalizers: null } });
      await api.delete(PIPELINES, key);
    } catch {
      // It may have gone meanwhile.
    }
    if (performance.now() > deadline) throw new Error(`${namespace} cannot be cleaned`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const lease = { namespace, name: 'barista-operator' };
  await api
    .delete({ group: 'coordination.k8s.io', version: 'v1', plural: 'leases' }, lease)
    .catch(() => undefined);
}
