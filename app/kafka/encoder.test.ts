import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { kafkaJsWith } from './kafkajs.ts';

interface Encoder {
  readonly buffer: Buffer;
  readonly buf: Buffer;
  readonly writeInt32: (value: number) => Encoder;
  readonly writeString: (value: string) => Encoder;
  readonly writeEncoder: (part: Encoder) => Encoder;
}

const load = createRequire(import.meta.url);
kafkaJsWith('barista', Date.now);
const Mended = load('kafkajs/src/protocol/encoder') as new (size?: number) => Encoder;
const Original = Object.getPrototypeOf(Mended) as new (size?: number) => Encoder;

/** Before anything is written: what a buffer of Node's pool has in it may be anything. */
function soiled<T extends Encoder>(encoder: T): T {
  encoder.buf.fill(0xff);
  return encoder;
}

const written = (Each: new (size?: number) => Encoder, long: number): Buffer => {
  const part = soiled(new Each()).writeString('orders').writeInt32(-7);
  return soiled(new Each(3)).writeInt32(1).writeEncoder(part).writeString('x'.repeat(long)).buffer;
};

describe('the encoder', () => {
  it('writes what that of kafkajs writes, also when it has to grow', () => {
    assert.notEqual(Mended, Original);
    for (const long of [0, 1, 40, 511, 5_000, 20_000])
      assert.deepEqual(written(Mended, long), written(Original, long));
  });

  it('takes its memory from the pool', () => {
    assert.ok(new Mended().buf.buffer.byteLength > 512);
    assert.equal(new Mended().buf.length, 512);
    assert.equal(new Original().buf.buffer.byteLength, 512);
  });
});
