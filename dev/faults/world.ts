/** The world of one plan: a namespace of the real API server, an SCDF of its own, operators, and people who do things. */
import { Agent } from 'node:http';
import { measured, startSimulator, type Simulator } from '../../operator/dataflow/simulator/simulator.ts';
import type { Connection } from '../../operator/kube/connection.ts';
import { FastClock, epoch, pause, type Epoch } from './clock.ts';
import { serveDataflow, type DataflowSide } from './dataflow-side.ts';
import { FaultBook } from './fault-book.ts';
import { History } from './history.ts';
import { serveKube, type KubeSide } from './kube-side.ts';
import { Line } from './line.ts';
import type { Person } from './person.ts';
import type { FaultPlan, What } from './plan.ts';
import { InProcess, type Process, type ProcessOptions } from './process.ts';
import { chance } from './random.ts';
import { Witness, type Writer } from './witness.ts';

/** From a death to the next process. The operator's time. */
const RESTART_MS = 1_500;

/** One process with its two lines. */
interface Running {
  readonly writer: Writer;
  readonly kube: Line;
  readonly dataflow: Line;
  readonly side: KubeSide;
  process: Process;
  isDead: boolean;
}

export type Start = (options: ProcessOptions) => Process;

export interface WorldOptions {
  readonly plan: FaultPlan;
  readonly namespace: string;
  readonly connection: Connection;
  /** Told how long the API server took to answer. */
  readonly answered?: (ms: number) => void;
  readonly start?: Start;
}

export class World {
  readonly simulator: Simulator;
  readonly witness: Witness;
  readonly book: FaultBook;
  readonly namespace: string;
  /** Set by who runs the plan. */
  person: Person | undefined;
  readonly #options: WorldOptions;
  readonly #epoch: Epoch;
  readonly #clock: FastClock;
  readonly #history = new History();
  readonly #agent = new Agent({ keepAlive: true });
  readonly #random: () => number;
  readonly #ending = new Set<Promise<unknown>>();
  #running: Running[] = [];
  #started = 0;
  #isOver = false;
  /** By performance.now(). */
  #lastDeathAt = 0;
  #past: { back: number } | undefined;

  private constructor(options: WorldOptions, simulator: Simulator, clock: FastClock, since: Epoch) {
    this.#options = options;
    this.namespace = options.namespace;
    this.#epoch = since;
    this.#clock = clock;
    this.simulator = simulator;
    this.witness = new Witness(simulator);
    this.book = new FaultBook(options.plan.faults);
    const dice = chance(options.plan.seed + 1);
    this.#random = () => dice.next();
  }

  static async open(options: WorldOptions): Promise<World> {
    const since = epoch();
    const clock = new FastClock(since);
    const simulator = await startSimulator({ clock, settings: measured() });
    return new World(options, simulator, clock, since);
  }

  async begin(): Promise<void> {
    for (let i = 0; i < this.#options.plan.operators; i++) await this.#start();
  }

  /** Somebody who is alive has looked at the streams since the last write and the last death: there was nothing to be done. */
  get isLookedAfter(): boolean {
    const alive = this.#running.filter(({ isDead }) => !isDead);
    const looks = alive.flatMap(({ writer }) => [...writer.lookedBefore.values()]);
    const last = Math.max(this.#lastDeathAt, this.witness.lastWriteAt);
    // Only when it looks again it is clear what came of it.
    return looks.some((at) => at > last);
  }

  /** What is on its way between the operators and the others. */
  get busy(): boolean {
    return this.#running.some(({ dataflow }) => dataflow.busy);
  }

  /** The last lines of what the operators say. */
  said(): string[] {
    return this.#running.flatMap(({ process, writer }) =>
      process instanceof InProcess
        ? process.lines
            .filter(({ message }) => message !== 'called SCDF')
            .slice(-40)
            .map((line) => `${writer.name} ${line.level} ${line.message} ${JSON.stringify(line.fields)}`)
        : [],
    );
  }

  async restartAll(): Promise<void> {
    const before = this.#running.filter(({ isDead }) => !isDead);
    for (const running of before) this.#die(running, 'restarts');
    await pause(RESTART_MS);
  }

  async end(): Promise<void> {
    this.#isOver = true;
    this.book.end();
    for (const running of this.#running) this.#die(running, 'ends');
    await Promise.all(this.#ending);
    await this.simulator.down();
    this.#agent.destroy();
    this.#clock.stop();
  }

  async #start(): Promise<void> {
    if (this.#isOver) return;
    this.#started += 1;
    const writer: Writer = { name: `op-${this.#started}`, lookedAt: new Map(), lookedBefore: new Map() };
    const { witness, book } = this;
    const duties = {
      writer,
      witness,
      book,
      crash: () => this.#die(running, 'crashes'),
      act: (what: What) => this.#act(what, running),
    };
    const side: KubeSide = { ...duties, history: this.#history, past: this.#past, pastUntil: 0 };
    this.#past = undefined;
    const toScdf = {
      server: new URL(this.simulator.url),
      access: () => Promise.resolve({ agent: this.#agent, headers: {} }),
    };
    const dataflowSide: DataflowSide = duties;
    const { connection, answered = () => undefined } = this.#options;
    const toKube = { server: connection.server, access: () => connection.access(), answered };
    const kube = await Line.open(toKube, (exchange) => serveKube(exchange, side));
    const dataflow = await Line.open(toScdf, (exchange) => serveDataflow(exchange, dataflowSide));
    const start = this.#options.start ?? ((options) => new InProcess(options));
    const process = start({
      name: writer.name,
      namespace: this.namespace,
      kube: kube.url,
      dataflow: dataflow.url,
      leaderElection: this.#options.plan.operators > 1,
      epoch: this.#epoch,
      random: this.#random,
      onExit: () => this.#die(running, 'ends by itself'),
    });
    const running: Running = { writer, kube, dataflow, side, process, isDead: false };
    this.#running.push(running);
    this.witness.note(`${writer.name} starts`);
  }

  /** Another one takes its place, as a Deployment sees to it. */
  #die(running: Running, how: string): void {
    if (running.isDead) return;
    running.isDead = true;
    this.#lastDeathAt = performance.now();
    this.witness.note(`${running.writer.name} ${how}`);
    running.kube.cut();
    running.dataflow.cut();
    const ending = running.process.kill();
    const next = this.#isOver ? Promise.resolve() : pause(RESTART_MS).then(() => this.#start());
    this.#hold(ending);
    this.#hold(next);
  }

  #hold(work: Promise<unknown>): void {
    this.#ending.add(work);
    void work.finally(() => this.#ending.delete(work));
  }

  async #act(what: What, running: Running): Promise<void> {
    this.witness.note(`${running.writer.name} meets ${JSON.stringify(what)}`);
    if (what.kind === 'stopped') this.#stopFor(running, what.ms);
    else if (what.kind === 'clock') running.process.jump(what.ms);
    else if (what.kind === 'timeTravel') {
      this.#past = { back: what.back };
      this.#die(running, 'crashes');
    } else await this.person?.act(what);
  }

  /** SIGSTOP, and SIGCONT after a while. */
  #stopFor(running: Running, ms: number): void {
    const lines = running.process.isReal ? [] : [running.kube, running.dataflow];
    const parts = [running.process, ...lines];
    for (const part of parts) part.freeze();
    this.#hold(
      pause(ms).then(() => {
        this.witness.note(`${running.writer.name} wakes`);
        for (const part of parts.reverse()) part.thaw();
      }),
    );
  }
}
