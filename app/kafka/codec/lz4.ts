/**
 * Reads an LZ4 frame, as the format's description has it. Its own checksums are not looked at, since that of the batch is over all of it. There is no library for it
 * that is alive, typed and without native code.
 */
import { Malformed } from './varint.ts';
import { Window } from './window.ts';

const magic = 0x184d2204;
const flag = { version: 0xc0, blockChecksums: 0x10, contentSize: 0x08, dictionary: 0x01 } as const;
/** Of the only version there is. */
const version = 0x40;
/** Of the length of a block: it stands there as it is. */
const uncompressed = 0x8000_0000;
const shortestRepetition = 4;
/** In either half of a token: more of the number follows. */
const continues = 15;

/** @throws Malformed */
export function fromLz4(bytes: Buffer): Buffer {
  const flags = flagsOf(bytes);
  const behindBlock = (flags & flag.blockChecksums) === 0 ? 0 : 4;
  let at = (flags & flag.contentSize) === 0 ? 7 : 15;
  const window = new Window(bytes.length * 3);
  for (;;) {
    const head = uint32(bytes, at);
    if (head === 0) return window.bytes;
    const length = head % uncompressed;
    const start = at + 4;
    if (start + length > bytes.length) throw cutOff();
    if (head >= uncompressed) window.append(bytes, start, start + length);
    else sequences(bytes, start, start + length, window);
    at = start + length + behindBlock;
  }
}

function flagsOf(bytes: Buffer): number {
  if (bytes.length < 7 || bytes.readUInt32LE(0) !== magic) throw new Malformed('no LZ4 frame');
  const flags = bytes.readUInt8(4);
  if ((flags & flag.version) !== version || (flags & flag.dictionary) !== 0)
    throw new Malformed('an LZ4 frame of a form that nobody writes');
  return flags;
}

/** New bytes and a repetition by turns; the last of a block has no repetition. */
function sequences(bytes: Buffer, start: number, end: number, window: Window): void {
  const cursor = { at: start };
  while (cursor.at < end) {
    const token = byteAt(bytes, cursor, end);
    const fresh = longer(bytes, cursor, end, token >> 4);
    if (cursor.at + fresh > end) throw cutOff();
    window.append(bytes, cursor.at, cursor.at + fresh);
    cursor.at += fresh;
    if (cursor.at === end) return;
    const distance = byteAt(bytes, cursor, end) | (byteAt(bytes, cursor, end) << 8);
    window.repeat(distance, longer(bytes, cursor, end, token & 15) + shortestRepetition);
  }
}

interface Cursor {
  at: number;
}

function longer(bytes: Buffer, cursor: Cursor, end: number, half: number): number {
  let count = half;
  if (half < continues) return count;
  for (;;) {
    const more = byteAt(bytes, cursor, end);
    count += more;
    if (more < 255) return count;
  }
}

function byteAt(bytes: Buffer, cursor: Cursor, end: number): number {
  const byte = cursor.at < end ? bytes[cursor.at] : undefined;
  if (byte === undefined) throw cutOff();
  cursor.at += 1;
  return byte;
}

function uint32(bytes: Buffer, at: number): number {
  if (at + 4 > bytes.length) throw cutOff();
  return bytes.readUInt32LE(at);
}

function cutOff(): Malformed {
  return new Malformed('an LZ4 frame that is cut off');
}
