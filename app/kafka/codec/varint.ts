/**
 * The integers of Kafka's record format: zig-zag varints as in Protocol Buffers. 7 bits a byte, the lowest first; the highest bit of a byte says that another
 * follows. 32 bits take up to five bytes, 64 bits up to ten.
 *
 * A number stands for a 64-bit integer as long as it is exact; a bigint is used only where it would not be.
 */

/** Bounds within which twice the number is exact, as the zig-zag form needs it. */
const largestNumber = 2 ** 51;
const continues = 0x80;
const payload = 0x7f;

/** What is read is not in the format: damaged, or cut off. */
export class Malformed extends Error {
  override readonly name = 'Malformed';
}

function zigZag(value: number): number {
  return (value << 1) ^ (value >> 31);
}

/** @param value 32 bits, signed */
export function sizeOfVarInt(value: number): number {
  const bits = 32 - Math.clz32(zigZag(value));
  return bits <= 7 ? 1 : Math.ceil(bits / 7);
}

/** @returns the position behind it */
export function writeVarInt(bytes: Uint8Array, at: number, value: number): number {
  let rest = zigZag(value) >>> 0;
  let next = at;
  while (rest >= continues) {
    bytes[next++] = (rest & payload) | continues;
    rest >>>= 7;
  }
  bytes[next++] = rest;
  return next;
}

function isSmall(value: number | bigint): value is number {
  return typeof value === 'number' && value >= -0x4000_0000 && value < 0x4000_0000;
}

/** As an unsigned number; undefined: it would not be exact. */
function zigZagNumber(value: number | bigint): number | undefined {
  if (typeof value === 'bigint' || Math.abs(value) >= largestNumber) return undefined;
  return value >= 0 ? value * 2 : -value * 2 - 1;
}

function zigZagBig(value: number | bigint): bigint {
  const big = BigInt(value);
  return BigInt.asUintN(64, (big << 1n) ^ (big >> 63n));
}

/** @param value 64 bits, signed; a whole number */
export function sizeOfVarLong(value: number | bigint): number {
  if (isSmall(value)) return sizeOfVarInt(value);
  let size = 1;
  for (let rest = zigZagBig(value) >> 7n; rest > 0n; rest >>= 7n) size += 1;
  return size;
}

/** @returns the position behind it */
export function writeVarLong(bytes: Uint8Array, at: number, value: number | bigint): number {
  if (isSmall(value)) return writeVarInt(bytes, at, value);
  let next = at;
  let number = zigZagNumber(value);
  if (number !== undefined) {
    for (; number >= continues; number = Math.floor(number / continues))
      bytes[next++] = (number % continues) | continues;
    bytes[next++] = number;
    return next;
  }
  let big = zigZagBig(value);
  for (; big >= 128n; big >>= 7n) bytes[next++] = Number(big & 127n) | continues;
  bytes[next++] = Number(big);
  return next;
}

/** Reads from `at` on, and never past `end`. */
export class Reader {
  readonly bytes: Buffer;
  at: number;
  readonly end: number;

  constructor(bytes: Buffer, at: number, end: number) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  /** 32 bits, signed. */
  varInt(): number {
    const first = this.byte();
    if (first < continues) return (first >>> 1) ^ -(first & 1);
    let result = first & payload;
    for (let shift = 7; ; shift += 7) {
      if (shift > 28) throw new Malformed('an integer of more than 32 bits');
      const byte = this.byte();
      result |= (byte & payload) << shift;
      if (byte < continues) return (result >>> 1) ^ -(result & 1);
    }
  }

  /** 64 bits, signed; a number where that is exact. */
  varLong(): number | bigint {
    const first = this.byte();
    if (first < continues) return (first >>> 1) ^ -(first & 1);
    let result = first & payload;
    for (let shift = 7; shift <= 21; shift += 7) {
      const byte = this.byte();
      result |= (byte & payload) << shift;
      if (byte < continues) return (result >>> 1) ^ -(result & 1);
    }
    return this.#longFrom(BigInt(result));
  }

  /** Goes on after four bytes. */
  #longFrom(begun: bigint): number | bigint {
    let result = begun;
    for (let shift = 28n; ; shift += 7n) {
      if (shift > 63n) throw new Malformed('an integer of more than 64 bits');
      const byte = this.byte();
      result |= BigInt(byte & payload) << shift;
      if (byte < continues) break;
    }
    const unsigned = BigInt.asUintN(64, result);
    const value = BigInt.asIntN(64, (unsigned >> 1n) ^ -(unsigned & 1n));
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }

  /** Goes over so many bytes, and says where they began. */
  skip(count: number): number {
    const { at } = this;
    if (count < 0 || count > this.end - at) throw new Malformed('a length that goes past the end');
    this.at = at + count;
    return at;
  }

  byte(): number {
    const byte = this.at < this.end ? this.bytes[this.at] : undefined;
    if (byte === undefined) throw new Malformed('it ends too early');
    this.at += 1;
    return byte;
  }
}
