/**
 * Which partition a record goes to: the one that Kafka's own clients choose for its key, so that equal keys meet and keep their order,
 * also with the records of other programs; without a key the one that belongs to its input partition, which keeps that partition's order.
 */

const seed = 0x9747b28c;
const mix = 0x5bd1e995;

/** The last one to three bytes, as Kafka folds them in. */
function tail(key: Uint8Array, hash: number): number {
  const end = key.length & ~3;
  let rest = 0;
  for (let at = key.length - 1; at >= end; at -= 1) rest = (rest << 8) | (key[at] ?? 0);
  return key.length === end ? hash : Math.imul(hash ^ rest, mix);
}

/** Murmur2 with Kafka's seed, as a signed 32-bit number. */
export function murmur2(key: Uint8Array): number {
  let hash = seed ^ key.length;
  for (let at = 0; at + 3 < key.length; at += 4) {
    const word =
      (key[at] ?? 0) | ((key[at + 1] ?? 0) << 8) | ((key[at + 2] ?? 0) << 16) | ((key[at + 3] ?? 0) << 24);
    const mixed = Math.imul(word, mix);
    hash = Math.imul(hash, mix) ^ Math.imul(mixed ^ (mixed >>> 24), mix);
  }
  hash = tail(key, hash);
  hash = Math.imul(hash ^ (hash >>> 13), mix);
  return hash ^ (hash >>> 15);
}

/** The output partition for a record of `inputPartition`, out of `partitions`. */
export function outputPartition(key: Uint8Array | null, inputPartition: number, partitions: number): number {
  return (key === null ? inputPartition : murmur2(key) & 0x7fffffff) % partitions;
}
