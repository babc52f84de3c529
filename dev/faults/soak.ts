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
import type { Connection } from '../../operator/kube/connection.ts';
import { KubeError } from '../../operator/kube/port.ts';
import { target } from '../cluster/target.ts';
import { waitFor } from '../cluster/wait.ts';
import { median, writeResults, type Result } from '../bench/results.ts';
import { OwnProcess, type Holding } from './child-process.ts';
import { epoch, FastClock, SPEED, type Epoch } from './clock.ts';
import { serveDataflow } from './dataflow-side.ts';
import type { Faults } from './fault-book.ts';
import { History } from './history.ts';
import { serveKube } from './kube-side.ts';
import { Line } from './line.ts';
import { requestWhat, watchFault } from './plan.ts';
import { chance, type Chance } from './random.ts';
import { openStage } from './stage.ts';
import { notAsSpecified } from './truth.ts';
import { Witness } from './witness.ts';

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
    const does = this.#dice.pick<() => Promise<unknown>>([
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

  #drift(stream: string): Promise<void> {
    if (!this.#simulator.snapshot().streams.some((it) => it.name === stream)) return Promise.resolve();
    this.#witness.drifted(stream);
    try {
      this.#simulator.undeployBehind(stream);
    } catch {
      // SCDF is at work on it.
    }
    return Promise.resolve();
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
  const over = new AbortController();
  const loop = (async () => {
    while (!over.signal.aborted) await Promise.all([work().catch(ignoreConflict), sleep(ms)]);
  })();
  return () => {
    over.abort();
    return loop;
  };
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

function results(samples: readonly Holding[], counted: Readonly<Record<string, number>>): Result[] {
  const quarter = Math.floor(samples.length / 4);
  const flat = (measure: string, key: keyof Holding, unit: string, scale = 1): Result[] => {
    // Timers come and go with each sweep: what counts is how many there are at most.
    const typical = key === 'timers' ? (of: readonly number[]) => Math.max(0, ...of) : median;
    const of = (from: number) => typical(samples.slice(from, from + quarter).map((it) => it[key]));
    const [early, late] = [of(quarter) / scale, of(samples.length - quarter) / scale];
    const most = Math.max(early * GROWTH, early + 10);
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

/** The soak's world: one operator in a process of its own, between its two lines. */
class Soak {
  readonly namespace = `faults-soak-${process.pid}`;
  readonly rain: Rain;
  readonly witness: Witness;
  readonly operator: OwnProcess;
  readonly crowd: Crowd;
  readonly #api: KubeClient;
  readonly #simulator: Simulator;
  readonly #lines: readonly [kube: Line, dataflow: Line];

  constructor(api: KubeClient, simulator: Simulator, lines: readonly [Line, Line], parts: Parts) {
    this.#api = api;
    this.#simulator = simulator;
    this.#lines = lines;
    this.witness = parts.witness;
    this.rain = parts.rain;
    this.operator = new OwnProcess({
      name: 'soak',
      namespace: this.namespace,
      kube: lines[0].url,
      dataflow: lines[1].url,
      leaderElection: false,
      sweepMs: SWEEP_MS * SPEED,
      epoch: parts.since,
      random: Math.random,
      onExit: () => this.witness.accuse('the operator ended'),
    });
    this.crowd = new Crowd(api, this.namespace, simulator, this.witness);
  }

  /** Until all pipelines are there and as specified. */
  async calm(): Promise<void> {
    await waitFor('all pipelines to be as specified', async () => (await this.#wrong()).length === 0, {
      within: 900_000,
      every: 1_000,
      seen: async () => (await this.#wrong()).slice(0, 5),
    });
  }

  /** Writes in the time of a sweep, when nobody does anything any more. */
  async writesAtRest(): Promise<number> {
    const { counts } = this.witness;
    const quiet = () => Promise.resolve(performance.now() - this.witness.lastWriteAt > SAMPLE_MS);
    await waitFor('quiet', quiet, { within: 120_000 });
    const before = counts.kube + counts.dataflow;
    await sleep(SWEEP_MS);
    return counts.kube + counts.dataflow - before;
  }

  async end(): Promise<void> {
    await this.operator.kill();
    for (const line of this.#lines) line.cut();
    await this.#simulator.down();
    for (const name of names()) {
      const key = { namespace: this.namespace, name };
      await this.#api.patch(PIPELINES, key, { metadata: { finalizers: null } }).catch(ignoreConflict);
    }
    await this.#api.delete({ group: '', version: 'v1', plural: 'namespaces' }, { name: this.namespace });
  }

  async #wrong(): Promise<string[]> {
    const scope = { kind: PIPELINES, namespace: this.namespace };
    const { items } = await this.#api.list(scope, {}, AbortSignal.timeout(60_000));
    const now = this.#simulator.snapshot();
    const wrong = items.flatMap((object) => {
      const why = notAsSpecified(object, now);
      return why === undefined ? [] : [`${why.stream} ${why.why}`];
    });
    return items.length < COUNT ? [...wrong, `${items.length} of ${COUNT}`] : wrong;
  }
}

interface Parts {
  readonly witness: Witness;
  readonly rain: Rain;
  readonly since: Epoch;
}

async function openSoak(connection: Connection): Promise<{ soak: Soak; comeBack: () => Promise<void> }> {
  const api = clientOf(connection);
  const since = epoch();
  const settings = { ...measured(), capacity: 32 };
  const simulator = await startSimulator({ clock: new FastClock(since), settings });
  const parts: Parts = { witness: new Witness(simulator), rain: new Rain(chance(1)), since };
  const side = {
    writer: { name: 'op', lookedAt: new Map<string, number>(), lookedBefore: new Map<string, number>() },
    witness: parts.witness,
    book: parts.rain,
    history: new History(),
    past: undefined,
    pastUntil: 0,
    crash: () => undefined,
    act: () => Promise.resolve(),
  };
  const access = { agent: new Agent({ keepAlive: true }), headers: {} };
  const toScdf = { server: new URL(simulator.url), access: () => Promise.resolve(access) };
  const kube = await Line.open(connection, (exchange) => serveKube(exchange, side));
  const dataflow = await Line.open(toScdf, (exchange) => serveDataflow(exchange, side));
  const soak = new Soak(api, simulator, [kube, dataflow], parts);
  return { soak, comeBack: await openStage(api, [soak.namespace]) };
}

/** Edits and faults for as long as asked for; what the operator held meanwhile. */
async function disturb({ rain, crowd, operator, witness }: Soak): Promise<Holding[]> {
  const samples: Holding[] = [];
  rain.begin();
  const ends = [every(EDIT_MS, () => crowd.edit()), every(SAMPLE_MS * 4, () => crowd.complete())];
  const end = performance.now() + MINUTES * 60_000;
  while (performance.now() < end) {
    await sleep(SAMPLE_MS);
    samples.push(await operator.holding());
    if (samples.length % 12 > 0) continue;
    const more = { edits: crowd.edits, faults: rain.fallen, wrong: witness.violations.length };
    console.log(JSON.stringify({ ...samples.at(-1), ...more }));
  }
  rain.end();
  for (const stop of ends) await stop();
  await crowd.complete();
  return samples;
}

async function main(): Promise<void> {
  Object.assign(process.env, target().env);
  const connection = connectToStack();
  const { soak, comeBack } = await openSoak(connection);
  try {
    await soak.crowd.arrive();
    await soak.calm();
    console.log(`${COUNT} pipelines are there`);
    const samples = await disturb(soak);
    await soak.calm();
    const atRest = await soak.writesAtRest();
    const { violations } = soak.witness;
    for (const violation of violations.slice(0, 20)) console.log(violation);
    const all = results(samples, {
      'edits by people': soak.crowd.edits,
      'faults that happened': soak.rain.fallen,
      'wrong: broken rules': violations.length,
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
    await soak.end();
    await comeBack();
    connection.close();
  }
}

await main();
