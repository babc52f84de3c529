/** The single measurements. Each has a world of its own, and leaves nothing behind. */
import { waitFor } from '../../cluster/wait.ts';
import { Fleet, floorSeconds, namesOf, type Creation, type FleetOptions } from './fleet.ts';
import { inParallel } from './in-parallel.ts';
import { lose, run, workloadsOf } from './workloads.ts';

const HOUR = 3_600_000;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A fleet that was made, and the floor for as many. */
export interface Cold extends Creation {
  readonly floor: number;
}

export async function cold(options: FleetOptions, count: number): Promise<Cold> {
  const floor = await floorSeconds(options, count);
  return within(options, 'cold', async (fleet) => {
    await fleet.startOperator();
    return { floor, ...(await fleet.create(count, HOUR)) };
  });
}

export interface Settled extends Cold {
  /** MB, CPU as a share of one core, and writes in the time of observation. */
  readonly memory: number;
  /** MB on the heap that are really held. */
  readonly held: number;
  readonly cpu: number;
  readonly writes: number;
  /** Seconds from SIGTERM's end to being in charge again, and writes in the time after it. */
  readonly restart: number;
  readonly restartWrites: number;
}

/** MB that an operator with so many pipelines really holds on its heap: with few of them what it holds for itself, with all its code in use. */
export function held(options: FleetOptions, count: number): Promise<number> {
  return within(options, 'held', async (fleet) => {
    await fleet.startOperator();
    await fleet.create(count, HOUR);
    await pause(10_000);
    return fleet.operator.liveHeap();
  });
}

/** A large fleet: made, at rest, and with another operator process. */
export async function settled(options: FleetOptions, count: number, observeMs: number): Promise<Settled> {
  const floor = await floorSeconds(options, count);
  return within(options, 'settled', async (fleet) => {
    await fleet.startOperator();
    const creation = await fleet.create(count, HOUR);
    await pause(10_000); // the last events are written, and the last turns are over
    const before = await writes(fleet);
    const cpuBefore = fleet.operator.cpu();
    await pause(observeMs);
    const cpu = (fleet.operator.cpu() - cpuBefore) / (observeMs / 1000);
    const after = await writes(fleet);
    const memory = fleet.operator.memory();
    const held = await fleet.operator.liveHeap();
    await fleet.operator.stop();
    const scdfBefore = (await fleet.scdf.counts()).writes;
    const restart = await fleet.startOperator();
    await pause(observeMs / 2);
    const { patches, events } = await fleet.operator.kubeWrites();
    const restartWrites = (await fleet.scdf.counts()).writes - scdfBefore + patches + events;
    return {
      floor,
      ...creation,
      memory,
      held,
      cpu,
      writes: after - before,
      restart,
      restartWrites,
    };
  });
}

async function writes(fleet: Fleet): Promise<number> {
  const { patches, events } = await fleet.operator.kubeWrites();
  return patches + events + (await fleet.scdf.counts()).writes;
}

/** Milliseconds from the creation of a pipeline to its first stream in SCDF, while so many others are swept. */
export function newcomers(options: FleetOptions, others: number, samples: number): Promise<number[]> {
  return within(options, 'newcomers', async (fleet) => {
    await fleet.startOperator();
    await fleet.create(others, HOUR);
    const times: number[] = [];
    for (let sample = 0; sample < samples; sample++) {
      const name = `new-${String(sample).padStart(3, '0')}`;
      const applied = Date.now();
      await fleet.pipelines.apply(name);
      const first = `${name}-bar`;
      const made = await waitFor(`stream ${first}`, () => fleet.scdf.when('created', first), {
        within: 30_000,
        every: 20,
      });
      times.push(made - applied);
      await pause(100);
    }
    return times;
  });
}

/** A release that is younger is not taken for lost: SCDF's own status lags behind its deploy. */
const OLD_ENOUGH_MS = 21_000;

/** Milliseconds from the deletion of a Deployment to the first call that repairs it, with nothing else to do. */
export function drifts(options: FleetOptions, samples: number): Promise<number[]> {
  return within({ ...options, watchWorkloads: true }, 'drifts', async (fleet) => {
    const { kube, namespace } = fleet.pipelines;
    const names = namesOf(samples);
    await fleet.startOperator();
    await fleet.pipelines.applyAll(names);
    await inParallel(names.flatMap(workloadsOf), 8, (workload) => run(kube, namespace, workload));
    await fleet.pipelines.whenReady(samples, HOUR);
    await pause(OLD_ENOUGH_MS);
    const times: number[] = [];
    for (const name of names) {
      const bar = workloadsOf(name).find(({ stream }) => stream === `${name}-bar`);
      if (bar === undefined) throw new Error(`${name} has no bar`);
      await fleet.scdf.loseWorkload(bar.stream);
      const lost = Date.now();
      await lose(kube, namespace, bar);
      const repaired = await waitFor(
        `${bar.stream} to be repaired`,
        () => fleet.scdf.when('undeployed', bar.stream),
        {
          within: 30_000,
          every: 20,
        },
      );
      times.push(repaired - lost);
    }
    return times;
  });
}

async function within<T>(
  options: FleetOptions,
  name: string,
  measure: (fleet: Fleet) => Promise<T>,
): Promise<T> {
  const fleet = await Fleet.open(options, name);
  try {
    return await measure(fleet);
  } finally {
    await fleet.close();
  }
}

/** @param share 0.99 for the 99th percentile */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
