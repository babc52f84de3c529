/**
 * The encoder of Kafka's Produce requests, versions 3 to 7, with record batches of format 2, uncompressed. Pure but for memory.
 *
 * Two passes: the first finds out how long everything is, the second writes it into one buffer of just that length. What kafkajs writes for the same input is
 * the same, byte for byte, but where kafkajs is wrong: it takes the first and last timestamp of a batch from their order as text, and throws on null headers.
 */
import { crc32c } from './crc32c.ts';
import {
  copyHeaders,
  listOf,
  sizeOfBytes,
  sizeOfList,
  WireHeaders,
  writeBytes,
  writeList,
  type HeaderList,
  type Headers,
} from './headers.ts';
import { afterCrc, afterLength, attribute, magic, offsetOf } from './layout.ts';
import { sizeOfVarInt, sizeOfVarLong, writeVarInt, writeVarLong } from './varint.ts';

/** Milliseconds since 1970: 64 bits, signed; a string is decimal. */
export type Timestamp = number | bigint | string;

export interface Encodable {
  readonly key?: Buffer | string | null | undefined;
  readonly value?: Buffer | string | null | undefined;
  readonly headers?: Headers | undefined;
  /** Undefined: the time of writing. */
  readonly timestamp?: Timestamp | undefined;
}

export interface PartitionRecords {
  readonly partition: number;
  /** At least one. */
  readonly messages: readonly Encodable[];
  /** Of an idempotent producer; 0 otherwise. */
  readonly firstSequence: number;
}

export interface ProduceRequest {
  readonly transactionalId: string | null;
  readonly acks: number;
  /** Milliseconds in which the replicas have to answer the broker. */
  readonly timeout: number;
  /** -1: it is neither idempotent nor transactional. */
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly topics: readonly { readonly topic: string; readonly partitions: readonly PartitionRecords[] }[];
}

const noHeaders: HeaderList = [];

/** What a batch will be, found in the first pass. */
interface Plan {
  readonly source: PartitionRecords;
  readonly first: number | bigint;
  readonly last: number | bigint;
  /** Of each record, behind its own length. */
  readonly sizes: Int32Array;
  readonly deltas: readonly (number | bigint)[];
  readonly headers: readonly (WireHeaders | HeaderList)[];
  readonly size: number;
}

/**
 * @param now milliseconds since 1970, for records without a timestamp
 * @param room bytes that are left free before it, and not set, for the head of the request
 */
export function encodeProduce(request: ProduceRequest, now: number, room = 0): Buffer {
  const topics = request.topics.map(({ topic, partitions }) => ({
    topic,
    plans: partitions.map((partition) => planOf(partition, now)),
  }));
  let size = sizeOfString(request.transactionalId) + 2 + 4 + 4;
  for (const { topic, plans } of topics)
    size += sizeOfString(topic) + 4 + plans.reduce((sum, plan) => sum + 8 + plan.size, 0);
  const bytes = Buffer.allocUnsafe(room + size);
  let at = writeString(bytes, room, request.transactionalId);
  at = bytes.writeInt16BE(request.acks, at);
  at = bytes.writeInt32BE(request.timeout, at);
  at = bytes.writeInt32BE(topics.length, at);
  for (const { topic, plans } of topics) {
    at = bytes.writeInt32BE(plans.length, writeString(bytes, at, topic));
    for (const plan of plans) {
      at = bytes.writeInt32BE(plan.source.partition, at);
      at = writeBatch(bytes, bytes.writeInt32BE(plan.size, at), plan, request);
    }
  }
  return bytes;
}

/** One batch by itself. */
export function encodeBatch(
  source: PartitionRecords,
  producer: Pick<ProduceRequest, 'producerId' | 'producerEpoch' | 'transactionalId'>,
  now: number,
): Buffer {
  const plan = planOf(source, now);
  const bytes = Buffer.allocUnsafe(plan.size);
  writeBatch(bytes, 0, plan, producer);
  return bytes;
}

function planOf(source: PartitionRecords, now: number): Plan {
  const { messages } = source;
  const times = timesOf(messages, now);
  const sizes = new Int32Array(messages.length);
  const headers: (WireHeaders | HeaderList)[] = [];
  let size: number = offsetOf.records;
  for (let index = 0; index < messages.length; index += 1) {
    const message = messages[index] as Encodable;
    const delta = times.deltas[index] as number | bigint;
    const fields = message.headers;
    const list = fields instanceof WireHeaders ? fields : fields === undefined ? noHeaders : listOf(fields);
    headers.push(list);
    const count = list instanceof WireHeaders ? list.count : list.length;
    const body =
      1 +
      sizeOfVarLong(delta) +
      sizeOfVarInt(index) +
      sizeOfBytes(message.key) +
      sizeOfBytes(message.value) +
      sizeOfVarInt(count) +
      (list instanceof WireHeaders ? list.byteLength : sizeOfList(list));
    sizes[index] = body;
    size += sizeOfVarInt(body) + body;
  }
  return { source, ...times, sizes, headers, size };
}

function timeOf(timestamp: Timestamp): number | bigint {
  if (typeof timestamp !== 'string') return timestamp;
  const number = Number(timestamp);
  return Number.isSafeInteger(number) ? number : BigInt(timestamp);
}

/** The first and the last time of a batch, and how far each record's is from the first. */
function timesOf(messages: readonly Encodable[], now: number): Pick<Plan, 'first' | 'last' | 'deltas'> {
  const given: (number | bigint | undefined)[] = [];
  let first: number | bigint | undefined;
  let last: number | bigint | undefined;
  for (const { timestamp } of messages) {
    const time = timestamp === undefined ? undefined : timeOf(timestamp);
    given.push(time);
    if (time === undefined) continue;
    if (first === undefined || time < first) first = time;
    if (last === undefined || time > last) last = time;
  }
  const from = first ?? now;
  return { first: from, last: last ?? now, deltas: given.map((time) => difference(time ?? now, from)) };
}

function difference(a: number | bigint, b: number | bigint): number | bigint {
  if (typeof a === 'number' && typeof b === 'number') {
    const number = a - b;
    if (Number.isSafeInteger(number)) return number;
  }
  return BigInt.asIntN(64, BigInt(a) - BigInt(b));
}

/** @returns the position behind it */
function writeBatch(
  bytes: Buffer,
  start: number,
  plan: Plan,
  {
    producerId,
    producerEpoch,
    transactionalId,
  }: Pick<ProduceRequest, 'producerId' | 'producerEpoch' | 'transactionalId'>,
): number {
  const { source, sizes, deltas, headers } = plan;
  const { messages, firstSequence } = source;
  let at = bytes.writeBigInt64BE(0n, start);
  at = bytes.writeInt32BE(plan.size - afterLength, at);
  at = bytes.writeInt32BE(0, at);
  at = bytes.writeInt8(magic, at) + 4;
  at = bytes.writeInt16BE(transactionalId === null ? 0 : attribute.transactional, at);
  at = bytes.writeInt32BE(messages.length - 1, at);
  at = bytes.writeBigInt64BE(BigInt(plan.first), at);
  at = bytes.writeBigInt64BE(BigInt(plan.last), at);
  at = bytes.writeBigInt64BE(producerId, at);
  at = bytes.writeInt16BE(producerEpoch, at);
  at = bytes.writeInt32BE(firstSequence, at);
  at = bytes.writeInt32BE(messages.length, at);
  for (let index = 0; index < messages.length; index += 1) {
    const message = messages[index] as Encodable;
    at = writeVarInt(bytes, at, sizes[index] as number);
    bytes[at] = 0;
    at = writeVarLong(bytes, at + 1, deltas[index] as number | bigint);
    at = writeVarInt(bytes, at, index);
    at = writeBytes(bytes, at, message.key);
    at = writeBytes(bytes, at, message.value);
    at = writeHeaders(bytes, at, headers[index] as WireHeaders | HeaderList);
  }
  bytes.writeUInt32BE(crc32c(bytes, start + afterCrc, at), start + offsetOf.crc);
  return at;
}

function writeHeaders(bytes: Buffer, at: number, headers: WireHeaders | HeaderList): number {
  if (!(headers instanceof WireHeaders))
    return writeList(bytes, writeVarInt(bytes, at, headers.length), headers);
  return copyHeaders(bytes, writeVarInt(bytes, at, headers.count), headers);
}

export function sizeOfString(value: string | null): number {
  return 2 + (value === null ? 0 : Buffer.byteLength(value));
}

export function writeString(bytes: Buffer, at: number, value: string | null): number {
  if (value === null) return bytes.writeInt16BE(-1, at);
  const length = Buffer.byteLength(value);
  const start = bytes.writeInt16BE(length, at);
  return start + bytes.write(value, start, length, 'utf8');
}
