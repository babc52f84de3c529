/** The conformance suite on the real Kafka that KAFKA_BROKERS names. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { systemClock } from '../ops/clock.ts';
import { kafkaJs } from './client.ts';
import { conformance } from './conformance.ts';

const brokers = process.env['KAFKA_BROKERS'];
assert.ok(brokers, 'KAFKA_BROKERS names no broker: start the stack and source .stack/env');

conformance('Kafka over kafkajs', {
  kafka: (group) => kafkaJs({ brokers: brokers.split(','), group, clock: systemClock, log: () => undefined }),
  unique: (prefix) => `${prefix}-${randomUUID()}`,
});
