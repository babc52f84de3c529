/**
 * An SCDF 2.11.5 with its Skipper and cluster for tests: answers over real HTTP on loopback as the recorded server does, as fast or
 * as slow as it is told, on the clock it is given. `../conformance.ts` runs on it and on the real server.
 */
import { systemClock, type Clock } from '../../runtime/clock.ts';
import type { AppRegistration, Release, StreamState } from '../port.ts';
import { Platform, type EndingPod, type PodStatus, type WorkloadSpec } from './platform.ts';
import { Registry } from './registry.ts';
import type { ApiAnswer, World } from './routes.ts';
import { Scdf } from './scdf.ts';
import { SimulatedServer, type Message, type Received } from './server.ts';
import type { Faults } from './faults.ts';
import { quick, type Settings } from './settings.ts';
import { Skipper } from './skipper.ts';

export { measured, quick, type ImageBehaviour, type Operation, type Settings } from './settings.ts';
export type { Fault } from './faults.ts';
export type { Received } from './server.ts';

export interface SimulatorOptions {
  readonly clock?: Clock;
  /** Default `quick()`. */
  readonly settings?: Settings;
}

/** All that there is, for comparison and for messages of tests. */
export interface Snapshot {
  readonly apps: readonly AppRegistration[];
  readonly streams: readonly {
    readonly name: string;
    readonly dsl: string;
    readonly originalDsl: string;
    readonly description: string;
    readonly state: StreamState;
    /** Newest first. */
    readonly releases: readonly Pick<Release, 'version' | 'code' | 'description'>[];
  }[];
  readonly workloads: readonly SimulatedWorkload[];
}

/** A Deployment and its pods. */
export interface SimulatedWorkload extends WorkloadSpec {
  readonly state: StreamState;
  /** Instances that it asks for. */
  readonly count: number;
  readonly pods: readonly PodStatus[];
}

export class Simulator {
  /** May be changed at any time. */
  readonly settings: Settings;
  readonly #world: World;
  readonly #server: SimulatedServer;

  constructor({ clock = systemClock, settings = quick() }: SimulatorOptions = {}) {
    this.settings = settings;
    const platform = new Platform(clock, settings);
    const registry = new Registry();
    const skipper = new Skipper(clock, settings, platform);
    const scdf = new Scdf(settings, registry, skipper);
    this.#world = { settings, registry, scdf, skipper, platform };
    this.#server = new SimulatedServer(clock, this.#world);
  }

  /** Base URL; the same over `down` and `up`. */
  get url(): string {
    return this.#server.url;
  }

  get faults(): Faults {
    return this.#server.faults;
  }

  /** All requests, in the order of arrival. */
  get received(): readonly Received[] {
    return this.#server.received;
  }

  /** Requests that change something, whatever was answered. */
  writes(): readonly Received[] {
    return this.#server.received.filter((request) => request.isWrite);
  }

  forgetRequests(): void {
    this.#server.received.length = 0;
  }

  /** A request without a network in between, for tests that make very many; it need not listen for them. */
  answer(message: Message): Promise<ApiAnswer | 'hang' | 'break'> {
    return this.#server.answer(message);
  }

  /** Starts to listen, or does so again after `down`. */
  up(): Promise<void> {
    return this.#server.up();
  }

  /** The server is gone: connections break and are refused. What it knows stays. */
  down(): Promise<void> {
    return this.#server.down();
  }

  skipperDown(): void {
    this.#world.skipper.isDown = true;
  }

  skipperUp(): void {
    this.#world.skipper.isDown = false;
  }

  /** Skipper starts anew with an empty database, beside Deployments that still run. */
  loseSkipperDatabase(): void {
    this.#world.skipper.forget();
  }

  /** Somebody deletes the Deployments of a stream. */
  deleteDeployments(stream: string): void {
    for (const workload of this.workloads()) {
      if (workload.stream === stream) this.#world.platform.undeploy(workload.deploymentId);
    }
  }

  /** Somebody scales a Deployment with kubectl. */
  scaleDeployment(deploymentId: string, count: number): void {
    this.#world.platform.scale(deploymentId, count);
  }

  /** Somebody undeploys a stream by SCDF's own means. */
  undeployBehind(stream: string): void {
    this.#world.skipper.settle();
    this.#world.scdf.undeploy(stream);
  }

  /** Somebody deletes a stream by SCDF's own means. */
  deleteBehind(stream: string): void {
    this.#world.skipper.settle();
    this.#world.scdf.destroy(stream);
  }

  /** SCDF loses what Skipper does with a stream meanwhile: it gives up in the middle, and its own part is rolled back. */
  async rollBack<T>(stream: string, work: () => Promise<T>): Promise<T> {
    const { dsl, shown } = this.#world.scdf.definition(stream);
    const done = await work();
    Object.assign(this.#world.scdf.definition(stream), { dsl, shown });
    return done;
  }

  /** Somebody creates a stream by SCDF's own means. */
  createBehind(stream: string, definition: string, description = ''): void {
    this.#world.scdf.create(stream, definition, description);
  }

  workloads(): readonly SimulatedWorkload[] {
    const { platform, skipper } = this.#world;
    skipper.settle();
    return platform.workloads().map(({ deploymentId, stream, label, release, image }) => ({
      deploymentId,
      stream,
      label,
      release,
      image,
      state: platform.state(deploymentId),
      count: platform.count(deploymentId),
      pods: platform.pods(deploymentId),
    }));
  }

  /** Pods that are being taken away. */
  endingPods(): readonly Omit<EndingPod, 'until'>[] {
    return this.#world.platform.ending();
  }

  snapshot(): Snapshot {
    const { registry, scdf, skipper } = this.#world;
    const workloads = this.workloads();
    return {
      apps: registry.all().map(({ type, name, version, uri, defaultVersion }) => ({
        type,
        name,
        version,
        uri,
        defaultVersion,
      })),
      streams: scdf.definitions().map(({ name, dsl, original, description }) => ({
        name,
        dsl,
        originalDsl: original,
        description,
        state: skipper.state(name),
        releases: skipper
          .history(name)
          .filter((release) => release.name === name)
          .map(({ version, code, description: what }) => ({ version, code, description: what })),
      })),
      workloads,
    };
  }
}

/** A simulator that listens. Stop it with `down`. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = new Simulator(options);
  await simulator.up();
  return simulator;
}
