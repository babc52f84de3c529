import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Committer } from './committer.ts';
import type { TopicOffset } from './port.ts';

const at = (partition: number, offset: number): TopicOffset => ({
  topic: 'orders',
  partition,
  offset: String(offset),
});

/** Whatever can happen now has happened. */
const quiet = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));

/** A Kafka that answers when the test says so. */
function world() {
  const asked: (PromiseWithResolvers<undefined> & { readonly offsets: string })[] = [];
  const told: string[] = [];
  const written = (offsets: readonly TopicOffset[]): string =>
    offsets.map(({ partition, offset }) => `${partition}:${offset}`).join(' ');
  let now = 0;
  let timers: { readonly at: number; readonly callback: () => void }[] = [];
  const committer = new Committer({
    monotonic: () => now,
    after: (ms, callback) => {
      const timer = { at: now + ms, callback };
      timers.push(timer);
      return () => void (timers = timers.filter((each) => each !== timer));
    },
    commit: (offsets) => {
      const answer = Promise.withResolvers<undefined>();
      asked.push({ ...answer, offsets: written(offsets) });
      return answer.promise;
    },
    onCommitted: (offsets, ok) => told.push(`${ok ? 'done' : 'failed'} ${written(offsets)}`),
    onFailure: (error) => told.push(String(error)),
  });
  const pass = (ms: number): void => {
    now += ms;
    for (const { at: due, callback } of timers) if (due <= now) callback();
  };
  const requests = (): string[] => asked.map(({ offsets }) => offsets);
  return { committer, told, asked, pass, requests, timers: () => timers.length };
}

describe('Committer', () => {
  it('has one commit under way, and the next one takes the last of what has gathered', async () => {
    const { committer, asked, requests, told, pass } = world();
    committer.commit(at(0, 1));
    committer.commit(at(1, 5));
    await quiet();
    committer.commit(at(0, 2));
    committer.commit(at(0, 3));
    committer.commit(at(2, 7));
    pass(100);
    await quiet();
    assert.deepEqual(requests(), ['0:1 1:5']);
    asked[0]?.resolve(undefined);
    await quiet();
    assert.deepEqual(requests(), ['0:1 1:5', '0:3 2:7']);
    assert.deepEqual(told, ['done 0:1 1:5']);
  });

  it('begins a commit no sooner than 100 ms after the one before', async () => {
    const { committer, asked, requests, pass, timers } = world();
    committer.commit(at(0, 1));
    await quiet();
    pass(30);
    asked[0]?.resolve(undefined);
    await quiet();
    committer.commit(at(0, 2));
    committer.commit(at(0, 3));
    pass(69);
    await quiet();
    assert.deepEqual(requests(), ['0:1']);
    pass(1);
    await quiet();
    assert.deepEqual(requests(), ['0:1', '0:3']);
    asked[1]?.resolve(undefined);
    await quiet();
    pass(100);
    await quiet();
    committer.commit(at(0, 4));
    await quiet();
    assert.equal(requests().at(-1), '0:4');
    assert.equal(timers(), 0);
  });

  it('does not pause while somebody waits for it', async () => {
    const { committer, asked, requests, timers } = world();
    committer.commit(at(0, 1));
    await quiet();
    asked[0]?.resolve(undefined);
    await quiet();
    committer.commit(at(0, 2));
    await quiet();
    assert.deepEqual(requests(), ['0:1']);
    const settled = committer.settled();
    await quiet();
    assert.deepEqual(requests(), ['0:1', '0:2']);
    asked[1]?.resolve(undefined);
    await settled;
    assert.equal(timers(), 0);
    // With nothing left to commit, nobody has to wait for the end of the pause either.
    committer.commit(at(0, 3));
    await quiet();
    asked[2]?.resolve(undefined);
    await quiet();
    await committer.settled();
  });

  it('is settled when all was committed, also what came while it was waited for', async () => {
    const { committer, asked } = world();
    await committer.settled();
    committer.commit(at(0, 1));
    let settled = false;
    void committer.settled().then(() => (settled = true));
    await quiet();
    committer.commit(at(0, 2));
    asked[0]?.resolve(undefined);
    await quiet();
    assert.equal(settled, false);
    asked[1]?.resolve(undefined);
    await quiet();
    assert.equal(settled, true);
  });

  it('is behind while a commit takes long, whatever becomes of it', async () => {
    const { committer, asked, pass } = world();
    for (const end of ['resolve', 'reject'] as const) {
      committer.commit(at(0, 1));
      await quiet();
      pass(500);
      assert.equal(committer.isBehind, false);
      pass(1);
      assert.equal(committer.isBehind, true);
      asked.at(-1)?.[end](undefined);
      await committer.settled();
      assert.equal(committer.isBehind, false);
    }
  });

  it('tells of a failure, gives up what was in it, and goes on with what came since', async () => {
    const { committer, asked, requests, told, pass } = world();
    committer.commit(at(0, 1));
    await quiet();
    committer.commit(at(1, 2));
    asked[0]?.reject(new Error('no'));
    await quiet();
    pass(100);
    await quiet();
    assert.deepEqual(told, ['failed 0:1', 'Error: no']);
    assert.deepEqual(requests(), ['0:1', '1:2']);
    asked[1]?.reject(new Error('no again'));
    await committer.settled();
    assert.equal(requests().length, 2);
  });
});
