/** What has been decompressed so far: it grows by new bytes, and by repetitions of what is there. Snappy and LZ4 know nothing else. */
import { Malformed } from './varint.ts';

/**
 * Bytes that a batch may come to. Brokers take batches of 1 MB, compressed; one that comes to so much more is not meant to be read, but to fill the memory of
 * whoever reads it.
 */
export const mostBytes = 256 << 20;

/** From so many bytes on, copying by native code is worth the call. */
const worthACall = 24;

export class Window {
  #bytes: Buffer;
  #length = 0;
  readonly #most: number;

  /** @param expected bytes, as far as known */
  constructor(expected: number, most = mostBytes) {
    this.#most = most;
    this.#check(expected);
    this.#bytes = Buffer.allocUnsafeSlow(expected);
  }

  get length(): number {
    return this.#length;
  }

  /** What has come to be. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  append(from: Buffer, start: number, end: number): void {
    const length = this.#grownBy(end - start);
    if (end - start >= worthACall) from.copy(this.#bytes, length, start, end);
    else for (let at = start; at < end; at += 1) this.#bytes[length + at - start] = from[at] as number;
  }

  /** Again `count` bytes from `distance` bytes back on; they may be longer than the distance, and then repeat themselves. */
  repeat(distance: number, count: number): void {
    if (distance <= 0 || distance > this.#length) throw new Malformed('a repetition of what never was');
    const length = this.#grownBy(count);
    const from = length - distance;
    const bytes = this.#bytes;
    if (count >= worthACall && distance >= count) bytes.copyWithin(length, from, from + count);
    else for (let at = 0; at < count; at += 1) bytes[length + at] = bytes[from + at] as number;
  }

  /** @returns the length before */
  #grownBy(count: number): number {
    const before = this.#length;
    const after = before + count;
    this.#check(after);
    if (after > this.#bytes.length) {
      const bytes = Buffer.allocUnsafeSlow(Math.min(this.#most, Math.max(after, 2 * this.#bytes.length)));
      this.#bytes.copy(bytes, 0, 0, before);
      this.#bytes = bytes;
    }
    this.#length = after;
    return before;
  }

  #check(length: number): void {
    if (length > this.#most) throw new Malformed(`more than ${this.#most} bytes once decompressed`);
  }
}
