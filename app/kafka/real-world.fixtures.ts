/** The real Kafka that KAFKA_BROKERS names. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { systemClock } from '../ops/clock.ts';
import { kafkaJs } from './client.ts';
import type { Codec } from './kafkajs.ts';
import type { World } from './world.fixtures.ts';

export function realWorld(codec: Codec): World {
  const brokers = process.env['KAFKA_BROKERS'];
  assert.ok(brokers, 'KAFKA_BROKERS names no broker: start the stack and source .stack/env');
  return {
    kafka: (group) =>
      kafkaJs({ brokers: brokers.split(','), group, clock: systemClock, codec, log: () => undefined }),
    unique: (prefix) => `${prefix}-${randomUUID()}`,
    keepsNullHeaders: codec === 'barista',
  };
}
