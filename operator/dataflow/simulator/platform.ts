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

interface Pod {
  readonly name: string;
  /** When it appears, by the monotonic clock. */
  readonly from: number;
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
    this.#workloads.delete(deploymentId);
  }

  scale(deploymentId: string, count: number): void {
    const workload = this.#workloads.get(deploymentId);
    if (workload !== undefined) this.#resize(workload, count);
  }

  workloads(): readonly Workload[] {
    return [...this.#workloads.values()];
  }

  /** Pods that have appeared. */
  pods(deploymentId: string): PodStatus[] {
    const workload = this.#workloads.get(deploymentId);
    const now = this.#clock.monotonic();
    return (workload?.pods ?? [])
      .filter((pod) => pod.from <= now)
      .map((pod) => this.#look(pod, now - pod.from, workload?.image ?? ''));
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
