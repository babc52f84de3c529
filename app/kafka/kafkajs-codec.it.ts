/** The same with kafkajs's own codec: the way back has to lead somewhere. A file of its own, since a process has one codec. */
import { conformance } from './conformance.ts';
import { realWorld } from './real-world.fixtures.ts';

conformance('Kafka over kafkajs with its own codec', realWorld('kafkajs'));
