/**
 * What a fetch has brought of one partition, with the questions that kafkajs's consumer asks of it: its `Batch`, written anew because that one makes a
 * big integer of each record's offset, and two lists of all records.
 */
import { withoutAborted, type AbortedTransaction } from '../aborted.ts';
import { Damage } from './decode.ts';

export interface FetchedRecord {
  readonly key: Buffer | null;
  readonly offset: string;
  readonly isControlRecord: boolean;
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean };
}

export interface FetchedPartition<T> {
  readonly partition: number;
  readonly highWatermark: string;
  readonly abortedTransactions?: readonly AbortedTransaction[] | null;
  /** In the order of their offsets. */
  readonly messages: readonly T[] | readonly [Damage];
}

export class FetchedBatch<T extends FetchedRecord> {
  readonly topic: string;
  readonly partition: number;
  readonly fetchedOffset: string;
  readonly highWatermark: string;
  readonly rawMessages: readonly T[] | readonly [Damage];
  /** From the offset that was asked for on: the broker sends whole batches, which may begin before it. */
  readonly messagesWithinOffset: readonly T[];
  /** Those of transactions that were given up, and the ends of transactions, are not among them. */
  readonly messages: readonly T[];

  constructor(topic: string, fetchedOffset: string, fetched: FetchedPartition<T>) {
    this.topic = topic;
    this.partition = fetched.partition;
    this.fetchedOffset = fetchedOffset;
    this.highWatermark = fetched.highWatermark;
    this.rawMessages = fetched.messages;
    const { messages } = fetched;
    this.messagesWithinOffset = isDamaged(messages) ? [] : from(fetchedOffset, messages);
    const { abortedTransactions = null } = fetched;
    const visible = withoutAborted({ messages: this.messagesWithinOffset, abortedTransactions });
    const isPlain = !visible.some((message) => message.isControlRecord);
    this.messages = isPlain ? visible : visible.filter((message) => !message.isControlRecord);
  }

  /** Why what was fetched cannot be read: it has no messages then, and is not empty either. */
  get damage(): string | undefined {
    return isDamaged(this.rawMessages) ? this.rawMessages[0].why : undefined;
  }

  isEmpty(): boolean {
    return this.messages.length === 0 && this.damage === undefined;
  }

  isEmptyIncludingFiltered(): boolean {
    return this.messagesWithinOffset.length === 0;
  }

  isEmptyDueToFiltering(): boolean {
    return this.isEmpty() && this.rawMessages.length > 0;
  }

  isEmptyControlRecord(): boolean {
    return this.isEmpty() && this.messagesWithinOffset.some((message) => message.isControlRecord);
  }

  isEmptyDueToLogCompactedMessages(): boolean {
    return this.rawMessages.length > 0 && this.isEmptyIncludingFiltered();
  }

  firstOffset(): string | null {
    return this.messagesWithinOffset[0]?.offset ?? null;
  }

  lastOffset(): string {
    if (this.damage !== undefined) return String(BigInt(this.fetchedOffset) - 1n);
    if (this.isEmptyDueToLogCompactedMessages()) return this.fetchedOffset;
    return this.messagesWithinOffset.at(-1)?.offset ?? String(BigInt(this.highWatermark) - 1n);
  }

  offsetLag(): string {
    return String(BigInt(this.highWatermark) - 1n - BigInt(this.lastOffset()));
  }

  offsetLagLow(): string {
    const first = this.firstOffset();
    return first === null ? '0' : String(BigInt(this.highWatermark) - 1n - BigInt(first));
  }
}

function isDamaged(messages: readonly unknown[]): messages is readonly [Damage] {
  return messages[0] instanceof Damage;
}

function from<T extends FetchedRecord>(offset: string, messages: readonly T[]): readonly T[] {
  const wanted = BigInt(offset);
  const first = messages.findIndex((message) => BigInt(message.offset) >= wanted);
  if (first === 0) return messages;
  return first === -1 ? [] : messages.slice(first);
}
