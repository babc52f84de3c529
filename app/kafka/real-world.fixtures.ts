/** The real Kafka that KAFKA_BROKERS names. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Codec } from '../config/config.ts';
import { systemClock } from '../ops/clock.ts';
import { kafkaJs } from './client.ts';
import type { World } from './world.fixtures.ts';

/** `host:port`, at least one. */
export function realBrokers(): string[] {
  const brokers = process.env['KAFKA_BROKERS'];
  assert.ok(brokers, 'KAFKA_BROKERS names no broker: start the stack and source .stack/env');
  return brokers.split(',');
}

export function realWorld(codec: Codec): World {
  const brokers = realBrokers();
  return {
    kafka: (group) => kafkaJs({ brokers, group, clock: systemClock, codec, log: () => undefined }),
    unique: (prefix) => `${prefix}-${randomUUID()}`,
    keepsNullHeaders: codec === 'barista',
  };
}
