import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { after, before, describe, it } from 'node:test';
import type { PumpEvent } from '../pump/events.ts';
import { aConfig } from '../pump/pump.fixtures.ts';
import { createActuator } from './actuator.ts';
import { FakeClock } from './clock.fixtures.ts';
import { createMetrics } from './metrics.ts';
import { Vitals } from './vitals.ts';
import type { Health } from './vitals.ts';

const build = { version: '1.2.3', revision: 'abc' };

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly json: () => Record<string, unknown>;
}

describe('the actuator', () => {
  const config = aConfig();
  const clock = new FakeClock();
  const vitals = new Vitals(clock, config.brokers);
  const metrics = createMetrics(config, build);
  const observe = (event: PumpEvent): void => {
    vitals.observe(event);
    metrics.record(event);
  };
  let paused = false;
  const orders = {
    get isPaused() {
      return paused;
    },
    pause: () => void (paused = true),
    resume: () => void (paused = false),
  };
  const log = { level: 'info' };
  let server: Server;
  let base = '';

  before(async () => {
    const { registry } = metrics;
    server = createServer(createActuator({ config, build, vitals, registry, orders, log }));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    base = `http://127.0.0.1:${address.port}`;
  });
  after(() => server.close());

  async function get(path: string): Promise<Answer> {
    const response = await fetch(base + path);
    const body = await response.text();
    return {
      status: response.status,
      type: response.headers.get('content-type') ?? '',
      body,
      json: () => JSON.parse(body) as Record<string, unknown>,
    };
  }

  it('says UP on health but not on info and readiness before it serves', async () => {
    assert.equal((await get('/actuator/health')).status, 200);
    assert.equal((await get('/actuator/health/liveness')).status, 200);
    assert.equal((await get('/actuator/health/readiness')).status, 503);
    const info = await get('/actuator/info');
    assert.equal(info.status, 503);
    assert.match(info.body, /waiting for Kafka at memory:9092, since 0 s/);
  });

  it('says what it is and does once it serves', async () => {
    observe({ type: 'connected' });
    observe({ type: 'assigned', assignment: { orders: [0, 1, 2] } });
    const info = await get('/actuator/info');
    assert.equal(info.status, 200);
    assert.match(info.type, /^application\/vnd\.spring-boot\.actuator\.v3\+json/);
    const { app, barista } = info.json() as { app: { version: string }; barista: Record<string, unknown> };
    assert.equal(app.version, '1.2.3');
    assert.deepEqual(barista['topics'], {
      orders: 'orders',
      hotDrinks: 'hot',
      coldDrinks: 'cold',
      deadLetters: 'dead',
    });
  });

  it('answers health in Spring Boot’s shape', async () => {
    const { status, groups, components } = (await get('/actuator/health')).json();
    assert.deepEqual([status, groups], ['UP', ['liveness', 'readiness']]);
    assert.deepEqual(Object.keys(components as object).sort(), ['kafka', 'partitions', 'pump']);
  });

  it('lists the three bindings', async () => {
    const bindings = (await get('/actuator/bindings')).json() as unknown as Record<string, unknown>[];
    assert.deepEqual(
      bindings.map(({ bindingName, name, input, group }) => [bindingName, name, input, group]),
      [
        ['orders', 'orders', true, 'bar'],
        ['hot.drink', 'hot', false, undefined],
        ['cold.drink', 'cold', false, undefined],
      ],
    );
  });

  async function post(path: string, body: string, to = base): Promise<{ status: number; text: string }> {
    const response = await fetch(to + path, { method: 'POST', body });
    return { status: response.status, text: await response.text() };
  }

  it('pauses and resumes orders, and says so', async () => {
    const state = async (name: string) => {
      const binding = (await get(`/actuator/bindings/${name}`)).json();
      return [binding['state'], binding['paused'], binding['pausable']];
    };
    assert.deepEqual(await state('orders'), ['running', false, true]);
    assert.equal((await post('/actuator/bindings/orders', '{"state":"PAUSED"}')).status, 204);
    assert.equal(paused, true);
    assert.deepEqual(await state('orders'), ['paused', true, true]);
    assert.deepEqual(await state('hot.drink'), ['running', false, false]);
    assert.equal((await post('/actuator/bindings/orders', '{"state":"resumed"}')).status, 204);
    assert.equal(paused, false);
  });

  it('says what it cannot do with a binding', async () => {
    const cases: [path: string, body: string, status: number, text: RegExp][] = [
      ['orders', '{"state":"ASLEEP"}', 400, /state has to be PAUSED or RESUMED/],
      ['orders', '', 400, /state has to be/],
      ['orders', '{"state":', 400, /not JSON/],
      ['hot.drink', '{"state":"PAUSED"}', 400, /Only the binding orders/],
      ['tea', '{"state":"PAUSED"}', 404, /Not Found/],
    ];
    for (const [name, body, status, text] of cases) {
      const found = await post(`/actuator/bindings/${name}`, body);
      assert.equal(found.status, status, found.text);
      assert.match(found.text, text);
      assert.doesNotMatch(found.text, /node_modules/);
    }
    assert.equal(paused, false);
  });

  it('tells the level of its log, and changes it', async () => {
    const root = '/actuator/loggers/ROOT';
    const level = async () => (await get(root)).json();
    const all = (await get('/actuator/loggers')).json();
    assert.deepEqual(all['levels'], ['OFF', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE']);
    assert.deepEqual(all['loggers'], { ROOT: { configuredLevel: 'INFO', effectiveLevel: 'INFO' } });
    assert.equal((await post(root, '{"configuredLevel":"debug"}')).status, 204);
    assert.deepEqual([log.level, (await level())['effectiveLevel']], ['debug', 'DEBUG']);
    assert.equal((await post(root, '{"configuredLevel":"LOUD"}')).status, 400);
    assert.equal(log.level, 'debug');
    // The one that it was started with.
    assert.equal((await post(root, '{"configuredLevel":null}')).status, 204);
    assert.equal(log.level, 'silent');
    assert.equal((await level())['configuredLevel'], 'OFF');
    assert.equal((await post('/actuator/loggers/kafkajs', '{}')).status, 404);
  });

  it('changes nothing when it is read-only', async () => {
    const { registry } = metrics;
    const frozen = { ...config, actuatorReadOnly: true };
    const other = createServer(createActuator({ config: frozen, build, vitals, registry, orders, log }));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    assert.ok(typeof address === 'object' && address !== null);
    const there = `http://127.0.0.1:${address.port}`;
    const answers = await Promise.all([
      post('/actuator/bindings/orders', '{"state":"PAUSED"}', there),
      post('/actuator/loggers/ROOT', '{"configuredLevel":"DEBUG"}', there),
    ]);
    other.close();
    assert.deepEqual(
      answers.map(({ status }) => status),
      [403, 403],
    );
    assert.equal(paused, false);
  });

  it('links to all it has', async () => {
    const { _links: links } = (await get('/actuator')).json() as { _links: Record<string, { href: string }> };
    assert.equal(links['info']?.href, `${base}/actuator/info`);
    for (const [name, { href }] of Object.entries(links)) {
      if (!href.includes('{')) assert.equal((await fetch(href)).status, 200, name);
    }
    const { components, groups } = (await get('/actuator/health')).json() as {
      components: object;
      groups: string[];
    };
    for (const path of [...Object.keys(components), ...groups]) {
      const { href } = links['health-path'] ?? { href: '' };
      const answer = await fetch(href.replace('{path}', path));
      assert.deepEqual([answer.status, ((await answer.json()) as Health).status], [200, 'UP'], path);
    }
    assert.equal((await get('/actuator/health/nothing')).status, 404);
  });

  it('exposes metrics at both places, each series from the first moment on', async () => {
    const { body, type } = await get('/actuator/prometheus');
    assert.match(type, /^text\/plain; ?version=0\.0\.4/);
    for (const line of [
      'barista_orders_received_total 0',
      'barista_drinks_served_total{drink="hot"} 0',
      'barista_drinks_served_total{drink="cold"} 0',
      'barista_bad_orders_total{reason="no-digit",policy="DeadLetter"} 0',
      'kafka_consumer_assigned_partitions 3',
    ]) {
      assert.ok(body.includes(`\n${line}\n`), line);
    }
    assert.match((await get('/metrics')).body, /barista_info\{version="1\.2\.3"/);
  });

  it('counts what the pump tells', async () => {
    const where = { topic: 'orders', partition: 1 };
    const bad = { 'no-digit': 1, refused: 0 };
    observe({
      ...where,
      type: 'served',
      tally: { received: 4, hot: 2, cold: 1, tombstones: 0, bad },
      policy: 'DeadLetter',
      nullHeaders: 3,
      seconds: 0.02,
      ages: [0.1],
      lag: 17,
    });
    observe({ ...where, type: 'committed', ok: true });
    observe({ ...where, type: 'held', offset: '5', why: 'why', retry: true });
    const { body } = await get('/metrics');
    for (const line of [
      'barista_orders_received_total 4',
      'barista_drinks_served_total{drink="hot"} 2',
      'barista_bad_orders_total{reason="no-digit",policy="DeadLetter"} 1',
      'barista_null_headers_total 3',
      'kafka_consumer_records_lag{topic="orders",partition="1"} 17',
      'kafka_consumer_commits_total{outcome="ok"} 1',
      'barista_partitions_held 1',
      'barista_route_to_ack_seconds_count 1',
      'barista_end_to_end_seconds_count 1',
    ]) {
      assert.ok(body.includes(`\n${line}\n`), line);
    }
    observe({ type: 'left' });
    const left = (await get('/metrics')).body;
    assert.ok(
      left.includes('\nbarista_partitions_held 0\n') && !left.includes('kafka_consumer_records_lag{'),
    );
  });

  it('answers 404 in JSON to what it does not have', async () => {
    const found = await get('/actuator/shutdown');
    assert.deepEqual([found.status, found.json()['path']], [404, '/actuator/shutdown']);
  });

  it('says DOWN when the pump hangs', async () => {
    clock.advance(60_000);
    assert.equal((await get('/actuator/health')).status, 503);
    assert.equal((await get('/actuator/health/liveness')).status, 503);
  });
});
