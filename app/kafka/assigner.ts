/** `assign.ts` as kafkajs wants it. */
import { AssignerProtocol } from './kafkajs.ts';
import type { Cluster, GroupMember, PartitionAssigner } from 'kafkajs';
import { assign } from './assign.ts';
import type { Member } from './assign.ts';

const name = 'BaristaAssigner';
const version = 0;

/** Each member says how many partitions it sees, so that the leader needs no metadata of topics that it does not read. */
function encodeCounts(cluster: Cluster, topics: readonly string[]): Buffer {
  const counts = topics.map((topic) => [topic, cluster.findTopicPartitionMetadata(topic).length]);
  return Buffer.from(JSON.stringify(Object.fromEntries(counts)));
}

/** Total: a member whose note cannot be read is one that has seen no partitions. */
function decodeCounts(note: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(note.toString());
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function toMember({ memberId, memberMetadata }: GroupMember): Member {
  const metadata = AssignerProtocol.MemberMetadata.decode(memberMetadata);
  const counts = metadata === null ? {} : decodeCounts(metadata.userData);
  const seen = (topic: string): number => {
    const count = Object.hasOwn(counts, topic) ? counts[topic] : 0;
    return typeof count === 'number' ? count : 0;
  };
  return { id: memberId, topics: new Map((metadata?.topics ?? []).map((topic) => [topic, seen(topic)])) };
}

export const subscriptionAware: PartitionAssigner = ({ cluster }) => ({
  name,
  version,
  protocol: ({ topics }) => ({
    name,
    metadata: AssignerProtocol.MemberMetadata.encode({
      version,
      topics,
      userData: encodeCounts(cluster, topics),
    }),
  }),
  assign: ({ members }) =>
    Promise.resolve(
      [...assign(members.map(toMember))].map(([memberId, assignment]) => ({
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({
          version,
          assignment,
          userData: Buffer.alloc(0),
        }),
      })),
    ),
});
