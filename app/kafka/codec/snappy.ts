/**
 * Reads Snappy, as Google's format description has it, alone or in the frames of Java's snappy-java, which is how Kafka's own clients write it. There is no
 * library for it that is alive, typed and without native code.
 */
import { Malformed } from './varint.ts';
import { Window } from './window.ts';

/** How snappy-java begins: its name, and two versions of 4 bytes. */
const javaMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const javaHead = javaMagic.length + 8;

/** @throws Malformed */
export function fromSnappy(bytes: Buffer): Buffer {
  if (!bytes.subarray(0, javaMagic.length).equals(javaMagic)) return block(bytes);
  const blocks: Buffer[] = [];
  for (let at = javaHead; at < bytes.length;) {
    const end = at + 4 + (at + 4 <= bytes.length ? bytes.readInt32BE(at) : -1);
    if (end < at + 4 || end > bytes.length) throw new Malformed('a Snappy frame that is cut off');
    blocks.push(block(bytes.subarray(at + 4, end)));
    at = end;
  }
  return blocks.length === 1 ? (blocks[0] as Buffer) : Buffer.concat(blocks);
}

function block(bytes: Buffer): Buffer {
  const [length, start] = lengthOf(bytes);
  // A byte stands for 64 at most, so what claims to be more is not, and takes no memory.
  if (length > bytes.length * 64) throw new Malformed('a Snappy block shorter than it says');
  const window = new Window(length);
  for (let at = start; at < bytes.length;) at = element(bytes, at, window);
  if (window.length !== length) throw new Malformed('a Snappy block that is not as long as it says');
  return window.bytes;
}

/** @returns the length once decompressed, and where the first element is */
function lengthOf(bytes: Buffer): [length: number, start: number] {
  let length = 0;
  for (let at = 0; at < 5; at += 1) {
    const byte = byteAt(bytes, at);
    length += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return [length, at + 1];
  }
  throw new Malformed('a Snappy block without a length');
}

/** @returns the position behind it */
function element(bytes: Buffer, at: number, window: Window): number {
  const tag = byteAt(bytes, at);
  const kind = tag & 3;
  if (kind === 0) return literal(bytes, at, window);
  if (kind === 1) {
    window.repeat(((tag >> 5) << 8) | byteAt(bytes, at + 1), ((tag >> 2) & 7) + 4);
    return at + 2;
  }
  const width = kind === 2 ? 2 : 4;
  window.repeat(little(bytes, at + 1, width), (tag >> 2) + 1);
  return at + 1 + width;
}

/** Up to 60 bytes say their number in the tag, more in one to four bytes behind it. */
function literal(bytes: Buffer, at: number, window: Window): number {
  const short = (byteAt(bytes, at) >> 2) + 1;
  const width = Math.max(0, short - 60);
  const count = width === 0 ? short : little(bytes, at + 1, width) + 1;
  const start = at + 1 + width;
  if (start + count > bytes.length) throw new Malformed('a Snappy block that is cut off');
  window.append(bytes, start, start + count);
  return start + count;
}

function little(bytes: Buffer, at: number, width: number): number {
  if (at + width > bytes.length) throw new Malformed('a Snappy block that is cut off');
  return bytes.readUIntLE(at, width);
}

function byteAt(bytes: Buffer, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw new Malformed('a Snappy block that is cut off');
  return byte;
}
