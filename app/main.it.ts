/** The worker as a process, against the real Kafka that KAFKA_BROKERS names. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, describe, it } from 'node:test';
import type { Delivery } from './config/config.ts';
import { addPartitions } from './kafka/admin.fixtures.ts';
import { fieldsOf, type InRecord, type OutRecord } from './kafka/port.ts';
import { realBrokers, realWorld } from './kafka/real-world.fixtures.ts';
import { committed, longAgo, readAll, until, write } from './kafka/world.fixtures.ts';
import { startWorker } from './worker-process.fixtures.ts';
import type { WorkerProcess } from './worker-process.fixtures.ts';

const world = realWorld('barista');

/** Topics and a group of its own for each test. */
interface Bar {
  readonly group: string;
  readonly orders: string;
  readonly hot: string;
  readonly cold: string;
  readonly start: (...more: string[]) => WorkerProcess;
}

const processes: WorkerProcess[] = [];
after(() => {
  for (const { child } of processes) child.kill('SIGKILL');
});

function aBar(delivery: Delivery = 'AtLeastOnce'): Bar {
  const id = randomUUID();
  const [group, orders, hot, cold] = [`bar-${id}`, `orders-${id}`, `hot-${id}`, `cold-${id}`];
  const start = (...more: string[]): WorkerProcess => {
    const worker = startWorker(
      [
        `--spring.cloud.stream.bindings.orders.destination=${orders}`,
        `--spring.cloud.stream.bindings.hot.drink.destination=${hot}`,
        `--spring.cloud.stream.bindings.cold.drink.destination=${cold}`,
        `--barista.delivery=${delivery}`,
        '--barista.topics.partitions=3',
        '--barista.topics.replication-factor=1',
        // The least that a broker allows by default: killed workers are missed the sooner.
        '--spring.cloud.stream.kafka.binder.consumer-properties.session.timeout.ms=6000',
        ...more,
      ],
      {
        SPRING_CLOUD_STREAM_KAFKA_BINDER_BROKERS: realBrokers().join(','),
        SPRING_CLOUD_APPLICATION_GROUP: group,
      },
    );
    processes.push(worker);
    return worker;
  };
  return { group, orders, hot, cold, start };
}

function numbers(count: number, from = 0): OutRecord[] {
  return Array.from({ length: count }, (_, at) => from + at).map((number) => ({
    key: Buffer.from(`table ${number % 7}`),
    value: String(number),
    headers: { number: String(number) },
    timestamp: String(longAgo + number),
    partition: number % 3,
  }));
}

function numberOf({ headers }: InRecord): number {
  return Number(String(fieldsOf(headers)['number']));
}

function parity(count: number, rest: 0 | 1): number[] {
  return Array.from({ length: count }, (_, number) => number).filter((number) => number % 2 === rest);
}

function sorted(list: readonly number[]): number[] {
  return [...list].sort((a, b) => a - b);
}

async function total(topic: string): Promise<number> {
  const admin = await world.kafka('none').admin();
  const found = await admin.watermarks(topic).catch(() => undefined);
  await admin.close();
  return (found ?? []).reduce((sum, { high }) => sum + Number(high), 0);
}

/** How many orders the group has committed. */
async function done({ group, orders }: Bar): Promise<number> {
  const offsets = Object.entries(await committed(world, group)).filter(([name]) =>
    name.startsWith(`${orders}/`),
  );
  return offsets.reduce((all, [, offset]) => all + Number(offset), 0);
}

/** So large that they are several fetches, and several transactions. */
async function writeMany(topic: string, count: number, begin = 0): Promise<void> {
  const chunk = 2_000;
  const large = (number: OutRecord): OutRecord => ({
    ...number,
    value: `${'sugar '.repeat(40)}${String(number.value)}`,
  });
  for (let from = begin; from < begin + count; from += chunk)
    await write(world, topic, numbers(chunk, from).map(large));
}

async function leave({ child, exit }: WorkerProcess): Promise<void> {
  child.kill('SIGTERM');
  assert.equal(await exit, 0);
}

/** Every drink there is, by its order; `each` of the two topics has so many. */
async function drinks(bar: Bar, each: number): Promise<number[]> {
  const all = await Promise.all([bar.hot, bar.cold].map((topic) => readAll(world, topic, each)));
  return all.flat().map(numberOf);
}

async function received(worker: WorkerProcess): Promise<number> {
  const { body } = await worker.get('/metrics');
  return Number(/^barista_orders_received_total (\d+)/m.exec(body)?.[1]);
}

for (const delivery of ['AtLeastOnce', 'ExactlyOnce'] satisfies Delivery[]) {
  describe(`the worker as a process, ${delivery}`, () => {
    it('serves 200 orders, each once and where it belongs, and leaves within 3 s of SIGTERM with all committed', async () => {
      const bar = aBar(delivery);
      const worker = bar.start();
      await worker.ready();
      await write(world, bar.orders, numbers(200));
      const hot = await readAll(world, bar.hot, 100);
      const cold = await readAll(world, bar.cold, 100);
      assert.deepEqual(sorted(hot.map(numberOf)), parity(200, 0));
      assert.deepEqual(sorted(cold.map(numberOf)), parity(200, 1));
      const [drink] = hot;

      assert.ok(drink !== undefined);
      assert.equal(drink.value?.toString(), 'Serve Hot drink');
      assert.equal(drink.key?.toString(), `table ${numberOf(drink) % 7}`);
      assert.equal(Number(drink.timestamp), longAgo + numberOf(drink));
      const asked = performance.now();
      worker.child.kill('SIGTERM');
      assert.equal(await worker.exit, 0);
      assert.ok(performance.now() - asked < 3_000);
      assert.equal(worker.stderr(), '');
      const offsets = await committed(world, bar.group);
      const sum = Object.values(offsets).reduce((all, offset) => all + Number(offset), 0);
      assert.equal(sum, 200);
    });

    it('can be paused, made to say more, and resumed, over HTTP', async () => {
      const bar = aBar(delivery);
      const worker = bar.start();
      await worker.ready();
      assert.equal(await worker.post('/actuator/bindings/orders', { state: 'PAUSED' }), 204);
      await write(world, bar.orders, numbers(20));
      assert.equal(await worker.post('/actuator/loggers/ROOT', { configuredLevel: 'DEBUG' }), 204);
      const lag = async (): Promise<number> => {
        const { body } = await worker.get('/metrics');
        const lags = [...body.matchAll(/^kafka_consumer_records_lag\{.*\} (\d+)/gm)];
        return lags.reduce((sum, [, each]) => sum + Number(each), 0);
      };
      // It looks at the lag every 5 s, so what is not served by then is not being served.
      await until('the lag to be true while it is paused', async () => (await lag()) === 20);
      assert.equal(await total(bar.hot), 0);
      assert.match((await worker.get('/metrics')).body, /^barista_paused 1$/m);
      assert.equal(await worker.post('/actuator/bindings/orders', { state: 'RESUMED' }), 204);
      assert.equal((await drinks(bar, 10)).length, 20);
      assert.ok(worker.lines.some(({ level, msg }) => level === 'debug' && msg === 'Served orders'));
      await leave(worker);
    });

    it('loses nothing when it is killed again and again while orders come in', async () => {
      const bar = aBar(delivery);
      const count = 6_000;
      let worker = bar.start();
      await worker.ready();
      let sent = 0;
      for (let round = 0; round < 3; round += 1) {
        const before = await total(bar.hot);
        await write(world, bar.orders, numbers(count / 3, sent));
        sent += count / 3;
        assert.equal(await total(bar.orders), sent, 'the test itself writes each order once');
        await until('some progress', async () => (await total(bar.hot)) > before);
        worker.child.kill('SIGKILL');
        await worker.exit;
        worker = bar.start();
      }
      await until('all orders to be committed', async () => {
        const offsets = await committed(world, bar.group);
        return Object.values(offsets).reduce((all, offset) => all + Number(offset), 0) >= count;
      });
      worker.child.kill('SIGTERM');
      await worker.exit;
      const hot = (await readAll(world, bar.hot, count / 2)).map(numberOf);
      const cold = (await readAll(world, bar.cold, count / 2)).map(numberOf);
      assert.deepEqual(sorted([...new Set(hot)]), parity(count, 0));
      assert.deepEqual(sorted([...new Set(cold)]), parity(count, 1));
      if (delivery === 'ExactlyOnce') assert.equal(hot.length + cold.length, count);
    });

    it('leaves in the middle of thousands of orders when told, and the next one serves the rest: each once', async () => {
      const bar = aBar(delivery);
      const first = bar.start();
      await first.ready();
      await leave(first);
      let count = 0;
      let before = 0;
      // A fast one may be through with them before it is told: then there are more of them.
      for (const deadline = performance.now() + 60_000; before === count;) {
        assert.ok(performance.now() < deadline, 'it has not once left in the middle');
        await writeMany(bar.orders, 20_000, count);
        count += 20_000;
        assert.equal(await total(bar.orders), count, 'the test itself writes each order once');
        const second = bar.start();
        await until('the first drinks', async () => (await received(second)) > 0);
        await leave(second);
        before = await done(bar);
      }
      assert.ok(before > 0 && before < count, `${before} of ${count} when it left`);
      const third = bar.start();
      let served = before;
      await until(`all orders to be committed, of which ${before} were`, async () => {
        served = await done(bar);
        return served >= count;
      });
      assert.equal(served, count);
      await leave(third);
      assert.deepEqual(
        sorted(await drinks(bar, count / 2)),
        sorted([...parity(count, 0), ...parity(count, 1)]),
      );
    });

    it('serves keyed orders without a stall or a repetition while partitions are added to a drinks topic', async () => {
      const bar = aBar(delivery);
      const worker = bar.start();
      await worker.ready();
      const spread = async (): Promise<boolean> => {
        const admin = await world.kafka('none').admin();
        const found = await admin.watermarks(bar.hot);
        await admin.close();
        return (found ?? []).some(({ partition, high }) => partition > 2 && high !== '0');
      };
      let sent = 0;
      const serveMore = async (): Promise<void> => {
        await write(world, bar.orders, numbers(300, sent));
        sent += 300;
        const began = performance.now();
        await until('the orders to be served', async () => (await done(bar)) === sent);
        assert.ok(performance.now() - began < 5_000, 'a stall');
      };
      await serveMore();
      await addPartitions(realBrokers(), bar.hot, 6);
      await until('drinks in new partitions', async () => {
        await serveMore();
        return spread();
      });
      await serveMore();
      await leave(worker);
      assert.deepEqual(sorted(await drinks(bar, sent / 2)), sorted([...parity(sent, 0), ...parity(sent, 1)]));
      const { lines } = worker;
      assert.ok(!lines.some(({ level }) => level === 'error'), JSON.stringify(lines));
    });

    it('shares the partitions with a second worker', async () => {
      const bar = aBar(delivery);
      const workers = [bar.start(), bar.start()];
      await Promise.all(workers.map((worker) => worker.ready()));
      const assigned = async (worker: WorkerProcess): Promise<number> => {
        const { body } = await worker.get('/metrics');
        return Number(/kafka_consumer_assigned_partitions (\d+)/.exec(body)?.[1]);
      };
      await until('both to have partitions', async () => {
        const counts = await Promise.all(workers.map(assigned));
        return counts.every((each) => each > 0) && counts[0]! + counts[1]! === 3;
      });
      await write(world, bar.orders, numbers(200));
      assert.deepEqual(sorted((await readAll(world, bar.hot, 100)).map(numberOf)), parity(200, 0));
      for (const { child } of workers) child.kill('SIGTERM');
      assert.deepEqual(await Promise.all(workers.map(({ exit }) => exit)), [0, 0]);
    });
  });
}

describe('the worker as a process', () => {
  it('serves the same orders with the codec of kafkajs', async () => {
    const bar = aBar();
    const worker = bar.start('--barista.codec=kafkajs');
    await worker.ready();
    await write(world, bar.orders, numbers(200));
    assert.deepEqual(sorted(await drinks(bar, 100)), sorted([...parity(200, 0), ...parity(200, 1)]));
    await leave(worker);
  });

  it('exits with 78 and sentences, without a stack, when topics and brokers are missing', async () => {
    const worker = startWorker([]);
    processes.push(worker);
    assert.equal(await worker.exit, 78);
    assert.match(worker.stderr(), /No Kafka broker is given/);
    assert.doesNotMatch(worker.stderr(), /\n\s+at /);
  });

  it('waits for a broker that is not there, is alive but not ready meanwhile, and still leaves at once', async () => {
    const bar = aBar();
    const worker = bar.start('--spring.cloud.stream.kafka.binder.brokers=127.0.0.1:1');
    await until('the waiting to show', async () =>
      (await worker.get('/actuator/info')).body.includes('waiting for Kafka at 127.0.0.1:1'),
    );
    assert.equal((await worker.get('/actuator/health')).status, 200);
    assert.equal((await worker.get('/actuator/health/liveness')).status, 200);
    assert.equal((await worker.get('/actuator/info')).status, 503);
    worker.child.kill('SIGTERM');
    assert.equal(await worker.exit, 0);
  });

  it('serves what was left on the topic of its pipeline before it was changed', async () => {
    const bar = aBar();
    const before = bar.start();
    await before.ready();
    await write(world, bar.orders, numbers(30));
    await readAll(world, bar.hot, 15);
    before.child.kill('SIGTERM');
    await before.exit;
    await write(
      world,
      bar.orders,
      numbers(30).map((record) => ({ ...record, headers: { number: '1' } })),
    );
    const moved = world.unique('moved');
    const after = bar.start(
      `--spring.cloud.stream.bindings.orders.destination=${moved}-orders`,
      `--spring.cloud.stream.bindings.hot.drink.destination=${moved}-hot`,
    );
    await after.ready();
    assert.equal((await readAll(world, `${moved}-hot`, 15)).length, 15);
    await write(world, `${moved}-orders`, numbers(2));
    await readAll(world, `${moved}-hot`, 16);
    assert.equal(await total(bar.hot), 15);
    after.child.kill('SIGTERM');
    assert.equal(await after.exit, 0);
  });

  it('serves all that came to the former topic of its pipeline, although it never served anything there', async () => {
    const bar = aBar();
    const before = bar.start();
    await before.ready();
    await until('the beginnings', async () => Object.keys(await committed(world, bar.group)).length === 3);
    await leave(before);
    // In a transaction, whose end is no order, but is where the topic ends.
    const producer = await world.kafka(world.unique('other')).transactional(world.unique('id'));
    const transaction = await producer.begin();
    await transaction.send([{ topic: bar.orders, records: numbers(30) }]);
    await transaction.commit({ topic: bar.orders, partition: 0, offset: '0' });
    await producer.close();
    const after = bar.start(`--spring.cloud.stream.bindings.orders.destination=${world.unique('moved')}`);
    await until('the leftovers to be served', () =>
      after.lines.some(({ msg }) => msg === 'Served what was left on former topics'),
    );
    assert.equal((await drinks(bar, 15)).length, 30);
    await leave(after);
  });

  it('leaves with a sentence when its port is taken', async () => {
    const bar = aBar();
    const first = bar.start();
    const { body } = await first.get('/actuator');
    const port = /localhost|127\.0\.0\.1:(\d+)/.exec(body)?.[1];
    const second = bar.start(`--server.port=${port ?? ''}`);
    assert.equal(await second.exit, 1);
    assert.equal(second.lines.at(-1)?.['msg'], 'Cannot listen on server.port: give another one');
    first.child.kill('SIGTERM');
    await first.exit;
  });
});
