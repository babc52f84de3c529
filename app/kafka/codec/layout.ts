/** Where what stands in a record batch of format 2, in bytes from its beginning: Kafka's documentation, "Record Batch". */
export const offsetOf = {
  baseOffset: 0,
  /** Of what comes after it. */
  length: 8,
  leaderEpoch: 12,
  /** In the older formats too. */
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  firstTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  count: 57,
  records: 61,
} as const;

/** The length that a batch says of itself is from here on; the checksum is over what comes after {@link offsetOf.crc}. */
export const afterLength = offsetOf.leaderEpoch;
export const afterCrc = offsetOf.attributes;

export const magic = 2;

export const attribute = {
  compression: 0x07,
  logAppendTime: 0x08,
  transactional: 0x10,
  control: 0x20,
} as const;
