/**
 * The decoder of record batches of format 2. Records are views of the bytes that were fetched, or decompressed: nothing is copied, and what nobody asks for is not
 * made. What kafkajs says of the same bytes, field by field, is the same, but that timestamps are numbers and headers are {@link WireHeaders}; and that bytes whose checksum
 * is wrong, or that make no sense, are an error and not some record.
 */
import { crc32c } from './crc32c.ts';
import { decompress } from './decompress.ts';
import { WireHeaders } from './headers.ts';
import { afterCrc, afterLength, attribute, magic, offsetOf } from './layout.ts';
import { Malformed, Reader } from './varint.ts';

/** What all records of a batch have in common, by the names of kafkajs. */
export class BatchContext {
  readonly magicByte = magic;
  readonly isControlBatch: boolean;
  readonly inTransaction: boolean;
  /** As kafkajs's: 0 is the time of the producer, 1 that of the broker. */
  readonly timestampType: 0 | 1;
  readonly #bytes: Buffer;
  readonly #start: number;
  /** Exact as a number, or else a bigint. */
  readonly first: number | bigint;
  readonly firstTime: number | bigint;
  readonly lastTime: number | bigint;

  constructor(bytes: Buffer, start: number) {
    const attributes = bytes.readInt16BE(start + offsetOf.attributes);
    this.#bytes = bytes;
    this.#start = start;
    this.isControlBatch = (attributes & attribute.control) !== 0;
    this.inTransaction = (attributes & attribute.transactional) !== 0;
    this.timestampType = (attributes & attribute.logAppendTime) !== 0 ? 1 : 0;
    this.first = exact(bytes.readBigInt64BE(start + offsetOf.baseOffset));
    this.firstTime = exact(bytes.readBigInt64BE(start + offsetOf.firstTimestamp));
    this.lastTime = exact(bytes.readBigInt64BE(start + offsetOf.maxTimestamp));
  }

  get firstOffset(): string {
    return String(this.first);
  }

  get firstTimestamp(): string {
    return String(this.firstTime);
  }

  get maxTimestamp(): string {
    return String(this.lastTime);
  }

  get partitionLeaderEpoch(): number {
    return this.#bytes.readInt32BE(this.#start + offsetOf.leaderEpoch);
  }

  get lastOffsetDelta(): number {
    return this.#bytes.readInt32BE(this.#start + offsetOf.lastOffsetDelta);
  }

  get producerId(): string {
    return String(this.#bytes.readBigInt64BE(this.#start + offsetOf.producerId));
  }

  get producerEpoch(): number {
    return this.#bytes.readInt16BE(this.#start + offsetOf.producerEpoch);
  }

  get firstSequence(): number {
    return this.#bytes.readInt32BE(this.#start + offsetOf.baseSequence);
  }
}

function exact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function sum(a: number | bigint, b: number | bigint): number | bigint {
  if (typeof a === 'number' && typeof b === 'number') {
    const number = a + b;
    if (Number.isSafeInteger(number)) return number;
  }
  return exact(BigInt.asIntN(64, BigInt(a) + BigInt(b)));
}

const noBytes = Buffer.alloc(0);
const noHeaders = new WireHeaders(0, noBytes, 0, 0);

/**
 * A record as it stands in the bytes of a fetch: where its parts are, which are made when they are asked for. There are tens of thousands at a time that wait to be served, and
 * what waits gets old, so each object of a record would cost memory until the next collection of all of it.
 */
export class WireRecord {
  readonly batchContext: BatchContext;
  readonly attributes: number;
  readonly #offsetDelta: number;
  readonly #timeDelta: number | bigint;
  readonly #bytes: Buffer;
  readonly #keyStart: number;
  /** This and the next: -1 for null. */
  readonly #keyLength: number;
  readonly #valueStart: number;
  readonly #valueLength: number;
  readonly #headers: number;
  readonly #headersStart: number;
  readonly #headersEnd: number;

  /** @param reader stands behind the record's own length */
  constructor(reader: Reader, batchContext: BatchContext) {
    this.batchContext = batchContext;
    this.#bytes = reader.bytes;
    this.attributes = (reader.byte() << 24) >> 24;
    this.#timeDelta = reader.varLong();
    this.#offsetDelta = reader.varInt();
    this.#keyLength = reader.varInt();
    this.#keyStart = skipBytes(reader, this.#keyLength);
    this.#valueLength = reader.varInt();
    this.#valueStart = skipBytes(reader, this.#valueLength);
    this.#headers = reader.varInt();
    this.#headersStart = reader.at;
    this.#headersEnd = skipHeaders(reader, this.#headers);
  }

  get key(): Buffer | null {
    return this.#keyLength === -1
      ? null
      : this.#bytes.subarray(this.#keyStart, this.#keyStart + this.#keyLength);
  }

  get value(): Buffer | null {
    return this.#valueLength === -1
      ? null
      : this.#bytes.subarray(this.#valueStart, this.#valueStart + this.#valueLength);
  }

  get headers(): WireHeaders {
    return this.#headers <= 0
      ? noHeaders
      : new WireHeaders(this.#headers, this.#bytes, this.#headersStart, this.#headersEnd);
  }

  get magicByte(): number {
    return magic;
  }

  get isControlRecord(): boolean {
    return this.batchContext.isControlBatch;
  }

  get offset(): string {
    return String(sum(this.batchContext.first, this.#offsetDelta));
  }

  get timestamp(): number | bigint {
    const { timestampType, firstTime, lastTime } = this.batchContext;
    return timestampType === 1 ? lastTime : sum(firstTime, this.#timeDelta);
  }
}

/** @returns where they begin */
function skipBytes(reader: Reader, length: number): number {
  return length === -1 ? reader.at : reader.skip(length);
}

/** @returns the position behind them */
function skipHeaders(reader: Reader, count: number): number {
  for (let index = 0; index < count; index += 1) {
    reader.skip(reader.varInt());
    skipBytes(reader, reader.varInt());
  }
  return reader.at;
}

/** How a batch that begins at `start` stands in the bytes, of which the last may be cut off. */
export interface Extent {
  readonly start: number;
  readonly end: number;
}

/** Undefined: there is no whole batch. The broker cuts off the last one where its answer would get too long. */
export function extentAt(bytes: Buffer, start: number): Extent | undefined {
  if (bytes.length - start < offsetOf.records) return undefined;
  const length = bytes.readInt32BE(start + offsetOf.length);
  const end = start + afterLength + length;
  if (end > bytes.length) return undefined;
  if (end < start + offsetOf.records) throw new Malformed(`a batch of ${length} bytes`);
  return { start, end };
}

/** @throws Malformed */
export function decodeBatch(bytes: Buffer, { start, end }: Extent): WireRecord[] {
  if (crc32c(bytes, start + afterCrc, end) !== bytes.readUInt32BE(start + offsetOf.crc))
    throw new Malformed('a batch whose checksum is wrong');
  const context = new BatchContext(bytes, start);
  const count = bytes.readInt32BE(start + offsetOf.count);
  const records: WireRecord[] = [];
  const reader = recordsOf(bytes, { start, end });
  for (let index = 0; index < count; index += 1) {
    const length = reader.varInt();
    const behind = reader.at + length;
    records.push(new WireRecord(reader, context));
    if (reader.at !== behind) throw new Malformed('a record that is not as long as it says');
  }
  if (reader.at !== reader.end) throw new Malformed('bytes behind the last record');
  return records;
}

function recordsOf(bytes: Buffer, { start, end }: Extent): Reader {
  const compression = bytes.readInt16BE(start + offsetOf.attributes) & attribute.compression;
  if (compression === 0) return new Reader(bytes, start + offsetOf.records, end);
  const records = decompress(compression, bytes.subarray(start + offsetOf.records, end));
  return new Reader(records, 0, records.length);
}

/** Stands in the place of records that cannot be read. */
export class Damage {
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

/**
 * The records of consecutive batches, of which the last may be cut off. Those before one that cannot be read are good; when there are none, they are a single
 * {@link Damage}.
 */
export function decodeBatches(bytes: Buffer): readonly WireRecord[] | readonly [Damage] {
  const batches: WireRecord[][] = [];
  try {
    for (let extent = extentAt(bytes, 0); extent !== undefined; extent = extentAt(bytes, extent.end))
      batches.push(decodeBatch(bytes, extent));
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    if (batches.length === 0) return [new Damage(error.message)];
  }
  return batches.length === 1 ? (batches[0] ?? []) : batches.flat();
}
