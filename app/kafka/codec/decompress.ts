/** The four compressions of Kafka. */
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { fromLz4 } from './lz4.ts';
import { fromSnappy } from './snappy.ts';
import { Malformed } from './varint.ts';
import { mostBytes } from './window.ts';

const options = { maxOutputLength: mostBytes };

/** By their number in the attributes of a batch. */
const readers: Readonly<Record<number, (bytes: Buffer) => Buffer>> = {
  1: (bytes) => gunzipSync(bytes, options),
  2: fromSnappy,
  3: fromLz4,
  4: (bytes) => zstdDecompressSync(bytes, options),
};

/**
 * @param compression its number in the attributes of a batch
 * @throws Malformed
 */
export function decompress(compression: number, bytes: Buffer): Buffer {
  const reader = readers[compression];
  if (reader === undefined)
    throw new Malformed(`a compression of number ${compression}, which Kafka has not`);
  try {
    return reader(bytes);
  } catch (error) {
    if (error instanceof Malformed) throw error;
    throw new Malformed(error instanceof Error ? error.message : String(error));
  }
}
