import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withoutLeaders } from './metadata.ts';

const partition = (partitionId: number, leader: number, partitionErrorCode = 0) => ({
  partitionId,
  leader,
  partitionErrorCode,
});
const topic = (...partitionMetadata: readonly ReturnType<typeof partition>[]) => ({
  topic: 'orders',
  topicErrorCode: 0,
  partitionMetadata,
});

describe('metadata in which nobody leads a partition', () => {
  it('is no trouble for the other partitions', () => {
    const data = { brokers: [], topicMetadata: [topic(partition(0, 1), partition(1, -1, 5))] };
    const topicMetadata = [topic(partition(0, 1), partition(1, -1))];
    assert.deepEqual(withoutLeaders(data), { brokers: [], topicMetadata });
  });

  it('says so whatever leader was named before', () => {
    const [found] = withoutLeaders({ topicMetadata: [topic(partition(0, 3, 5))] }).topicMetadata;
    assert.deepEqual(found, topic(partition(0, -1)));
  });

  it('keeps every other error', () => {
    const data = { topicMetadata: [{ ...topic(partition(0, 1, 72)), topicErrorCode: 3 }] };
    assert.deepEqual(withoutLeaders(data), data);
  });
});
