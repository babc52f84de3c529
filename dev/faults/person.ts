/** The people around a pipeline: they do the steps of a scenario, change things past the operator, and know what they want. */
import { GROUP, KIND, PIPELINES, VERSION, type Role } from '../../operator/api/types.ts';
import type { KubeClient } from '../../operator/kube/client.ts';
import { KubeError, type KubeObject } from '../../operator/kube/port.ts';
import type { Drift, What } from './plan.ts';
import { PIPELINE, scenarios, type ScenarioName, type Step } from './scenarios.ts';
import { pipelineOf } from './truth.ts';
import type { World } from './world.ts';

/** On every pipeline of a plan: an API server may have many others. */
export const LABEL = 'faults.barista.dev/plan';

/** How often an edit is tried again when somebody else wrote at the same time. */
const TRIES = 200;

export class Person {
  readonly #world: World;
  readonly #api: KubeClient;
  readonly #steps: readonly Step[];
  readonly #inOrder: boolean;
  /** Labels and annotations that have been set and must be there at the end. */
  readonly marks = new Set<string>();
  /** The pipeline as these people last left it. */
  latest: KubeObject | undefined;
  /** A stream name of the pipeline is somebody else's, who keeps it. */
  isBlocked = false;
  /** The step that comes next. */
  #next = 0;

  constructor(world: World, api: KubeClient, scenario: ScenarioName) {
    this.#world = world;
    this.#api = api;
    const { steps, inOrder = false } = scenarios[scenario];
    this.#steps = steps;
    this.#inOrder = inOrder;
  }

  isDone(): boolean {
    return this.#next >= this.#steps.length;
  }

  /** The next step of the scenario. */
  async step(): Promise<void> {
    const step = this.#steps[this.#next];
    if (step === undefined) return;
    this.#world.book.begin(this.#next);
    this.#next += 1;
    this.#world.witness.note(`step ${JSON.stringify(step)}`);
    await this.#do(step);
  }

  /** What a plan says happens just now; there may be nothing any more that it could happen to. */
  async act(what: What): Promise<void> {
    try {
      await this.#act(what);
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      this.#world.witness.note(`${what.kind} is refused: ${error.message}`);
    }
  }

  async #act(what: What): Promise<void> {
    if (what.kind === 'edit') await this.#edit();
    else if (what.kind === 'scribble') await this.#scribble();
    else if (what.kind === 'drift') this.#drift(what.drift, what.role);
    else if (what.kind === 'nextStep' && this.#mayHurry()) await this.step();
  }

  /** The name of the stream of a role, as the pipeline now wants it. */
  streamName(role: Role): string {
    const spec = this.latest === undefined ? undefined : pipelineOf(this.latest)?.spec;
    return (
      spec?.streamNames[role] ??
      `${PIPELINE}-${role === 'hotDrink' ? 'hot-drink' : role === 'coldDrink' ? 'cold-drink' : role}`
    );
  }

  async #do(step: Step): Promise<void> {
    switch (step.do) {
      case 'create':
        return this.#create(step);
      case 'change':
        this.latest = await this.#patch({ spec: step.spec });
        return;
      case 'annotate':
        if ('barista.dev/adopt' in step.annotations) {
          this.#world.witness.adopt();
          this.isBlocked = false;
        }
        this.latest = await this.#patch({ metadata: { annotations: step.annotations } });
        return;
      case 'delete':
        await this.#api.delete(PIPELINES, this.#key());
        this.latest = undefined;
        this.marks.clear();
        return;
      case 'drift': {
        this.#drift(step.drift, step.role);
        return;
      }
      case 'squat':
        this.isBlocked = true;
        {
          this.#world.simulator.createBehind(this.streamName(step.role), 'others');
          return;
        }
      case 'leave':
        this.isBlocked = false;
        {
          this.#world.simulator.deleteBehind(this.streamName(step.role));
          return;
        }
      case 'restart':
        return this.#world.restartAll();
    }
  }

  #key(): { namespace: string; name: string } {
    return { namespace: this.#world.namespace, name: PIPELINE };
  }

  /** One that is being deleted has to go first. */
  async #create({ spec, annotations = {} }: Step & { do: 'create' }): Promise<void> {
    const body = {
      apiVersion: `${GROUP}/${VERSION}`,
      kind: KIND,
      metadata: { ...this.#key(), annotations, labels: { [LABEL]: 'yes' } },
      spec,
    };
    await again(async () => {
      this.latest = await this.#api.create(PIPELINES, this.#world.namespace, body);
    });
  }

  /** A patch names no version: it is the people's own fields that it changes, and nobody else's. */
  #patch(body: unknown): Promise<KubeObject> {
    return this.#api.patch(PIPELINES, this.#key(), body);
  }

  /** Only what a person can do at any time. */
  #mayHurry(): boolean {
    const next = this.#steps[this.#next]?.do ?? '';
    return !this.#inOrder && ['change', 'annotate', 'delete'].includes(next);
  }

  async #edit(): Promise<void> {
    if (this.latest === undefined) return;
    const mark = `mark-${this.marks.size + 1}`;
    this.marks.add(mark);
    await this.#patch({
      metadata: { labels: { [mark]: 'set' }, annotations: { [`example.com/${mark}`]: 'set' } },
    });
  }

  /** Nothing of what the operator must remember: there is no other place for that. */
  async #scribble(): Promise<void> {
    if (this.latest === undefined) return;
    await this.#api.patchStatus(PIPELINES, this.#key(), {
      status: { conditions: null, streamsReady: '9/9' },
    });
  }

  #drift(drift: Drift, role: Role): void {
    const { simulator, witness } = this.#world;
    const stream = this.streamName(role);
    const found = simulator.snapshot().streams.find(({ name }) => name === stream);
    if (found === undefined || found.description === '') return;
    witness.drifted(stream);
    try {
      if (drift === 'workload') simulator.deleteDeployments(stream);
      else if (drift === 'undeploy') simulator.undeployBehind(stream);
      else simulator.deleteBehind(stream);
    } catch (error) {
      // SCDF is at work on it, and refuses people as it refuses operators.
      witness.note(`the drift is refused: ${String(error)}`);
    }
  }
}

async function again(work: () => Promise<void>): Promise<void> {
  for (let left = TRIES; ; left--) {
    try {
      await work();
      return;
    } catch (error) {
      if (!(error instanceof KubeError) || error.kind !== 'conflict' || left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
