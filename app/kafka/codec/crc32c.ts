/** CRC-32C (Castagnoli), as Kafka's record batches carry it: eight bytes a step, by eight tables ("slicing by 8", Kounavis and Berry 2005). */

const polynomial = 0x82f6_3b78;

/** Table k says what a byte does to the sum when k more bytes come after it. */
const tables: readonly Int32Array[] = makeTables();

function makeTables(): Int32Array[] {
  const first = new Int32Array(256);
  for (let byte = 0; byte < 256; byte += 1) {
    let sum = byte;
    for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ polynomial : sum >>> 1;
    first[byte] = sum;
  }
  const all = [first];
  for (let k = 1; k < 8; k += 1) {
    const before = all[k - 1] ?? first;
    all.push(before.map((sum) => (sum >>> 8) ^ (first[sum & 0xff] ?? 0)));
  }
  return all;
}

const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as unknown as readonly [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
];

/** Of the bytes from `start` up to `end`; unsigned. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  // Every index is within its array, which the compiler cannot see; checking each would take as long as the sum itself.
  const at = (array: Int32Array | Uint8Array, index: number): number => array[index] as number;
  let sum = -1;
  let index = start;
  for (const whole = end - 7; index < whole; index += 8) {
    const low =
      sum ^
      (at(bytes, index) |
        (at(bytes, index + 1) << 8) |
        (at(bytes, index + 2) << 16) |
        (at(bytes, index + 3) << 24));
    sum =
      at(t7, low & 0xff) ^
      at(t6, (low >>> 8) & 0xff) ^
      at(t5, (low >>> 16) & 0xff) ^
      at(t4, low >>> 24) ^
      at(t3, at(bytes, index + 4)) ^
      at(t2, at(bytes, index + 5)) ^
      at(t1, at(bytes, index + 6)) ^
      at(t0, at(bytes, index + 7));
  }
  for (; index < end; index += 1) sum = (sum >>> 8) ^ at(t0, (sum ^ at(bytes, index)) & 0xff);
  return (sum ^ -1) >>> 0;
}
