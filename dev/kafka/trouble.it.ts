/** What becomes of a worker when its Kafka is in trouble that is not the worker's: topics that go and come back, partitions that nobody leads, a full disk. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { plaintext } from '../../app/config/security.ts';
import { deleteTopic, leaderOf } from '../../app/kafka/admin.fixtures.ts';
import { realBrokers, worldAt } from '../../app/kafka/real-world.fixtures.ts';
import { order, orders, reading, topicOf, until, write } from '../../app/kafka/world.fixtures.ts';
import { startWorker, type WorkerProcess } from '../../app/worker-process.fixtures.ts';
import { attempt } from '../stack/command.ts';
import { OwnKafka } from './own-kafka.ts';

/** Topics of its own on a Kafka, and a worker between them. */
class Bar {
  readonly brokers: readonly string[];
  readonly orders: string;
  readonly hot: string;
  readonly worker: WorkerProcess;
  readonly #world;

  constructor(brokers: readonly string[], ...more: readonly string[]) {
    this.brokers = brokers;
    this.#world = worldAt(brokers, plaintext);
    const { unique } = this.#world;
    this.orders = unique('orders');
    this.hot = unique('hot');
    this.worker = startWorker([
      `--spring.cloud.stream.bindings.orders.destination=${this.orders}`,
      `--spring.cloud.stream.bindings.hot.drink.destination=${this.hot}`,
      `--spring.cloud.stream.bindings.cold.drink.destination=${unique('cold')}`,
      `--spring.cloud.stream.bindings.orders.group=${unique('bar')}`,
      `--spring.cloud.stream.kafka.binder.brokers=${brokers.join()}`,
      '--barista.topics.replication-factor=1',
      ...more,
    ]);
    after(() => this.worker.child.kill('SIGKILL'));
  }

  /** So many hot orders on a partition. */
  async order(count: number, partition = 0): Promise<void> {
    const values = Array.from({ length: count }, (_, id) => order(2 * id, partition));
    await until('the orders to be written', () =>
      write(this.#world, this.orders, values).then(
        () => true,
        () => false,
      ),
    );
  }

  /** Hot drinks that are in a partition, as another client than ours sees them. */
  async drinks(partition: number): Promise<number> {
    const read = [
      '-C',
      '-t',
      this.hot,
      '-p',
      String(partition),
      '-o',
      'beginning',
      '-e',
      '-q',
      '-f',
      '%o\\n',
    ];
    const only = ['-X', 'isolation.level=read_committed'];
    const { stdout } = await attempt('kcat', ['-b', this.brokers.join(), ...read, ...only]);
    return stdout.split('\n').length - 1;
  }

  /** Until there are so many in each of these partitions, or more: what was under way when something broke may come twice. */
  async served(count: number, partitions: readonly number[] = [0]): Promise<void> {
    for (const partition of partitions)
      await until(
        `${count} hot drinks in partition ${partition}; ${this.said()}`,
        async () => (await this.drinks(partition)) >= count,
      );
  }

  async health(): Promise<string> {
    return (await this.worker.get('/actuator/health')).body;
  }

  said(): string {
    return JSON.stringify(this.worker.lines.slice(-3));
  }
}

describe('a worker whose topic is deleted', () => {
  it('makes a drinks topic again, and serves on', async () => {
    const bar = new Bar(realBrokers());
    await bar.worker.ready();
    await bar.order(10);
    await bar.served(10);
    await deleteTopic(bar.brokers, bar.hot);
    await bar.order(7);
    await bar.served(7);
  });

  it('serves what comes on an orders topic that is made again', async () => {
    const bar = new Bar(realBrokers());
    await bar.worker.ready();
    await bar.order(10);
    await bar.served(10);
    await deleteTopic(bar.brokers, bar.orders);
    await bar.order(4);
    await bar.served(14);
  });
});

describe('a worker with a partition that nobody leads', () => {
  let kafka: OwnKafka;
  before(async () => {
    kafka = await OwnKafka.start({ brokers: 3 });
  });
  after(() => kafka.stop());

  for (const delivery of ['AtLeastOnce', 'ExactlyOnce'])
    it(`serves the others meanwhile, says so, and serves all when it is led again (${delivery})`, async () => {
      const bar = new Bar(
        kafka.addresses(),
        '--barista.topics.partitions=3',
        `--barista.delivery=${delivery}`,
      );
      await bar.worker.ready();
      const partitions = [0, 1, 2];
      for (const partition of partitions) await bar.order(2, partition);
      await bar.served(2, partitions);
      const leaders = await Promise.all(
        partitions.map(async (partition) => ({
          partition,
          reads: await leaderOf(bar.brokers, bar.orders, partition),
          writes: await leaderOf(bar.brokers, bar.hot, partition),
        })),
      );
      // The drinks of a partition go into the one of the same number.
      const lost = leaders.find(({ reads }) =>
        leaders.some((each) => each.reads !== reads && each.writes !== reads),
      );
      assert.ok(lost, JSON.stringify(leaders));
      const away = lost.reads;
      await kafka.stopBroker(away - 1, 'SIGKILL');
      const led = leaders.filter(({ reads, writes }) => reads !== away && writes !== away);
      for (const { partition } of led) await bar.order(2, partition);
      await bar.served(
        4,
        led.map(({ partition }) => partition),
      );
      await until(`health to name ${bar.orders}/${lost.partition}`, async () =>
        (await bar.health()).includes(`"${bar.orders}/${lost.partition}"`),
      );
      assert.match(await bar.health(), /"leaderless":\["/);
      kafka.startBroker(away - 1);
      await kafka.serving();
      for (const partition of partitions) await bar.order(3, partition);
      await bar.served(5, partitions);
      await until('health to be up again', async () => (await bar.health()).includes('"leaderless":[]'));
      assert.ok((await bar.health()).startsWith('{"status":"UP"'));
    });
});

describe('a new group, while nobody leads a partition', () => {
  let kafka: OwnKafka;
  before(async () => {
    kafka = await OwnKafka.start({ brokers: 3 });
  });
  after(() => kafka.stop());

  it('reads the other partitions from their beginning, and that one when it is led again', async () => {
    const world = worldAt(kafka.addresses(), plaintext);
    const topic = await topicOf(world, 3);
    const partitions = [0, 1, 2];
    for (const partition of partitions) await write(world, topic, orders(4, partition));
    // The offsets of groups are on all brokers, so that the group's coordinator may be any of those that stay.
    const away = await leaderOf(kafka.addresses(), topic, 0);
    await kafka.stopBroker(away - 1, 'SIGKILL');
    await until('nobody to lead it', async () => (await leaderOf(kafka.addresses(), topic, 0)) === -1);
    const others = await Promise.all(
      partitions.map(async (partition) =>
        (await leaderOf(kafka.addresses(), topic, partition)) === -1 ? 0 : 4,
      ),
    );
    const led = others.reduce<number>((sum, count) => sum + count, 0);
    assert.ok(led > 0);
    let read = 0;
    const join = () =>
      reading(world, world.unique('group'), [topic], async (batch) => {
        await Promise.resolve();
        read += batch.records.length;
        batch.resolve(batch.records.at(-1)?.offset ?? batch.fetchedFrom);
      });
    // A coordinator that is new to it says that it is loading.
    await until('to join', () =>
      join().then(
        () => true,
        () => false,
      ),
    );
    await until(`${led} orders to be read`, () => read === led);
    kafka.startBroker(away - 1);
    await kafka.serving();
    await until('all to be read', () => read === 12);
  });
});

const isRoot = process.getuid?.() === 0;

describe(
  'a worker whose broker has no room left on its disk',
  { skip: isRoot ? false : 'mounts a small disk, which only root may' },
  () => {
    let disk: string;
    let kafka: OwnKafka;
    before(async () => {
      disk = mkdtempSync(join(tmpdir(), 'barista-disk-'));
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', disk]);
      const data = join(disk, 'data');
      mkdirSync(data);
      kafka = await OwnKafka.start({ brokers: 1, properties: { 'log.dirs': data } });
    });
    after(async () => {
      await kafka.stop();
      execFileSync('umount', [disk]);
      rmSync(disk, { recursive: true });
    });

    it('waits, says so, and loses nothing', async () => {
      const bar = new Bar(kafka.addresses());
      await bar.worker.ready();
      await bar.order(100);
      await bar.served(100);
      const { bavail, bsize } = statfsSync(disk);
      writeFileSync(join(disk, 'filler'), Buffer.alloc(bavail * bsize));
      // Cold ones, so that they do not stand in for a hot one that is missing.
      const large = Array.from({ length: 50 }, (_, id) =>
        order(2 * id + 1, 0, { key: Buffer.alloc(50_000, 7) }),
      );
      const writing = write(worldAt(kafka.addresses(), plaintext), bar.orders, large).catch(() => undefined);
      await until('health to say so', async () => (await bar.health()).includes('"status":"DOWN"'));
      await writing;
      await kafka.stopBroker(0, 'SIGKILL');
      rmSync(join(disk, 'filler'));
      kafka.startBroker(0);
      await kafka.serving();
      await bar.order(100);
      await bar.served(200);
      assert.equal(bar.worker.child.exitCode, null);
    });
  },
);
