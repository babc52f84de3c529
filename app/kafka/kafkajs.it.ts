/** The conformance suite on the real Kafka that KAFKA_BROKERS names, with our codec. */
import { conformance } from './conformance.ts';
import { realWorld } from './real-world.fixtures.ts';

conformance('Kafka over kafkajs', realWorld('barista'));
