/** Writes Snappy and LZ4 from what they consist of, so that tests choose each form of it. */
import fc from 'fast-check';

/** New bytes, and then so many again from so far back; the last of a list repeats nothing. */
export interface Sequence {
  readonly fresh: Buffer;
  readonly distance: number;
  readonly count: number;
}

const fresh = fc
  .oneof(
    fc.uint8Array({ maxLength: 20 }),
    fc.uint8Array({ minLength: 55, maxLength: 75 }),
    fc.uint8Array({ minLength: 250, maxLength: 300 }),
  )
  .map((array) => Buffer.from(array));
const sequence = fc.record({
  fresh,
  back: fc.nat(),
  count: fc.oneof(fc.integer({ min: 4, max: 20 }), fc.integer({ min: 60, max: 600 })),
});

export const someSequences = fc
  .tuple(fresh, fc.array(sequence, { maxLength: 12 }), fresh)
  .map(([first, middle, last]) => {
    let length = 0;
    const all: Sequence[] = [];
    for (const each of [{ fresh: first, back: 0, count: 4 }, ...middle]) {
      length += each.fresh.length;
      // Nothing can be repeated yet.
      if (length === 0) continue;
      all.push({
        fresh: each.fresh,
        distance: (each.back % Math.min(length, 65_535)) + 1,
        count: each.count,
      });
      length += each.count;
    }
    return [...all, { fresh: last, distance: 0, count: 0 }];
  });

/** What it stands for, byte by byte. */
export function meant(sequences: readonly Sequence[]): Buffer {
  const bytes: number[] = [];
  for (const { fresh: some, distance, count } of sequences) {
    bytes.push(...some);
    for (let at = 0; at < count; at += 1) bytes.push(bytes[bytes.length - distance] as number);
  }
  return Buffer.from(bytes);
}

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push(rest < 128 ? rest : (rest % 128) + 128);
    if (rest < 128) return Buffer.from(bytes);
  }
}

function little(value: number, width: number): Buffer {
  const bytes = Buffer.alloc(width);
  bytes.writeUIntLE(value, 0, width);
  return bytes;
}

function snappyLiteral(bytes: Buffer): Buffer {
  if (bytes.length === 0) return bytes;
  const length = bytes.length - 1;
  if (length < 60) return Buffer.concat([Buffer.from([length << 2]), bytes]);
  const width = length < 256 ? 1 : 2;
  return Buffer.concat([Buffer.from([(59 + width) << 2]), little(length, width), bytes]);
}

function snappyCopy(distance: number, count: number): Buffer {
  if (count === 0) return Buffer.alloc(0);
  if (count < 12 && count > 3 && distance < 2_048)
    return Buffer.from([1 | ((count - 4) << 2) | ((distance >> 8) << 5), distance & 255]);
  const now = Math.min(count, 64);
  const wide = distance > 65_535 || distance % 2 === 0;
  const tag = Buffer.from([(wide ? 3 : 2) | ((now - 1) << 2)]);
  return Buffer.concat([tag, little(distance, wide ? 4 : 2), snappyCopy(distance, count - now)]);
}

export function asSnappy(sequences: readonly Sequence[]): Buffer {
  const parts = sequences.flatMap((each) => [
    snappyLiteral(each.fresh),
    snappyCopy(each.distance, each.count),
  ]);
  return Buffer.concat([varint(meant(sequences).length), ...parts]);
}

/** As Java's library frames them. */
export function framed(...blocks: readonly Buffer[]): Buffer {
  const head = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
  return Buffer.concat([
    head,
    ...blocks.flatMap((block) => {
      const length = Buffer.alloc(4);
      length.writeInt32BE(block.length);
      return [length, block];
    }),
  ]);
}

function lz4More(count: number): number[] {
  if (count < 15) return [];
  const rest = count - 15;
  return [...Array.from({ length: Math.floor(rest / 255) }, () => 255), rest % 255];
}

export function asLz4Block(sequences: readonly Sequence[]): Buffer {
  return Buffer.concat(
    sequences.flatMap(({ fresh: some, distance, count }) => {
      const again = Math.max(0, count - 4);
      const token = (Math.min(some.length, 15) << 4) | (count === 0 ? 0 : Math.min(again, 15));
      const head = Buffer.from([token, ...lz4More(some.length)]);
      return [head, some, ...(count === 0 ? [] : [little(distance, 2), Buffer.from(lz4More(again))])];
    }),
  );
}

export interface Lz4Block {
  readonly bytes: Buffer;
  readonly plain?: boolean;
}

/** @param flags of the frame, without the version */
export function asLz4(blocks: readonly Lz4Block[], flags = 0): Buffer {
  const size = (flags & 0x08) === 0 ? [] : [Buffer.alloc(8)];
  const sum = (flags & 0x10) === 0 ? [] : [Buffer.from('sums')];
  return Buffer.concat([
    Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x40 | flags, 0x40]),
    ...size,
    Buffer.from([0]),
    ...blocks.flatMap(({ bytes, plain }) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.length + (plain === true ? 0x8000_0000 : 0));
      return [length, bytes, ...sum];
    }),
    Buffer.alloc(4),
  ]);
}
