import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from './clock.fixtures.ts';
import { Vitals } from './vitals.ts';

function newVitals(): { clock: FakeClock; vitals: Vitals } {
  const clock = new FakeClock();
  return { clock, vitals: new Vitals(clock, ['kafka:9092']) };
}

const held = {
  type: 'held',
  topic: 'orders',
  partition: 1,
  offset: '7',
  why: 'no digit',
  retry: false,
} as const;

const where = { topic: 'orders', partition: 1 } as const;
const retried = { ...held, retry: true } as const;
const released = { type: 'released', ...where } as const;
const served = {
  type: 'served',
  ...where,
  tally: { received: 1, hot: 1, cold: 0, tombstones: 0, bad: { 'no-digit': 0, refused: 0 } },
  policy: 'Stop',
  nullHeaders: 0,
  seconds: 0.01,
  ages: [],
  lag: 0,
} as const;

function serving(): Vitals {
  const { vitals } = newVitals();
  vitals.observe({ type: 'connected' });
  vitals.observe({ type: 'assigned', assignment: { orders: [0, 1] } });
  return vitals;
}

describe('Vitals', () => {
  it('is alive but not ready before it has joined', () => {
    const { vitals } = newVitals();
    assert.equal(vitals.health().status, 'UP');
    assert.equal(vitals.readiness().status, 'OUT_OF_SERVICE');
    vitals.observe({ type: 'connected' });
    assert.equal(vitals.readiness().status, 'OUT_OF_SERVICE');
    vitals.observe({ type: 'assigned', assignment: { orders: [0] } });
    assert.equal(vitals.readiness().status, 'UP');
  });

  it('is ready without partitions, because there may be more workers than those', () => {
    const { vitals } = newVitals();
    vitals.observe({ type: 'connected' });
    vitals.observe({ type: 'assigned', assignment: {} });
    assert.equal(vitals.readiness().status, 'UP');
  });

  it('stays alive while Kafka is away, and says since when', () => {
    const { clock, vitals } = newVitals();
    vitals.observe({ type: 'connected' });
    vitals.observe({ type: 'assigned', assignment: { orders: [0] } });
    for (let minute = 0; minute < 10; minute += 1) {
      vitals.observe({ type: 'left' });
      vitals.observe({ type: 'waiting', why: 'ECONNREFUSED', person: false });
      if (minute < 9) clock.advance(30_000);
    }
    const health = vitals.health();
    assert.equal(health.status, 'UP');
    assert.deepEqual(health.components['kafka'], {
      status: 'DOWN',
      details: {
        brokers: 'kafka:9092',
        error: 'ECONNREFUSED',
        waiting: 'waiting for Kafka at kafka:9092, since 270 s',
      },
    });
    assert.equal(vitals.readiness().status, 'OUT_OF_SERVICE');
    vitals.observe({ type: 'connected' });
    assert.equal(vitals.health().components['kafka']?.status, 'UP');
  });

  it('is not alive any more when nothing has been heard of the pump for long', () => {
    const { clock, vitals } = newVitals();
    clock.advance(44_000);
    assert.equal(vitals.liveness().status, 'UP');
    vitals.observe({ type: 'beat' });
    clock.advance(44_000);
    assert.equal(vitals.health().status, 'UP');
    clock.advance(2_000);
    assert.deepEqual([vitals.liveness().status, vitals.health().status], ['DOWN', 'DOWN']);
  });

  it('names the partitions that are held, as long as they are ours', () => {
    const { vitals } = newVitals();
    vitals.observe({ type: 'connected' });
    vitals.observe({ type: 'assigned', assignment: { orders: [0, 1] } });
    vitals.observe(held);
    const component = vitals.health().components['partitions'];
    assert.equal(component?.status, 'OUT_OF_SERVICE');
    assert.deepEqual(component.details['held'], [{ partition: 'orders/1', offset: '7', why: 'no digit' }]);
    vitals.observe({ type: 'assigned', assignment: { orders: [0] } });
    assert.equal(vitals.health().components['partitions']?.status, 'UP');
    vitals.observe({ type: 'assigned', assignment: { orders: [0, 1] } });
    vitals.observe({ type: 'released', topic: 'orders', partition: 1 });
    assert.equal(vitals.health().components['partitions']?.status, 'UP');
  });

  it('is not kept alive by what goes on while the pump hangs', () => {
    const { clock, vitals } = newVitals();
    for (let second = 0; second < 46; second += 1) {
      clock.advance(1_000);
      vitals.observe({ type: 'lag', lags: [] });
      vitals.observe({ type: 'unwatched', why: 'no answer' });
      vitals.observe({ type: 'leaderless', partitions: [] });
      vitals.observe({ type: 'topic-created', topic: 'hot' });
      vitals.observe({ type: 'fewer-partitions', topic: 'hot', has: 1, wanted: 3 });
      vitals.observe({ type: 'leftovers-stuck', why: 'no answer' });
      vitals.observe(released);
    }
    assert.equal(vitals.liveness().status, 'DOWN');
  });

  it('is not ready while nobody leads orders of its own, and says so of any partition', () => {
    const vitals = serving();
    vitals.observe({ type: 'leaderless', partitions: [{ topic: 'hotDrinks', partition: 0 }] });
    assert.equal(vitals.readiness().status, 'UP');
    assert.equal(vitals.health().components['partitions']?.status, 'OUT_OF_SERVICE');
    assert.deepEqual(vitals.health().components['partitions']?.details['leaderless'], ['hotDrinks/0']);
    vitals.observe({ type: 'leaderless', partitions: [where] });
    assert.equal(vitals.readiness().status, 'OUT_OF_SERVICE');
    vitals.observe({ type: 'leaderless', partitions: [{ topic: 'orders', partition: 2 }] });
    assert.equal(vitals.readiness().status, 'UP', 'somebody else reads that one');
    vitals.observe({ type: 'leaderless', partitions: [] });
    assert.equal(vitals.health().components['partitions']?.status, 'UP');
    assert.equal(vitals.liveness().status, 'UP');
  });

  it('is not ready while a partition of its own is stopped for good', () => {
    const vitals = serving();
    vitals.observe(held);
    assert.equal(vitals.readiness().status, 'OUT_OF_SERVICE');
    assert.deepEqual(vitals.readiness().components['partitions']?.details['stuck'], ['orders/1']);
    vitals.observe({ type: 'assigned', assignment: { orders: [0, 1] } });
    assert.equal(vitals.readiness().status, 'OUT_OF_SERVICE');
    vitals.observe({ type: 'assigned', assignment: { orders: [0] } });
    assert.equal(vitals.readiness().status, 'UP');
    vitals.observe({ type: 'assigned', assignment: { orders: [0, 1] } });
    assert.equal(vitals.readiness().status, 'UP');
  });

  it('stays ready over a single short hold, but not over one after the other', () => {
    const vitals = serving();
    vitals.observe(retried);
    assert.equal(vitals.readiness().status, 'UP');
    vitals.observe(released);
    assert.equal(vitals.readiness().status, 'UP');
    vitals.observe(retried);
    assert.equal(vitals.readiness().status, 'OUT_OF_SERVICE');
    vitals.observe(released);
    assert.equal(vitals.readiness().status, 'OUT_OF_SERVICE');
    vitals.observe({ ...served, partition: 0 });
    assert.equal(vitals.readiness().status, 'OUT_OF_SERVICE');
    vitals.observe(served);
    assert.equal(vitals.readiness().status, 'UP');
    vitals.observe(retried);
    assert.equal(vitals.readiness().status, 'UP');
  });

  it('begins anew after it has left', () => {
    const vitals = serving();
    vitals.observe(held);
    vitals.observe({ type: 'left' });
    vitals.observe({ type: 'assigned', assignment: { orders: [0, 1] } });
    assert.equal(vitals.readiness().status, 'UP');
  });
});
