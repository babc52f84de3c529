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
});
