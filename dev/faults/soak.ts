/**
 * Many pipelines for a long time, edits and faults at a bounded rate: what the operator holds must not grow.
 *
 *   make soak                     10 minutes, 500 pipelines
 *   make soak MINUTES=60
 */
import { Agent } from 'node:http';
import { GROUP, KIND, PIPELINES, VERSION } from '../../operator/api/types.ts';
import { measured, startSimulator, type Simulator } from '../../operator/dataflow/simulator/simulator.ts';
import type { KubeClient } from '../../operator/kube/client.ts';
import { clientOf, connectToStack } from '../../operator/kube/cluster.fixtures.ts';
import { KubeError } from '../../operator/kube/port.ts';
import { waitFor } from '../cluster/wait.ts';
import { median, writeResults, type Result } from '../bench/results.ts';
import { OwnProcess, type Holding } from './child-process.ts';
import { epoch, FastClock, SPEED } from './clock.ts';
import { serveDataflow } from './dataflow-side.ts';
import type { Faults } from './fault-book.ts';
import { History } from './history.ts';
import { serveKube } from './kube-side.ts';
import { Line } from './line.ts';
import { requestWhat, watchFault } from './plan.ts';
import { chance, type Chance } from './random.ts';
import { openStage } from './stage.ts';
import { notAsSpecified } from './truth.ts';
import { Witness, type Writer } from './witness.ts';

const number = (name: string, otherwise: number): number => Number(process.env[name] || otherwise);
const MINUTES = number('MINUTES', 10);
const COUNT = number('PIPELINES', 500);
/** Between two faults, two edits and two samples. By the world's clock. */
const FAULT_MS = 700;
const EDIT_MS = 250;
const SAMPLE_MS = 5_000;
/** All pipelines are looked at in this time, by the world's clock. */
const SWEEP_MS = 60_000;
/** What is held may grow so much from the second quarter to the last, for chance. */
const GROWTH = 1.1;

/** Something goes wrong now and then, whatever it meets. */
class Rain implements Faults {
  readonly #dice: Chance;
  #nextAt = Number.POSITIVE_INFINITY;
  fallen = 0;

  constructor(dice: Chance) {
    this.#dice = dice;
  }

  begin(): void {
    this.#nextAt = performance.now();
  }

  end(): void {
    this.#nextAt = Number.POSITIVE_INFINITY;
  }

  take: Faults['take'] = (_, on) => {
    if (performance.now() < this.#nextAt || on.length === 0) return undefined;
    this.#nextAt = performance.now() + FAULT_MS * 2 * this.#dice.next();
    this.fallen += 1;
    return { what: on.includes('event') ? watchFault(this.#dice) : requestWhat(this.#dice) };
  };
}

const off = { enabled: false };
const bar = (name: string) => ({
  topics: { orders: `${name}.orders`, hotDrinks: `${name}.hot`, coldDrinks: `${name}.cold` },
  customer: off,
  hotDrinkLog: off,
  coldDrinkLog: off,
});

class Crowd {
  readonly #api: KubeClient;
  readonly #namespace: string;
  readonly #simulator: Simulator;
  readonly #witness: Witness;
  readonly #dice: Chance;
  edits = 0;

  constructor(api: KubeClient, namespace: string, simulator: Simulator, witness: Witness) {
    this.#api = api;
    this.#namespace = namespace;
    this.#simulator = simulator;
    this.#witness = witness;
    this.#dice = chance(7);
  }

  async arrive(): Promise<void> {
    for (const name of names()) await this.#create(name);
  }

  async edit(): Promise<void> {
    const name = `p${this.#dice.whole(0, COUNT - 1)}`;
    const key = { namespace: this.#namespace, name };
    const barista = {
      image: `barista/worker:${this.#dice.whole(1, 3)}`,
      replicas: this.#dice.whole(1, 3),
    };
    const does = this.#dice.pick<() => Promise<unknown> | void>([
      () => this.#api.patch(PIPELINES, key, { spec: { barista } }),
      () => this.#api.patch(PIPELINES, key, { spec: { state: this.#dice.pick(['Running', 'Stopped']) } }),
      () => this.#api.patch(PIPELINES, key, { metadata: { labels: { some: `v${this.edits}` } } }),
      () => this.#drift(`${name}-bar`),
      () => this.#api.delete(PIPELINES, key),
    ]);
    this.edits += 1;
    await does();
  }

  /** Those that were deleted come again. */
  async complete(): Promise<void> {
    for (const name of names()) await this.#create(name);
  }

  async #create(name: string): Promise<void> {
    const metadata = { name, namespace: this.#namespace };
    const body = { apiVersion: `${GROUP}/${VERSION}`, kind: KIND, metadata, spec: bar(name) };
    await this.#api.create(PIPELINES, this.#namespace, body).catch(ignoreConflict);
  }

  #drift(stream: string): void {
    if (!this.#simulator.snapshot().streams.some((it) => it.name === stream)) return;
    this.#witness.drifted(stream);
    try {
      this.#simulator.undeployBehind(stream);
    } catch {
      // SCDF is at work on it.
    }
  }
}

function names(): string[] {
  return Array.from({ length: COUNT }, (_, index) => `p${index}`);
}

function ignoreConflict(error: unknown): void {
  if (!(error instanceof KubeError)) throw error;
}

/** Calls again and again, a call not before the one before has ended; gives what ends it. */
function every(ms: number, work: () => Promise<unknown>): () => Promise<void> {
  let isOver = false;
  const loop = (async () => {
    while (!isOver) {
      await Promise.all([work().catch(ignoreConflict), sleep(ms)]);
    }
  })();
  return () => {
    isOver = true;
    return loop;
  };
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

function results(samples: readonly Holding[], counted: Readonly<Record<string, number>>): Result[] {
  const quarter = Math.floor(samples.length / 4);
  const flat = (measure: string, key: keyof Holding, unit: string, scale = 1): Result[] => {
    const of = (from: number) => median(samples.slice(from, from + quarter).map((it) => it[key]));
    const [early, late] = [of(quarter) / scale, of(samples.length - quarter) / scale];
    const most = Math.max(early * GROWTH, early + 5);
    return [
      { measure: `${measure}, second quarter`, value: Math.round(early), unit, target: '', holds: true },
      {
        measure: `${measure}, last quarter`,
        value: Math.round(late),
        unit,
        target: `<= ${Math.round(most)}`,
        holds: late <= most,
      },
    ];
  };
  return [
    ...flat('resident memory', 'rss', 'MB', 2 ** 20),
    ...flat('heap', 'heap', 'MB', 2 ** 20),
    ...flat('sockets', 'sockets', ''),
    ...flat('timers', 'timers', ''),
    ...flat('open files', 'files', ''),
    ...Object.entries(counted).map(([measure, value]) => {
      const must = measure.startsWith('wrong');
      return { measure, value, unit: '', target: must ? '0' : '', holds: !must || value === 0 };
    }),
  ];
}

async function main(): Promise<void> {
  const connection = connectToStack();
  const api = clientOf(connection);
  const namespace = `faults-soak-${process.pid}`;
  await openStage(api, [namespace]);
  const since = epoch();
  const clock = new FastClock(since);
  const settings = { ...measured(), capacity: 32 };
  const simulator = await startSimulator({ clock, settings });
  const witness = new Witness(simulator);
  const writer: Writer = { name: 'op', lookedAt: new Map() };
  const rain = new Rain(chance(1));
  const side = {
    writer,
    witness,
    book: rain,
    history: new History(),
    past: undefined,
    pastUntil: 0,
    crash: () => undefined,
    act: () => Promise.resolve(),
  };
  const agent = new Agent({ keepAlive: true });
  const toScdf = { server: new URL(simulator.url), access: () => Promise.resolve({ agent, headers: {} }) };
  const kube = await Line.open(connection, (exchange) => serveKube(exchange, side));
  const dataflow = await Line.open(toScdf, (exchange) => serveDataflow(exchange, side));
  const operator = new OwnProcess({
    name: 'soak',
    namespace,
    kube: kube.url,
    dataflow: dataflow.url,
    leaderElection: false,
    sweepMs: SWEEP_MS * SPEED,
    epoch: since,
    random: Math.random,
    onExit: () => witness.accuse('the operator ended'),
  });
  const crowd = new Crowd(api, namespace, simulator, witness);
  try {
    await crowd.arrive();
    const unsettled = async (): Promise<string[]> => {
      const { items } = await api.list({ kind: PIPELINES, namespace }, {}, AbortSignal.timeout(60_000));
      const now = simulator.snapshot();
      const wrong = items.flatMap((object) => {
        const why = notAsSpecified(object, now);
        return why === undefined ? [] : [`${why.stream} ${why.why}`];
      });
      return items.length < COUNT ? [...wrong, `${items.length} of ${COUNT}`] : wrong;
    };
    const calm = () =>
      waitFor('all pipelines to be as specified', async () => (await unsettled()).length === 0, {
        within: 600_000,
        every: 1_000,
        seen: async () => (await unsettled()).slice(0, 5),
      });
    await calm();
    console.log(`${COUNT} pipelines are there`);
    const samples: Holding[] = [];
    rain.begin();
    const ends = [every(EDIT_MS, () => crowd.edit()), every(SAMPLE_MS * 4, () => crowd.complete())];
    const end = performance.now() + MINUTES * 60_000;
    while (performance.now() < end) {
      await sleep(SAMPLE_MS);
      const held = await operator.holding();
      samples.push(held);
      if (samples.length % 12 === 0)
        console.log(
          JSON.stringify({
            ...held,
            edits: crowd.edits,
            faults: rain.fallen,
            wrong: witness.violations.length,
          }),
        );
    }
    rain.end();
    for (const stop of ends) await stop();
    await crowd.complete();
    await calm();
    await waitFor('quiet', () => Promise.resolve(performance.now() - witness.lastWriteAt > 5_000), {
      within: 120_000,
    });
    const before = witness.counts.kube + witness.counts.dataflow;
    await sleep(SWEEP_MS);
    const atRest = witness.counts.kube + witness.counts.dataflow - before;
    for (const violation of witness.violations.slice(0, 20)) console.log(violation);
    const all = results(samples, {
      'edits by people': crowd.edits,
      faults: rain.fallen,
      'wrong: broken rules': witness.violations.length,
      'wrong: writes at rest': atRest,
    });
    const title = `${COUNT} pipelines for ${MINUTES} minutes under edits and faults`;
    const plotted = ['resident memory', 'heap'].flatMap((it) => [
      `${it}, second quarter`,
      `${it}, last quarter`,
    ]);
    writeResults(new URL('./results/soak', import.meta.url), title, all, plotted);
    console.table(all);
    process.exitCode = all.every(({ holds }) => holds) ? 0 : 1;
  } finally {
    await operator.kill();
    kube.cut();
    dataflow.cut();
    await simulator.down();
    agent.destroy();
    await api.delete({ group: '', version: 'v1', plural: 'namespaces' }, { name: namespace });
    for (const name of names()) {
      await api
        .patch(PIPELINES, { namespace, name }, { metadata: { finalizers: null } })
        .catch(ignoreConflict);
    }
    connection.close();
  }
}

await main();
