/**
 * One round: so many orders of a batch as go into one request, and what comes of them. Pure.
 *
 * Rounds have a bound because a broker refuses a request for a partition of more than its `max.message.bytes` as a whole, and because what is not
 * acknowledged is served again.
 */
import type { BadOrderPolicy } from '../config/config.ts';
import { WireHeaders } from '../kafka/codec/headers.ts';
import {
  headersWith,
  type Headers,
  type InRecord,
  type OutRecord,
  type TopicRecords,
} from '../kafka/port.ts';
import { outputPartition } from '../kafka/partition.ts';
import { badOrderMessage, route, serving } from '../route/route.ts';
import type { BadOrderReason, Drink } from '../route/route.ts';
import type { PartitionId, Tally } from './events.ts';

export interface Output {
  readonly topic: string;
  /** At least 1. */
  readonly partitions: number;
}

/** Where drinks and bad orders go. */
export interface Menu {
  readonly hot: Output;
  readonly cold: Output;
  readonly deadLetters: Output;
  readonly policy: BadOrderPolicy;
}

export interface Limits {
  /** Orders in a round, at least 1. */
  readonly records: number;
  /** Of all that is written, estimated from above; a single order may exceed it. */
  readonly bytes: number;
}

/** 4000 records a request: with fewer, the requests themselves cost as much as the records, transactions even more. 768 KiB: a broker takes 1 MiB, and our estimate is from above. */
export const fullRound: Limits = { records: 4_000, bytes: 768 * 1_024 };

export interface BadOrder {
  readonly offset: string;
  readonly reason: BadOrderReason;
}

export interface Round {
  readonly drinks: readonly TopicRecords[];
  readonly deadLetters: readonly TopicRecords[];
  /** Of all of it, estimated from above. */
  readonly bytes: number;
  /** Index of the first order that is not in it. */
  readonly next: number;
  readonly tally: Tally;
  /** The order at `next` is bad, and the policy is to stop at it. */
  readonly stop: BadOrder | undefined;
}

export interface RoundInput {
  readonly source: PartitionId & { readonly records: readonly InRecord[] };
  /** Index of the first order. */
  readonly from: number;
  readonly menu: Menu;
  readonly limits: Limits;
  /** The offset of an order whose drink the broker has refused: it is a bad one. */
  readonly refused: string | undefined;
}

/** What goes into a drink's record, made once. */
const cups: Readonly<Record<Drink, Buffer>> = {
  hot: Buffer.from(serving.hot),
  cold: Buffer.from(serving.cold),
};

/** Upper bound of what a record costs beside its key, value and headers, with room for our own headers. */
const overheadBytes = 96;
const deadLetterBytes = 1_024;

function headerBytes(headers: Headers | undefined): number {
  if (headers === undefined) return 0;
  if (headers instanceof WireHeaders) return headers.byteLength;
  let bytes = 0;
  for (const name in headers) {
    const value = headers[name];
    const length = (part: unknown): number =>
      Buffer.isBuffer(part) || typeof part === 'string' ? part.length * 3 : 0;
    const size = Array.isArray(value)
      ? value.reduce<number>((sum, part) => sum + length(part), 0)
      : length(value);
    bytes += name.length * 3 + size + 8;
  }
  return bytes;
}

function deadLetter(record: InRecord, source: PartitionId, to: Output, reason: BadOrderReason): OutRecord {
  return {
    key: record.key,
    value: record.value,
    headers: headersWith(record.headers, {
      'x-original-topic': source.topic,
      'x-original-partition': String(source.partition),
      'x-original-offset': record.offset,
      'x-original-timestamp': String(record.timestamp),
      'x-exception-message': badOrderMessage[reason],
    }),
    // A timestamp that the broker has refused, it refuses again.
    timestamp: reason === 'refused' ? undefined : record.timestamp,
    partition: source.partition % to.partitions,
  };
}

/** Collects a round. A class because it is one growing value with many fields, made and dropped for each round. */
class RoundBuilder {
  readonly input: RoundInput;
  readonly poured: Record<Drink, OutRecord[]> = { hot: [], cold: [] };
  readonly letters: OutRecord[] = [];
  readonly bad: Record<BadOrderReason, number> = { 'no-digit': 0, refused: 0 };
  tombstones = 0;
  bytes = 0;
  next: number;
  stop: BadOrder | undefined;

  constructor(input: RoundInput) {
    this.input = input;
    this.next = input.from;
  }

  /** False when the round ends before this order. */
  take(record: InRecord): boolean {
    const { refused } = this.input;
    // Offsets are made when they are asked for, which is seldom.
    const answer = refused !== undefined && record.offset === refused ? 'refused' : route(record.value);
    if (answer === 'no-digit' || answer === 'refused') return this.takeBad(record, answer);
    if (answer === 'tombstone') return this.takeTombstone();
    // Either is made when it is asked for, so it is asked for once.
    const { key, headers } = record;
    if (!this.makeRoom(overheadBytes + (key?.length ?? 0) + headerBytes(headers))) return false;
    const { source, menu } = this.input;
    this.poured[answer].push({
      key,
      value: cups[answer],
      headers,
      timestamp: record.timestamp,
      partition: outputPartition(key, source.partition, menu[answer].partitions),
    });
    return true;
  }

  private takeTombstone(): boolean {
    if (!this.makeRoom(0)) return false;
    this.tombstones += 1;
    return true;
  }

  private takeBad(record: InRecord, reason: BadOrderReason): boolean {
    const { menu, source } = this.input;
    if (menu.policy === 'Stop') {
      this.stop = { offset: record.offset, reason };
      return false;
    }
    const keep = menu.policy === 'DeadLetter';
    const { key, value, headers } = record;
    const size = deadLetterBytes + (key?.length ?? 0) + (value?.length ?? 0) + headerBytes(headers);
    if (!this.makeRoom(keep ? size : 0)) return false;
    this.bad[reason] += 1;
    if (keep) this.letters.push(deadLetter(record, source, menu.deadLetters, reason));
    return true;
  }

  /** Whether there is room for one more, which the first order always has; then it is taken. */
  private makeRoom(size: number): boolean {
    const { from, limits } = this.input;
    const count = this.next - from;
    if (count > 0 && (count >= limits.records || this.bytes + size > limits.bytes)) return false;
    this.bytes += size;
    this.next += 1;
    return true;
  }

  build(): Round {
    const { menu, from } = this.input;
    const { hot, cold } = this.poured;
    const to = (output: Output, records: readonly OutRecord[]): TopicRecords[] =>
      records.length === 0 ? [] : [{ topic: output.topic, records }];
    return {
      drinks: [...to(menu.hot, hot), ...to(menu.cold, cold)],
      deadLetters: to(menu.deadLetters, this.letters),
      bytes: this.bytes,
      next: this.next,
      tally: {
        received: this.next - from,
        hot: hot.length,
        cold: cold.length,
        tombstones: this.tombstones,
        bad: this.bad,
      },
      stop: this.stop,
    };
  }
}

/** Decides orders from `from` on until a limit, the end, or an order to stop at. */
export function nextRound(input: RoundInput): Round {
  const builder = new RoundBuilder(input);
  const { records } = input.source;
  for (let at = input.from; at < records.length; at += 1) {
    const record = records[at];
    if (record === undefined || !builder.take(record)) break;
  }
  return builder.build();
}
