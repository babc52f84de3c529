/** Headers as they stand in a record: passed on byte for byte, and looked into only by whoever has to. */
import { Reader, sizeOfVarInt, writeVarInt } from './varint.ts';

export type HeaderValue = Buffer | string | null | undefined;

/** By name; a name that comes several times has a list. */
export type HeaderFields = Readonly<Record<string, HeaderValue | readonly HeaderValue[]>>;

/** Some consecutive headers in the bytes of a fetch. */
export class WireHeaders {
  readonly count: number;
  /** Where they stand: without the count before them. */
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;

  constructor(count: number, bytes: Buffer, start: number, end: number) {
    this.count = count;
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }

  get byteLength(): number {
    return this.end - this.start;
  }

  /**
   * What they say, as kafkajs decodes it.
   * @throws Malformed
   */
  fields(): Record<string, Buffer | null | (Buffer | null)[]> {
    // Without a prototype a header may be called anything, `__proto__` too.
    const fields = Object.create(null) as Record<string, Buffer | null | (Buffer | null)[]>;
    const reader = new Reader(this.bytes, this.start, this.end);
    for (let index = 0; index < this.count; index += 1) {
      const name = readBytes(reader)?.toString('utf8') ?? 'null';
      const value = readBytes(reader);
      const before = fields[name];
      if (before === undefined) fields[name] = value;
      else if (Array.isArray(before)) before.push(value);
      else fields[name] = [before, value];
    }
    return fields;
  }

  /** These, and more after them. */
  with(more: HeaderFields): WireHeaders {
    const list = listOf(more);
    const bytes = Buffer.allocUnsafe(this.byteLength + sizeOfList(list));
    this.bytes.copy(bytes, 0, this.start, this.end);
    const end = writeList(bytes, this.byteLength, list);
    return new WireHeaders(this.count + list.length, bytes, 0, end);
  }
}

export type Headers = HeaderFields | WireHeaders;

/** What is to be written: a count, and then bytes. */
export type HeaderList = readonly (readonly [name: string, value: HeaderValue])[];

/** In the order in which they are written: that of the object's keys, lists spread out. */
export function listOf(fields: HeaderFields): HeaderList {
  const list: [string, HeaderValue][] = [];
  for (const name of Object.keys(fields)) {
    const value = fields[name];
    if (isList(value)) for (const each of value) list.push([name, each]);
    else list.push([name, value]);
  }
  return list;
}

function isList(value: HeaderValue | readonly HeaderValue[]): value is readonly HeaderValue[] {
  return Array.isArray(value);
}

/** Bytes of the list, without the count before it. */
export function sizeOfList(list: HeaderList): number {
  let size = 0;
  for (const [name, value] of list) size += sizeOfBytes(name) + sizeOfBytes(value);
  return size;
}

/** @returns the position behind it */
export function writeList(bytes: Buffer, at: number, list: HeaderList): number {
  let next = at;
  for (const [name, value] of list) next = writeBytes(bytes, writeBytes(bytes, next, name), value);
  return next;
}

/** Of a value with its length before it; null and undefined are written as length -1. */
export function sizeOfBytes(value: Buffer | string | null | undefined): number {
  if (value === null || value === undefined) return 1;
  const length = typeof value === 'string' ? Buffer.byteLength(value) : value.length;
  return sizeOfVarInt(length) + length;
}

/** As long as a call of the copy in native code takes for the first byte, a loop is faster. */
const shortCopy = 40;

/** @returns the position behind it */
export function copyHeaders(into: Buffer, at: number, { bytes, start, end }: WireHeaders): number {
  if (end - start > shortCopy) return at + bytes.copy(into, at, start, end);
  let next = at;
  for (let index = start; index < end; index += 1) into[next++] = bytes[index] as number;
  return next;
}

function copyAll(into: Buffer, at: number, from: Buffer): number {
  if (from.length > shortCopy) return at + from.copy(into, at);
  let next = at;
  for (let index = 0; index < from.length; index += 1) into[next++] = from[index] as number;
  return next;
}

/** @returns the position behind it */
export function writeBytes(bytes: Buffer, at: number, value: Buffer | string | null | undefined): number {
  if (value === null || value === undefined) return writeVarInt(bytes, at, -1);
  if (typeof value === 'string') {
    const length = Buffer.byteLength(value);
    const start = writeVarInt(bytes, at, length);
    return start + bytes.write(value, start, length, 'utf8');
  }
  return copyAll(bytes, writeVarInt(bytes, at, value.length), value);
}

/** A length and so many bytes; null for a length of -1. */
export function readBytes(reader: Reader): Buffer | null {
  const length = reader.varInt();
  if (length === -1) return null;
  const start = reader.skip(length);
  return reader.bytes.subarray(start, start + length);
}
