/** CRC-32C (Castagnoli), as Kafka's record batches carry it: eight bytes a step, by eight tables ("slicing by 8", Kounavis and Berry 2005). */

const polynomial = 0x82f6_3b78;

/** Eight tables of 256, one behind the other. Table k says what a byte does to the sum when k more bytes come after it. */
const tables = makeTables();

function makeTables(): Int32Array {
  const all = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let sum = byte;
    for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ polynomial : sum >>> 1;
    all[byte] = sum;
  }
  for (let index = 256; index < all.length; index += 1) {
    const before = all[index - 256] as number;
    all[index] = (before >>> 8) ^ (all[before & 0xff] as number);
  }
  return all;
}

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
      at(tables, 0x700 | (low & 0xff)) ^
      at(tables, 0x600 | ((low >>> 8) & 0xff)) ^
      at(tables, 0x500 | ((low >>> 16) & 0xff)) ^
      at(tables, 0x400 | (low >>> 24)) ^
      at(tables, 0x300 | at(bytes, index + 4)) ^
      at(tables, 0x200 | at(bytes, index + 5)) ^
      at(tables, 0x100 | at(bytes, index + 6)) ^
      at(tables, at(bytes, index + 7));
  }
  for (; index < end; index += 1) sum = (sum >>> 8) ^ at(tables, (sum ^ at(bytes, index)) & 0xff);
  return (sum ^ -1) >>> 0;
}
