/** Records at random, and kafkajs's own codec to compare with. It is loaded as it is: nothing here installs ours. */
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { crc32c } from './crc32c.ts';
import type { Encodable } from './encode.ts';

const load = createRequire(import.meta.url);

export interface KafkaJsRecord {
  readonly attributes: number;
  readonly timestamp: string;
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly isControlRecord: boolean;
  readonly batchContext: Readonly<Record<string, unknown>>;
}

type Decoder = object;
const Decoder = load('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => Decoder;
const decodeMessages = load('kafkajs/src/protocol/requests/fetch/v4/decodeMessages') as (
  decoder: Decoder,
) => Promise<KafkaJsRecord[]>;
const request = load('kafkajs/src/protocol/requests/produce/v3/request') as (send: object) => {
  encode: () => Promise<{ buffer: Buffer }>;
};

/** What kafkajs writes. */
export async function kafkaJsEncodes(send: object): Promise<Buffer> {
  return (await request(send).encode()).buffer;
}

/** What kafkajs reads in a set of batches. */
export function kafkaJsDecodes(batches: Buffer): Promise<KafkaJsRecord[]> {
  const size = Buffer.alloc(4);
  size.writeInt32BE(batches.length);
  return decodeMessages(new Decoder(Buffer.concat([size, batches])));
}

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));
const text = fc.string({ unit: 'grapheme', maxLength: 12 });

/** Null, empty, small, and longer than two bytes of length. */
export const aValue = fc.oneof(fc.constant(null), bytes(20), bytes(300), fc.constant(Buffer.alloc(9_000, 7)));
const headerValue = fc.oneof(bytes(12), text);

/** No null among them, which kafkajs cannot write, and no name that every object has, which it reads wrongly. */
export const someHeaders = fc.dictionary(
  text.filter((name) => !(name in {})),
  fc.oneof(headerValue, fc.array(headerValue, { maxLength: 3 })),
  { maxKeys: 4 },
);

/** Of one number of digits, since kafkajs compares them as text. */
const aTime = fc.integer({ min: 1_000_000_000_000, max: 9_999_999_999_999 }).map(String);

export const aMessage: fc.Arbitrary<Encodable> = fc.record({
  key: fc.oneof(aValue, text),
  value: fc.oneof(aValue, text),
  headers: fc.oneof(fc.constant({}), someHeaders),
  timestamp: fc.oneof(aTime, fc.constant(undefined)),
});

export const someMessages = fc.array(aMessage, { minLength: 1, maxLength: 20 });

/** Changes in the head of a batch, with a checksum that fits. */
export function altered(
  batch: Buffer,
  change: { readonly attributes?: number; readonly firstOffset?: bigint; readonly maxTimestamp?: bigint },
): Buffer {
  const copy = Buffer.from(batch);
  if (change.firstOffset !== undefined) copy.writeBigInt64BE(change.firstOffset, 0);
  if (change.attributes !== undefined) copy.writeInt16BE(change.attributes, 21);
  if (change.maxTimestamp !== undefined) copy.writeBigInt64BE(change.maxTimestamp, 35);
  copy.writeUInt32BE(crc32c(copy, 21), 17);
  return copy;
}
