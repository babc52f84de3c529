/** One run: orders come in, things happen, and what came of it is read to the end and checked. */
import { addPartitions } from '../../app/kafka/admin.fixtures.ts';
import { plaintext } from '../../app/config/security.ts';
import { worldAt } from '../../app/kafka/real-world.fixtures.ts';
import type { World } from '../../app/kafka/world.fixtures.ts';
import { startWorker, type WorkerProcess } from '../../app/worker-process.fixtures.ts';
import { waitFor } from '../cluster/wait.ts';
import { chance, type Chance } from '../faults/random.ts';
import type { OwnKafka } from '../kafka/own-kafka.ts';
import { run as runCommand } from '../stack/command.ts';
import { check, type Everything, type Seen } from './check.ts';
import { Crew } from './crew.ts';
import { sleep, writeOrders } from './orders.ts';
import type { Action, ChaosPlan } from './plan.ts';

export interface Outcome {
  readonly plan: ChaosPlan;
  readonly violations: readonly string[];
  readonly duplicates: number;
  /** Orders as they were in the topic. */
  readonly orders: number;
  readonly seconds: number;
  /** The end of what the workers said, when something is wrong. */
  readonly log: readonly string[];
}

/** Milliseconds that a blow waits for progress: what came before it may have stopped all. */
const patienceMs = 10_000;
/** Milliseconds until all has to be served, after the last blow. */
const finishMs = 120_000;

interface Topics {
  readonly group: string;
  readonly orders: string;
  readonly hot: string;
  readonly cold: string;
  readonly dead: string;
}

type Found = Omit<Everything, 'delivery'>;

const nothing: Found = { orders: [], hot: [], cold: [], dead: [] };

class Run {
  readonly #plan: ChaosPlan;
  readonly #kafka: OwnKafka;
  readonly #world: World;
  readonly #topics: Topics;
  readonly #crew: Crew;
  readonly #dice: Chance;
  /** Of the orders topic. */
  #partitions: number;
  #mending: Promise<unknown>[] = [];

  constructor(plan: ChaosPlan, kafka: OwnKafka) {
    this.#plan = plan;
    this.#kafka = kafka;
    this.#partitions = plan.partitions;
    this.#world = worldAt(kafka.addresses(), plaintext);
    const name = (what: string) => this.#world.unique(what);
    const orders = name('orders');
    this.#topics = { group: name('bar'), orders, hot: name('hot'), cold: name('cold'), dead: name('dead') };
    this.#dice = chance(plan.seed);
    this.#crew = new Crew(() => this.#worker(), this.#dice);
  }

  async play(): Promise<Outcome> {
    const began = performance.now();
    const plan = this.#plan;
    const { found, failure } = await this.#serve();
    const log = this.#crew.said();
    this.#crew.killAll();
    await Promise.all(this.#mending);
    const verdict = check({ delivery: plan.delivery, ...found });
    // What was not served to the end is no loss yet.
    const wrong = failure === undefined ? verdict.violations : [failure];
    const violations = [...wrong, ...this.#crew.violations];
    return {
      plan,
      violations,
      duplicates: verdict.duplicates,
      orders: found.orders.length,
      seconds: (performance.now() - began) / 1_000,
      log: violations.length === 0 ? [] : log,
    };
  }

  async #serve(): Promise<{ readonly found: Found; readonly failure?: string }> {
    const { orders } = this.#topics;
    const { partitions, orders: count, brokers, workers } = this.#plan;
    try {
      const admin = await this.#world.kafka('none').admin();
      await admin.createTopic({ topic: orders, partitions, replicationFactor: brokers });
      await admin.close();
      for (let index = 0; index < workers; index += 1) this.#crew.join();
      const written = { topic: orders, count, partitions: () => this.#partitions };
      await Promise.all([writeOrders(this.#world.kafka('none'), written), this.#blows()]);
      await Promise.all(this.#mending);
      await this.#finished();
      await this.#crew.leave();
      return { found: await this.#read() };
    } catch (error) {
      return { found: nothing, failure: error instanceof Error ? error.message : String(error) };
    }
  }

  #worker(): WorkerProcess {
    const { orders, hot, cold, dead, group } = this.#topics;
    const { delivery, brokers } = this.#plan;
    return startWorker([
      `--spring.cloud.stream.bindings.orders.destination=${orders}`,
      `--spring.cloud.stream.bindings.orders.group=${group}`,
      `--spring.cloud.stream.bindings.hot.drink.destination=${hot}`,
      `--spring.cloud.stream.bindings.cold.drink.destination=${cold}`,
      `--barista.dead-letter-topic=${dead}`,
      `--barista.delivery=${delivery}`,
      '--barista.topics.partitions=3',
      `--barista.topics.replication-factor=${brokers}`,
      `--spring.cloud.stream.kafka.binder.brokers=${this.#kafka.addresses().join()}`,
      '--spring.cloud.stream.kafka.binder.consumer-properties.session.timeout.ms=3000',
    ]);
  }

  async #blows(): Promise<void> {
    for (const { at, after, action } of this.#plan.blows) {
      const deadline = performance.now() + patienceMs;
      while (performance.now() < deadline && (await this.#progress()) < at) await sleep(100);
      await sleep(after);
      await this.#do(action);
    }
  }

  async #do(action: Action): Promise<void> {
    if (action.kind === 'kill') this.#crew.kill();
    else if (action.kind === 'term') this.#mending.push(this.#crew.replace());
    else if (action.kind === 'stop') this.#mending.push(this.#crew.stop(action.ms));
    else if (action.kind === 'join') this.#crew.join();
    else if (action.kind === 'broker') await this.#restart(action);
    else await this.#grow();
  }

  /** One at a time: of three, two have to stay. */
  async #restart({ signal, ms }: Extract<Action, { kind: 'broker' }>): Promise<void> {
    const index = this.#dice.whole(0, this.#plan.brokers - 1);
    await this.#kafka.stopBroker(index, signal);
    await sleep(ms);
    this.#kafka.startBroker(index);
    await this.#kafka.serving();
  }

  async #grow(): Promise<void> {
    const count = this.#partitions + 1;
    await addPartitions(this.#kafka.addresses(), this.#topics.orders, count);
    this.#partitions = count;
  }

  /** How much of all orders the group has committed, 0 to 1; what cannot be asked right now counts as nothing. */
  async #progress(): Promise<number> {
    return (await this.#committed().catch(() => 0)) / this.#plan.orders;
  }

  async #committed(): Promise<number> {
    const { group, orders } = this.#topics;
    const admin = await this.#world.kafka(group).admin();
    try {
      const offsets = (await admin.committed(group)).filter(({ topic }) => topic === orders);
      return offsets.reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
    } finally {
      await admin.close();
    }
  }

  /** Orders that are in the topic. */
  async #given(): Promise<number> {
    const admin = await this.#world.kafka('none').admin();
    try {
      const watermarks = (await admin.watermarks(this.#topics.orders)) ?? [];
      return watermarks.reduce((sum, { high }) => sum + Number(high), 0);
    } finally {
      await admin.close();
    }
  }

  async #finished(): Promise<void> {
    // A broker that has just come back does not lead anything yet.
    const total = await waitFor('the ends of the orders topic', () => this.#given(), { within: 60_000 });
    await waitFor('all orders to be committed', async () => (await this.#committed()) === total, {
      within: finishMs,
      every: 200,
      seen: async () => ({ total, committed: await this.#committed() }),
    });
  }

  async #read(): Promise<Found> {
    const { orders, hot, cold, dead } = this.#topics;
    const from = this.#kafka.addresses().join();
    return {
      orders: await readTopic(from, orders),
      hot: await readTopic(from, hot),
      cold: await readTopic(from, cold),
      dead: await readTopic(from, dead),
    };
  }
}

interface KcatRecord {
  readonly partition: number;
  readonly offset: number;
  readonly ts: number;
  readonly key: string | null;
  readonly payload: string | null;
  readonly headers?: readonly string[];
}

/** From its beginning to its end, what was committed only. */
async function readTopic(brokers: string, topic: string): Promise<Seen[]> {
  const how = ['-C', '-e', '-q', '-J', '-o', 'beginning', '-X', 'isolation.level=read_committed'];
  const lines = (await runCommand('kcat', ['-b', brokers, '-t', topic, ...how])).split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as KcatRecord)
    .map(({ ts, payload, headers = [], ...record }) => ({
      ...record,
      value: payload,
      headers,
      timestamp: ts,
    }));
}

export function play(plan: ChaosPlan, kafka: OwnKafka): Promise<Outcome> {
  return new Run(plan, kafka).play();
}
