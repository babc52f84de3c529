import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ConsumerRunConfig, EachBatchPayload, Kafka as KafkaJs } from 'kafkajs';
import { FakeClock } from '../ops/clock.fixtures.ts';
import { consume } from './consumer.ts';
import type { Batch, Consumer } from './port.ts';
import type { BatchHandler, CommitOffsets } from './runner.ts';

/** Whatever can happen now has happened. */
const quiet = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));

const refusal = (type: string): Error => Object.assign(new Error(type), { type });

interface Member {
  readonly clock: FakeClock;
  readonly consumer: Consumer;
  /** kafkajs hands over a batch of one record. */
  readonly serve: (onBatch: (batch: Batch) => Promise<void> | void) => Promise<void>;
  readonly joinAgain: () => void;
  /** kafkajs tells that it is through with a batch. */
  readonly batchOver: (payload: object) => void;
  readonly told: boolean[];
  /** Heartbeats that kafkajs was asked for. */
  readonly beats: () => number;
}

/** A member over a kafkajs that does what the test says. */
async function member(commit: CommitOffsets): Promise<Member> {
  const listeners = new Map<string, (event: { payload: object }) => void>();
  let handler: BatchHandler | undefined;
  const client = {
    consumer: () => ({
      on: (event: string, listener: (event: { payload: object }) => void) => listeners.set(event, listener),
      connect: () => Promise.resolve(),
      subscribe: () => Promise.resolve(),
      disconnect: () => Promise.resolve(),
      run: ({ eachBatch }: ConsumerRunConfig) => {
        handler = eachBatch as BatchHandler;
        handler.attach(commit);
        return Promise.resolve();
      },
    }),
  };
  let beats = 0;
  const payload = {
    batch: { topic: 'orders', partition: 0, highWatermark: '1', messages: [], lastOffset: () => '0' },
    heartbeat: () => Promise.resolve(void (beats += 1)),
    isRunning: () => true,
    isStale: () => false,
  };
  const clock = new FakeClock();
  const told: boolean[] = [];
  let serving: (batch: Batch) => Promise<void> | void = () => undefined;
  const options = {
    group: 'bar',
    topics: ['orders'],
    sessionTimeoutMs: 10_000,
    fetchBytes: 1 << 18,
    isPaused: () => false,
    onBatch: async (batch: Batch) => serving(batch),
    onAssigned: () => undefined,
    onCommitted: (_offsets: unknown, ok: boolean) => told.push(ok),
    onBeat: () => undefined,
  };
  const consumer = await consume(client as unknown as KafkaJs, options, clock);
  return {
    clock,
    consumer,
    told,
    beats: () => beats,
    serve: async (onBatch) => {
      serving = onBatch;
      await handler?.(payload as unknown as EachBatchPayload);
    },
    batchOver: (what) => listeners.get('consumer.end_batch_process')?.({ payload: what }),
    joinAgain: () => listeners.get('consumer.group_join')?.({ payload: { memberAssignment: {} } }),
  };
}

describe('a consumer over kafkajs', () => {
  it('does not wait for a commit, and commits all partitions together', async () => {
    const asked: unknown[] = [];
    const { serve } = await member((offsets) => {
      asked.push(offsets);
      return new Promise(() => undefined);
    });
    await serve((batch) => batch.commit('1'));
    await quiet();
    assert.deepEqual(asked, [{ topics: [{ topic: 'orders', partitions: [{ partition: 0, offset: '1' }] }] }]);
  });

  it('tells by the next heartbeat that a commit was refused because the group is joined again, until it was', async () => {
    const error = refusal('REBALANCE_IN_PROGRESS');
    const { serve, joinAgain, told } = await member(() => Promise.reject(error));
    await serve((batch) => batch.commit('1'));
    await quiet();
    assert.deepEqual(told, [false]);
    await assert.rejects(
      serve((batch) => batch.heartbeat()),
      error,
    );
    joinAgain();
    await serve((batch) => batch.heartbeat());
  });

  it('does not run ahead of a commit that takes long, and beats meanwhile', async () => {
    const answer = Promise.withResolvers<undefined>();
    const { serve, clock, beats } = await member(() => answer.promise);
    await serve((batch) => batch.commit('1'));
    await quiet();
    await serve((batch) => batch.heartbeat());
    assert.equal(beats(), 1);
    clock.advance(501);
    let goesOn = false;
    const served = serve((batch) => batch.heartbeat()).then(() => (goesOn = true));
    for (let second = 0; second < 5; second += 1) {
      await quiet();
      clock.advance(1_000);
    }
    assert.equal(goesOn, false);
    assert.ok(beats() >= 5);
    answer.resolve(undefined);
    await quiet();
    clock.advance(1_000);
    await served;
  });

  it('tries a commit again, and ends when it fails all the same', async () => {
    let attempts = 0;
    const { serve, consumer, clock, told } = await member(() => {
      attempts += 1;
      return Promise.reject(refusal('GROUP_COORDINATOR_NOT_AVAILABLE'));
    });
    await serve((batch) => batch.commit('1'));
    for (let second = 0; second < 10; second += 1) {
      await quiet();
      clock.advance(1_000);
    }
    await assert.rejects(consumer.ended, { name: 'KafkaFailure', message: /orders\/0/ });
    assert.deepEqual([attempts, told], [6, [false]]);
  });

  it('does not try one again that took a whole request without an answer', async () => {
    let attempts = 0;
    const { serve, consumer, clock } = await member(() => {
      attempts += 1;
      clock.advance(20_000);
      return Promise.reject(refusal('REQUEST_TIMED_OUT'));
    });
    await serve((batch) => batch.commit('1'));
    await assert.rejects(consumer.ended, { name: 'KafkaFailure' });
    assert.equal(attempts, 1);
  });

  it('gets the group past a batch that has no record for it', async () => {
    const asked: unknown[] = [];
    const { batchOver } = await member((offsets) => Promise.resolve(void asked.push(offsets)));
    batchOver({ topic: 'orders', partition: 2, batchSize: 0, lastOffset: '6' });
    batchOver({ topic: 'orders', partition: 3, batchSize: 5, lastOffset: '9' });
    await quiet();
    assert.deepEqual(asked, [{ topics: [{ topic: 'orders', partitions: [{ partition: 2, offset: '7' }] }] }]);
  });
});
