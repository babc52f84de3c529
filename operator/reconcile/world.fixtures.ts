/**
 * A pipeline's world without a network and without waiting: time passes when the operator waits, pods take a while, and any
 * write may be made to go wrong.
 */
import assert from 'node:assert/strict';
import { aServer } from '../config/server.fixtures.ts';
import { HttpDataflow } from '../dataflow/http.ts';
import type { Dataflow } from '../dataflow/port.ts';
import { direct } from '../dataflow/simulator/direct.fixtures.ts';
import { quick, Simulator } from '../dataflow/simulator/simulator.ts';
import type { Transport } from '../dataflow/rest.ts';
import { MemoryKube } from '../kube/memory.ts';
import type { KubeObject } from '../kube/port.ts';
import { WorkloadIndex } from '../observed/workload-index.ts';
import type { Workload } from '../observed/workload.ts';
import { FakeClock, turns } from '../runtime/clock.fixtures.ts';
import type { Outcome } from '../runtime/outcome.ts';
import { Bench, kinds } from './bench.fixtures.ts';
import { Killed, struckKube, struckTransport, Writes } from './blows.fixtures.ts';
import type { Dependencies } from './dependencies.ts';

/** More turns than any way to the end takes: an upgrade that hangs is looked at for five minutes. */
const MANY = 200;
/** Until another replica has the lease. */
const TAKEOVER_MS = 15_000;
const SWEEP_MS = 60_000;

/** What made a world as it is. */
type History = { readonly at: number; readonly again: (world: World) => Promise<unknown> }[];

export class World extends Bench {
  readonly writes: Writes;
  /** Somebody else, who uses the same server. */
  readonly others: Dataflow;
  readonly transport: Transport;
  readonly #clock: FakeClock;
  readonly #watched: boolean;
  readonly #history: History;

  private constructor(simulator: Simulator, clock: FakeClock, watched: boolean) {
    const writes = new Writes();
    const history: History = [];
    const note = (again: (world: World) => Promise<unknown>) => {
      history.push({ at: clock.monotonic(), again });
    };
    const transport = noted(direct(simulator), note);
    super({
      simulator,
      kube: new NotedKube(clock, note),
      dataflow: new HttpDataflow(struckTransport(transport, simulator, writes)),
      clock,
      config: aServer('http://simulator', { watchWorkloads: watched }),
    });
    this.writes = writes;
    this.#history = history;
    this.transport = transport;
    this.others = new HttpDataflow(transport);
    this.#clock = clock;
    this.#watched = watched;
  }

  /** @param options.watched whether the operator sees the Deployments and pods itself */
  static make({ watched }: { watched: boolean }): World {
    const clock = new FakeClock(Date.UTC(2026, 10, 23, 21));
    const settings = quick();
    settings.appearAfterMs = 300;
    settings.readyAfterMs = 1500;
    settings.healthCheck = { pollMs: 2000, timeoutMs: 20_000 };
    settings.platforms.set('other', 'kubernetes');
    settings.images.set('docker:barista/worker:bad', { kind: 'neverPulls' });
    return new World(new Simulator({ clock, settings }), clock, watched);
  }

  /** A world like this one, made by the writes of this one alone: far quicker than to live through it again. */
  async copy(): Promise<World> {
    const world = World.make({ watched: this.#watched });
    for (const { at, again } of this.#history) {
      world.pass(at - world.#clock.monotonic());
      await again(world).catch(() => undefined); // as it failed here
    }
    world.pass(this.#clock.monotonic() - world.#clock.monotonic());
    return world;
  }

  /** For everybody. */
  pass(ms: number): void {
    this.#clock.freeze(ms);
  }

  /** Another process takes over. */
  restart(): void {
    this.writes.dead = false;
    this.forget();
    this.pass(TAKEOVER_MS);
  }

  /** Turn after turn, and process after process, until nothing more happens; the number of turns. */
  async live(name: string): Promise<number> {
    for (let turn = 1; turn <= MANY; turn++) {
      const before = this.writes.made.length;
      const outcome = await this.once(name);
      const rests = outcome?.kind === 'settled' || outcome?.kind === 'stalled';
      if (rests && this.writes.made.length === before) return turn;
      if (outcome === undefined) this.restart();
      else this.pass(waitOf(outcome));
    }
    assert.fail(
      `${name} does not come to rest: ${JSON.stringify(await this.status(name))}, ${this.writes.made.slice(-8).join(', ')}`,
    );
  }

  /** Undefined: the process was killed. */
  async once(name: string, seen?: KubeObject): Promise<Outcome | undefined> {
    try {
      return await this.turn(name, seen);
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      await turns(); // what it still had in its hands falls, too
      return undefined;
    }
  }

  /** All that is there, but for times and for names that are drawn anew for each pod or version. */
  async all(name: string): Promise<unknown> {
    const { apps, streams, workloads } = this.simulator.snapshot();
    const object = await this.object(name);
    return {
      apps: sorted(apps),
      streams: sorted(streams),
      workloads: sorted(workloads.map((it) => ({ ...it, pods: it.pods.map(({ state }) => state) }))),
      object: object === undefined ? undefined : masked(object),
    };
  }

  protected override dependencies(object: KubeObject | undefined): Dependencies {
    const plain = super.dependencies(object);
    return {
      ...plain,
      kube: struckKube(this.kube, this.writes),
      workloads: this.#watched ? new Workloads(this.simulator) : undefined,
    };
  }
}

function noted(transport: Transport, note: (again: (world: World) => Promise<unknown>) => void): Transport {
  return {
    ...transport,
    send: (call) => {
      if (call.method !== 'GET') note((world) => world.transport.send(call));
      return transport.send(call);
    },
  };
}

class NotedKube extends MemoryKube {
  readonly #note: (again: (world: World) => Promise<unknown>) => void;

  constructor(clock: FakeClock, note: (again: (world: World) => Promise<unknown>) => void) {
    super(kinds, clock);
    this.#note = note;
  }

  override create(...args: Parameters<MemoryKube['create']>): Promise<KubeObject> {
    this.#note((world) => world.kube.create(...args));
    return super.create(...args);
  }

  override patch(...args: Parameters<MemoryKube['patch']>): Promise<KubeObject> {
    this.#note((world) => world.kube.patch(...args));
    return super.patch(...args);
  }

  override replace(...args: Parameters<MemoryKube['replace']>): Promise<KubeObject> {
    this.#note((world) => world.kube.replace(...args));
    return super.replace(...args);
  }

  override patchStatus(...args: Parameters<MemoryKube['patchStatus']>): Promise<KubeObject> {
    this.#note((world) => world.kube.patchStatus(...args));
    return super.patchStatus(...args);
  }
}

function waitOf(outcome: Outcome): number {
  if (outcome.kind === 'recheck') return outcome.afterMs;
  return outcome.kind === 'retry' ? (outcome.afterMs ?? 1000) : SWEEP_MS;
}

/** The watched Deployments and pods, never behind. */
class Workloads extends WorkloadIndex {
  readonly #simulator: Simulator;

  constructor(simulator: Simulator) {
    super();
    this.#simulator = simulator;
  }

  override of(stream: string): Workload {
    const mine = this.#simulator.workloads().filter((it) => it.stream === stream);
    const common = { namespace: 'default', deleting: false, createdAt: 0 };
    return {
      known: true,
      deployments: mine.map(({ deploymentId, count, image, pods }) => ({
        ...common,
        name: deploymentId,
        replicas: count,
        ready: pods.filter((pod) => pod.state === 'deployed').length,
        image: image.replace('docker:', ''),
      })),
      pods: mine.flatMap(({ deploymentId, pods }) =>
        pods.map(({ name, state, phase }) => ({
          ...common,
          name,
          deploymentId,
          ready: state === 'deployed',
          running: phase === 'Running',
          trouble: undefined,
        })),
      ),
    };
  }
}

/** Without the numbers of releases: to deploy anew takes another one. */
export function unnumbered(picture: unknown): unknown {
  const text = JSON.stringify(picture, (key, value: unknown) => {
    if (key === 'deploymentId' && typeof value === 'string') return value.replace(/\d+$/, '');
    return key === 'release' || key === 'releases' ? undefined : value;
  });
  return JSON.parse(text);
}

function sorted<T>(list: readonly T[]): T[] {
  return list.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

function masked({ metadata, ...rest }: KubeObject): unknown {
  const text = JSON.stringify({ ...rest, metadata: { ...metadata, resourceVersion: '' } });
  return JSON.parse(text.replaceAll(/"lastTransitionTime":"[^"]*"/g, '"lastTransitionTime":""'));
}
