/** Orders that are compressed, by Java's libraries and by librdkafka's, on the real Kafka that KAFKA_BROKERS names. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { createCompressedTopic } from './admin.fixtures.ts';
import { fieldsOf, type InRecord } from './port.ts';
import { realBrokers, realWorld } from './real-world.fixtures.ts';
import { longAgo, readAll, text, topicOf, write } from './world.fixtures.ts';

const world = realWorld('barista');
const brokers = realBrokers();

/** Some that repeat themselves, near and far, and some that do not: more than a block of either format has. */
const values = Array.from({ length: 300 }, (_, id) => {
  const noise = Array.from({ length: 40 }, (__, at) =>
    ((id * 7_919 + at * 104_729) % 65_521).toString(36),
  ).join('');
  return `${id} ${'again and '.repeat(id % 90)}${noise.repeat(1 + (id % 3))}`;
});

async function kcat(args: readonly string[], input: string): Promise<void> {
  const child = spawn('kcat', ['-b', brokers.join(), ...args], { stdio: ['pipe', 'ignore', 'inherit'] });
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number];
  assert.equal(code, 0, 'kcat failed');
}

for (const compression of ['gzip', 'snappy', 'lz4', 'zstd']) {
  describe(`orders compressed by ${compression}`, () => {
    it('are read as the broker compresses them, with key, headers and timestamp', async () => {
      const topic = world.unique(compression);
      await createCompressedTopic(brokers, topic, compression);
      const headers = { one: Buffer.from('1'), none: null };
      const written = values.map((value, id) => ({
        key: Buffer.from(`key ${id}`),
        value,
        headers,
        timestamp: String(longAgo + id),
        partition: 0,
      }));
      await write(world, topic, written);
      const shown = (record: InRecord): unknown[] => [
        record.key?.toString(),
        text(record),
        { ...fieldsOf(record.headers) },
        Number(record.timestamp),
      ];
      const wanted = written.map(({ key, value, timestamp }) => [
        key.toString(),
        value,
        headers,
        Number(timestamp),
      ]);
      assert.deepEqual((await readAll(world, topic, values.length)).map(shown), wanted);
    });

    it('are read as kcat compresses them', async () => {
      const topic = await topicOf(world, 1);
      await kcat(['-P', '-t', topic, '-z', compression, '-X', 'linger.ms=100'], `${values.join('\n')}\n`);
      assert.deepEqual((await readAll(world, topic, values.length)).map(text), values);
    });
  });
}
