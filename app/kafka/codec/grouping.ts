/** Messages by partition, each looked at once. kafkajs copies an array for each message, which takes quadratic time. */

/** @param partitionOf throws for a message that has no partition to go to */
export function groupByPartition<T>(
  messages: readonly T[],
  partitionOf: (message: T) => number,
): Record<number, T[]> {
  const groups: Record<number, T[]> = {};
  for (const message of messages) (groups[partitionOf(message)] ??= []).push(message);
  return groups;
}
