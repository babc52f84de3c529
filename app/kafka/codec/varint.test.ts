import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Malformed, Reader, sizeOfVarInt, sizeOfVarLong, writeVarInt, writeVarLong } from './varint.ts';

interface Encoder {
  writeVarInt(value: number): Encoder;
  writeVarLong(value: number | bigint): Encoder;
  readonly buffer: Buffer;
}
const KafkaJsEncoder = createRequire(import.meta.url)('kafkajs/src/protocol/encoder') as new () => Encoder;

const int32 = fc.oneof(fc.integer(), fc.integer({ min: -200, max: 200 }));
const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.maxSafeInteger(),
  int32,
  fc.constantFrom(2 ** 51, -(2 ** 51), 2 ** 51 - 1, 2 ** 30, -(2 ** 30), 2 ** 30 - 1),
);

describe('integers of varying length', () => {
  it('of 32 bits are written as kafkajs writes them, and read again', () => {
    fc.assert(
      fc.property(int32, (value) => {
        const bytes = Buffer.alloc(8);
        const end = writeVarInt(bytes, 1, value);
        assert.deepEqual(bytes.subarray(1, end), new KafkaJsEncoder().writeVarInt(value).buffer);
        assert.equal(sizeOfVarInt(value), end - 1);
        assert.equal(new Reader(bytes, 1, end).varInt(), value);
      }),
    );
  });

  it('of 64 bits are written as kafkajs writes them, and read again', () => {
    fc.assert(
      fc.property(int64, (value) => {
        const bytes = Buffer.alloc(12);
        const end = writeVarLong(bytes, 1, value);
        assert.deepEqual(bytes.subarray(1, end), new KafkaJsEncoder().writeVarLong(value).buffer);
        assert.equal(sizeOfVarLong(value), end - 1);
        const read = new Reader(bytes, 1, end).varLong();
        assert.equal(BigInt(read), BigInt(value));
        assert.equal(typeof read, Number.isSafeInteger(Number(value)) ? 'number' : 'bigint');
      }),
    );
  });

  it('that end too early, or never, are errors', () => {
    const endless = Buffer.alloc(12, 0xff);
    for (const bytes of [endless, endless.subarray(0, 1), Buffer.alloc(0)]) {
      assert.throws(() => new Reader(bytes, 0, bytes.length).varInt(), Malformed);
      assert.throws(() => new Reader(bytes, 0, bytes.length).varLong(), Malformed);
    }
  });
});
