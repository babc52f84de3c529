/** The cluster behind Skipper: Deployments and their pods, whose state follows from the clock alone. */
import type { Clock } from '../../runtime/clock.ts';
import type { StreamState } from '../port.ts';
import type { ImageBehaviour, Settings } from './settings.ts';

export interface WorkloadSpec {
  /** Name of the Deployment: `<stream>-<label>-v<release>`. */
  readonly deploymentId: string;
  readonly stream: string;
  readonly label: string;
  readonly release: number;
  /** e.g. `docker:localhost/hello:1`. */
  readonly image: string;
}

export interface Pod {
  readonly name: string;
  /** When it appears, by the monotonic clock. */
  readonly from: number;
}

/** A pod that is being taken away. */
export interface EndingPod {
  readonly deploymentId: string;
  readonly stream: string;
  readonly image: string;
  readonly pod: Pod;
  /** By the monotonic clock. */
  readonly until: number;
}

export interface Workload extends WorkloadSpec {
  pods: Pod[];
}

export interface PodStatus {
  readonly name: string;
  readonly state: StreamState;
  readonly phase: 'Pending' | 'Running';
  readonly restarts: number;
  readonly lastExit: { readonly exitCode: number; readonly reason: string } | undefined;
}

export class Platform {
  readonly #clock: Clock;
  readonly #settings: Settings;
  readonly #workloads = new Map<string, Workload>();
  #ending: EndingPod[] = [];
  #pods = 0;

  constructor(clock: Clock, settings: Settings) {
    this.#clock = clock;
    this.#settings = settings;
  }

  /** @returns false when there is one of this name already */
  deploy(spec: WorkloadSpec, count: number): boolean {
    if (this.#workloads.has(spec.deploymentId)) return false;
    const workload: Workload = { ...spec, pods: [] };
    this.#workloads.set(spec.deploymentId, workload);
    this.#resize(workload, count);
    return true;
  }

  undeploy(deploymentId: string): void {
    const workload = this.#workloads.get(deploymentId);
    if (workload !== undefined) this.#resize(workload, 0);
    this.#workloads.delete(deploymentId);
  }

  scale(deploymentId: string, count: number): void {
    const workload = this.#workloads.get(deploymentId);
    if (workload !== undefined) this.#resize(workload, count);
  }

  workloads(): readonly Workload[] {
    return [...this.#workloads.values()];
  }

  ending(): readonly EndingPod[] {
    const now = this.#clock.monotonic();
    this.#ending = this.#ending.filter((it) => it.until > now);
    return this.#ending;
  }

  /** Pods that have appeared, and those that are ending. */
  pods(deploymentId: string): PodStatus[] {
    const workload = this.#workloads.get(deploymentId);
    const ending = this.ending().filter((it) => it.deploymentId === deploymentId);
    const pods = [...ending, ...(workload?.pods ?? []).map((pod) => ({ pod, image: workload?.image ?? '' }))];
    const now = this.#clock.monotonic();
    return pods
      .filter(({ pod }) => pod.from <= now)
      .map(({ pod, image }) => this.#look(pod, now - pod.from, image));
  }

  /** Instances that the Deployment asks for. */
  count(deploymentId: string): number {
    return this.#workloads.get(deploymentId)?.pods.length ?? 0;
  }

  /** As upstream's AppStatus: without pods (or Deployment) `unknown`. */
  state(deploymentId: string): StreamState {
    const states = new Set(this.pods(deploymentId).map((pod) => pod.state));
    const [only] = states;
    if (only === undefined) return 'unknown';
    return states.size === 1 ? only : 'deploying';
  }

  #resize(workload: Workload, count: number): void {
    const { deploymentId, stream, image } = workload;
    const until = this.#clock.monotonic() + this.#settings.endAfterMs;
    for (const pod of workload.pods.slice(count))
      this.#ending.push({ deploymentId, stream, image, pod, until });
    workload.pods = workload.pods.slice(0, count);
    while (workload.pods.length < count) {
      this.#pods += 1;
      const suffix = this.#pods.toString(36).padStart(5, 'x');
      workload.pods.push({
        name: `${workload.deploymentId}-${suffix}`,
        from: this.#clock.monotonic() + this.#settings.appearAfterMs,
      });
    }
  }

  #look({ name }: Pod, age: number, image: string): PodStatus {
    const { images, readyAfterMs } = this.#settings;
    const behaviour: ImageBehaviour = images.get(image) ?? { kind: 'ready', afterMs: readyAfterMs };
    const fresh = { name, phase: 'Running', restarts: 0, lastExit: undefined } as const;
    switch (behaviour.kind) {
      case 'neverPulls':
        return { ...fresh, state: 'deploying', phase: 'Pending' };
      case 'ready':
        return { ...fresh, state: age >= behaviour.afterMs ? 'deployed' : 'deploying' };
      case 'crashes': {
        const { exitCode, reason, everyMs } = behaviour;
        const restarts = Math.floor(age / Math.max(1, everyMs));
        return {
          ...fresh,
          // A crash loop is never `failed` on the recorded server.
          state: 'deploying',
          restarts,
          lastExit: restarts > 0 ? { exitCode, reason } : undefined,
        };
      }
    }
  }
}
