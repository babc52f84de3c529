/**
 * What is left on the topics that this group read before its orders topic was changed: orders that were acknowledged there and that nobody else will serve.
 *
 * While an upgrade goes on, the customer still writes to the old topic after the first look, so the worker looks again for some minutes. Then it writes into the
 * group's offset of the old topic that it has left it, and never looks there again: another pipeline may be using that topic for its own orders.
 */
import type { Admin, TopicOffset, Watermarks } from '../kafka/port.ts';
import type { PartitionId } from './events.ts';

/** The comment on an offset of a topic that was left. Any later commit of that partition, by a pipeline that went back to the topic, removes it. */
export const leftMark = 'barista: left';

/** Seconds between one look and the next; after the last one the topics are left. */
export const looksAfterSeconds = [10, 20, 40, 80, 160] as const;

/** Orders of a partition from the group's offset (inclusive) to where the partition ended when we looked. */
export interface Leftover extends PartitionId {
  readonly from: bigint;
  readonly to: bigint;
}

export interface Look {
  /** Offsets on topics that this group has not left yet. */
  readonly unmarked: readonly TopicOffset[];
  readonly leftovers: readonly Leftover[];
}

/** The group's offsets on other topics, as far as those still exist and were not left. Pure. */
export function unmarkedOffsets(
  committed: readonly TopicOffset[],
  orders: string,
  existing: ReadonlySet<string>,
): TopicOffset[] {
  return committed.filter(
    ({ topic, metadata }) => topic !== orders && metadata !== leftMark && existing.has(topic),
  );
}

/** What of a partition is still to be served: nothing when the offset is at the end, or what was there has expired. Pure. */
export function leftover(offset: TopicOffset, watermarks: readonly Watermarks[]): Leftover | undefined {
  const found = watermarks.find(({ partition }) => partition === offset.partition);
  if (found === undefined) return undefined;
  const committed = BigInt(offset.offset);
  const low = BigInt(found.low);
  const from = committed > low ? committed : low;
  const to = BigInt(found.high);
  return from < to ? { topic: offset.topic, partition: offset.partition, from, to } : undefined;
}

export function countOrders(leftovers: readonly Leftover[]): number {
  return leftovers.reduce((sum, { from, to }) => sum + Number(to - from), 0);
}

export function topicsOf(leftovers: readonly PartitionId[]): string[] {
  return [...new Set(leftovers.map(({ topic }) => topic))].sort();
}

/** Looks. A topic that goes away meanwhile has no leftovers. */
export async function look(admin: Admin, group: string, orders: string): Promise<Look> {
  const committed = await admin.committed(group);
  if (committed.every(({ topic }) => topic === orders)) return { unmarked: [], leftovers: [] };
  const unmarked = unmarkedOffsets(committed, orders, new Set(await admin.topics()));
  const leftovers: Leftover[] = [];
  for (const topic of topicsOf(unmarked)) {
    const watermarks = await admin.watermarks(topic).catch(() => []);
    for (const offset of unmarked) {
      const found = offset.topic === topic ? leftover(offset, watermarks) : undefined;
      if (found !== undefined) leftovers.push(found);
    }
  }
  return { unmarked, leftovers };
}

/** The group's offsets with the mark on them: to be committed when their topics are left. Pure. */
export function marks(unmarked: readonly TopicOffset[]): TopicOffset[] {
  return unmarked.map((offset) => ({ ...offset, metadata: leftMark }));
}

/** Those of `leftovers` that `now`, a later look, still finds before the first look's end. Pure. */
export function remaining(leftovers: readonly Leftover[], now: readonly Leftover[]): Leftover[] {
  return leftovers.flatMap((old) => {
    const found = now.find(({ topic, partition }) => topic === old.topic && partition === old.partition);
    return found !== undefined && found.from < old.to ? [{ ...old, from: found.from }] : [];
  });
}
