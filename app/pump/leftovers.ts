/**
 * What is left on the topics that this group read before its orders topic was changed: orders that were acknowledged there and that nobody else will serve.
 *
 * While an upgrade goes on, the customer still writes to the old topic after the first look, so the worker looks again for some minutes. Then it writes into the
 * group's offset of the old topic that it has left it, and never looks there again: another pipeline may be using that topic for its own orders.
 */
import type { WorkerConfig } from '../config/config.ts';
import type { Admin, Batch, TopicOffset, Watermarks } from '../kafka/port.ts';
import type { PartitionId } from './events.ts';

/** The comment on an offset of a topic that was left. Any later commit of that partition, by a pipeline that went back to the topic, removes it. */
export const leftMark = 'barista: left';

/** Orders of a partition from the group's offset (inclusive) to where the partition ended when we looked. */
export interface Leftover extends PartitionId {
  readonly from: bigint;
  readonly to: bigint;
}

export interface Look {
  /** Where the group is on topics that it has not left yet, in each of their partitions. */
  readonly positions: readonly TopicOffset[];
  readonly leftovers: readonly Leftover[];
}

/** The topics in use: nothing that lies on them is left from another time. Pure. */
export function presentTopics({
  orders,
  hotDrinks,
  coldDrinks,
  deadLetters,
}: WorkerConfig['topics']): Set<string> {
  return new Set([orders, hotDrinks, coldDrinks, deadLetters]);
}

/** Other topics that this group has an offset of, and not left. Pure. */
export function formerTopics(committed: readonly TopicOffset[], present: ReadonlySet<string>): string[] {
  return topicsOf(committed.filter(({ topic, metadata }) => !present.has(topic) && metadata !== leftMark));
}

/**
 * Where the group is in each partition of a topic: at the first record where it has committed nothing, as its members begin there, too. None when the
 * topic was left: what a partition that is gone has no mark on counts as little as what lies on it. Pure.
 */
export function positionsOn(
  topic: string,
  committed: readonly TopicOffset[],
  watermarks: readonly Watermarks[],
): TopicOffset[] {
  const known = committed.filter((offset) => offset.topic === topic);
  const positions = watermarks.map(
    ({ partition, low }) =>
      known.find((offset) => offset.partition === partition) ?? { topic, partition, offset: low },
  );
  const isLeft = positions.every((offset) => offset.metadata === leftMark || !known.includes(offset));
  return isLeft ? [] : positions;
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

/** Looks. A topic that is gone has no leftovers; one that cannot be looked at rejects. */
export async function look(admin: Admin, group: string, present: ReadonlySet<string>): Promise<Look> {
  const committed = await admin.committed(group);
  const positions: TopicOffset[] = [];
  const leftovers: Leftover[] = [];
  for (const topic of formerTopics(committed, present)) {
    const watermarks = (await admin.watermarks(topic)) ?? [];
    const found = positionsOn(topic, committed, watermarks);
    positions.push(...found);
    leftovers.push(...found.flatMap((offset) => leftover(offset, watermarks) ?? []));
  }
  return { positions, leftovers };
}

/** The group's offsets with the mark on them: to be committed when their topics are left. Pure. */
export function marks(positions: readonly TopicOffset[]): TopicOffset[] {
  return positions.map((offset) => ({ ...offset, metadata: leftMark }));
}

/** Those of `leftovers` that `now`, a later look, still finds before the first look's end. Pure. */
export function remaining(leftovers: readonly Leftover[], now: readonly Leftover[]): Leftover[] {
  return leftovers.flatMap((old) => {
    const found = now.find(({ topic, partition }) => topic === old.topic && partition === old.partition);
    return found !== undefined && found.from < old.to ? [{ ...old, from: found.from }] : [];
  });
}

/** Only the orders up to where the old topics ended when we looked: what comes later may be meant for another pipeline. */
export function upTo(leftovers: readonly Leftover[]): (batch: Batch) => Batch {
  return (batch) => {
    const { topic, partition } = batch;
    const found = leftovers.find((each) => each.topic === topic && each.partition === partition);
    const end = found?.to ?? 0n;
    const records = batch.records.filter(({ offset }) => BigInt(offset) < end);
    if (records.length === batch.records.length) return batch;
    batch.pause();
    // Where nothing was left, nothing is committed either.
    const endOffset = end > BigInt(batch.fetchedFrom) ? String(end) : batch.fetchedFrom;
    return { ...batch, records, endOffset };
  };
}
