import { conformance } from './conformance.ts';
import { MemoryBroker, memoryKafka } from './memory.ts';

const broker = new MemoryBroker();
let count = 0;

conformance('Kafka in memory', {
  kafka: (group) => memoryKafka(broker, group),
  unique: (prefix) => `${prefix}-${(count += 1)}`,
  keepsNullHeaders: true,
});
