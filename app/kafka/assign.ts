/**
 * Who reads which partition. kafkajs's own assigner deals out the topics that the *leader* subscribes to, also to members that do not:
 * while an upgrade changes the orders topic, old and new workers are one group with different topics, and those partitions would be read by nobody.
 */

export interface Member {
  readonly id: string;
  /** What it subscribes to, and how many partitions it has seen each topic have. */
  readonly topics: ReadonlyMap<string, number>;
}

interface Share {
  readonly id: string;
  readonly topics: ReadonlyMap<string, number>;
  readonly given: Record<string, number[]>;
  count: number;
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Members may have looked at different times; partitions never become fewer, so the largest number is the latest. */
function partitionCounts(members: readonly Member[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { topics } of members) {
    for (const [topic, count] of topics) counts.set(topic, Math.max(count, counts.get(topic) ?? 0));
  }
  return counts;
}

function poorest(shares: readonly Share[]): Share | undefined {
  let found: Share | undefined;
  for (const share of shares) if (found === undefined || share.count < found.count) found = share;
  return found;
}

/**
 * Deals every partition of every subscribed topic to exactly one member that subscribes to it, as evenly as that allows.
 * The same members in any order give the same result. Pure.
 *
 * @returns for each member its partitions by topic; a member that gets none has an empty record
 */
export function assign(members: readonly Member[]): ReadonlyMap<string, Record<string, number[]>> {
  const shares = members
    .map(({ id, topics }): Share => ({ id, topics, given: {}, count: 0 }))
    .sort((a, b) => byText(a.id, b.id));
  const readers = (topic: string): Share[] => shares.filter((share) => share.topics.has(topic));
  const topics = [...partitionCounts(members)]
    .map(([topic, count]) => ({ topic, count, shares: readers(topic) }))
    // Topics with few readers first: the others can make up for it.
    .sort((a, b) => a.shares.length - b.shares.length || byText(a.topic, b.topic));
  for (const { topic, count, shares: able } of topics) {
    for (let partition = 0; partition < count; partition += 1) {
      const share = poorest(able);
      if (share === undefined) continue;
      (share.given[topic] ??= []).push(partition);
      share.count += 1;
    }
  }
  return new Map(shares.map(({ id, given }) => [id, given]));
}
