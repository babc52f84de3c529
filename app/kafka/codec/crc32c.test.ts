import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { crc32c } from './crc32c.ts';

const kafkaJs = createRequire(import.meta.url)('kafkajs/src/protocol/recordBatch/crc32C') as (
  bytes: Buffer,
) => number;

describe('CRC-32C', () => {
  it('is what RFC 3720 gives for its examples', () => {
    const ascending = Buffer.from(Array.from({ length: 32 }, (_, index) => index));
    assert.equal(crc32c(Buffer.alloc(32)), 0x8a91_36aa);
    assert.equal(crc32c(Buffer.alloc(32, 0xff)), 0x62a8_ab43);
    assert.equal(crc32c(ascending), 0x46dd_794e);
    assert.equal(crc32c(Buffer.from('123456789')), 0xe306_9283);
  });

  it('is what kafkajs finds, of any part of any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(20), fc.nat(20), (array, from, cut) => {
        const bytes = Buffer.from(array);
        const end = Math.max(from, bytes.length - cut);
        if (end > bytes.length) return;
        assert.equal(crc32c(bytes, from, end), kafkaJs(bytes.subarray(from, end)));
      }),
    );
  });
});
