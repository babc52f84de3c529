import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Partitioners } from 'kafkajs';
import { murmur2, outputPartition } from './partition.ts';

describe('murmur2', () => {
  /** From Kafka's own UtilsTest. */
  const known: readonly [string, number][] = [
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ];
  for (const [key, hash] of known) {
    it(`hashes ${key} as Kafka does`, () => assert.equal(murmur2(Buffer.from(key)), hash));
  }
});

describe('outputPartition', () => {
  it('chooses what kafkajs chooses for a key', () => {
    const choose = Partitioners.DefaultPartitioner();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), fc.integer({ min: 1, max: 50 }), (bytes, count) => {
        const key = Buffer.from(bytes);
        const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({
          partitionErrorCode: 0,
          partitionId,
          leader: 1,
          replicas: [1],
          isr: [1],
        }));
        const expected = choose({ topic: 'topic', partitionMetadata, message: { key, value: null } });
        assert.equal(outputPartition(key, 7, count), expected);
      }),
    );
  });

  it('keeps the records of an input partition together when they have no key', () => {
    const chosen = [0, 1, 2, 3, 4].map((input) => outputPartition(null, input, 3));
    assert.deepEqual(chosen, [0, 1, 2, 0, 1]);
  });
});
