/**
 * Which records of a fetch belong to transactions that were given up. Pure.
 *
 * Written anew because kafkajs 2.2.4 gets it wrong as soon as several producers have transactions in a partition: it takes the broker's list for sorted by where
 * transactions began (it is sorted by where they ended) and enters one of them per record at most. So it hands out records of aborted transactions, and, having
 * entered one after its end, withholds what that producer commits later: lost orders.
 */

/** As kafkajs decodes it. Offsets and ids are decimal strings. */
export interface FetchedRecord {
  readonly key: Uint8Array | null;
  readonly offset: string;
  /** Not a record but the end of a transaction. */
  readonly isControlRecord: boolean;
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean };
}

/** A transaction that the broker says was given up: it ends with the next abort marker of its producer. */
export interface AbortedTransaction {
  readonly producerId: string;
  readonly firstOffset: string;
}

/** The key of a control record: version and type, 16 bits each; type 0 is an abort. */
function isAbort({ isControlRecord, key }: FetchedRecord): boolean {
  return isControlRecord && key !== null && key[2] === 0 && key[3] === 0;
}

function byFirstOffset(a: AbortedTransaction, b: AbortedTransaction): number {
  const difference = BigInt(a.firstOffset) - BigInt(b.firstOffset);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** What is left of `messages`, with the control records still among them. */
export function withoutAborted<T extends FetchedRecord>({
  messages,
  abortedTransactions,
}: {
  readonly messages: readonly T[];
  readonly abortedTransactions?: readonly AbortedTransaction[] | null;
}): readonly T[] {
  if (abortedTransactions === undefined || abortedTransactions === null || abortedTransactions.length === 0) {
    return messages;
  }
  const ahead = abortedTransactions.toSorted(byFirstOffset);
  const aborted = new Set<string>();
  return messages.filter((message) => {
    const { producerId, inTransaction } = message.batchContext;
    const offset = BigInt(message.offset);
    for (let next = ahead[0]; next !== undefined && BigInt(next.firstOffset) <= offset; next = ahead[0]) {
      aborted.add(next.producerId);
      ahead.shift();
    }
    if (isAbort(message)) aborted.delete(producerId);
    return message.isControlRecord || !inTransaction || !aborted.has(producerId);
  });
}
