/** The real Kafka that KAFKA_BROKERS names. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Codec } from '../config/config.ts';
import { plaintext, type Security } from '../config/security.ts';
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
  return worldAt(realBrokers(), plaintext, codec);
}

export function worldAt(brokers: readonly string[], security: Security, codec: Codec = 'barista'): World {
  const fixed = {
    brokers,
    security,
    readFile: readFileSync,
    clock: systemClock,
    codec,
    log: () => undefined,
  };
  return {
    kafka: (group) => kafkaJs({ ...fixed, group }),
    unique: (prefix) => `${prefix}-${randomUUID()}`,
    keepsNullHeaders: codec === 'barista',
  };
}
