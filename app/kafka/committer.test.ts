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
  const committer = new Committer({
    monotonic: () => now,
    commit: (offsets) => {
      const answer = Promise.withResolvers<undefined>();
      asked.push({ ...answer, offsets: written(offsets) });
      return answer.promise;
    },
    onCommitted: (offsets, ok) => told.push(`${ok ? 'done' : 'failed'} ${written(offsets)}`),
    onFailure: (error) => told.push(String(error)),
  });
  const pass = (ms: number): void => void (now += ms);
  return { committer, told, asked, pass, requests: () => asked.map(({ offsets }) => offsets) };
}

describe('Committer', () => {
  it('has one commit under way, and the next one takes the last of what has gathered', async () => {
    const { committer, asked, requests, told } = world();
    committer.commit(at(0, 1));
    committer.commit(at(1, 5));
    await quiet();
    committer.commit(at(0, 2));
    committer.commit(at(0, 3));
    committer.commit(at(2, 7));
    await quiet();
    assert.deepEqual(requests(), ['0:1 1:5']);
    asked[0]?.resolve(undefined);
    await quiet();
    assert.deepEqual(requests(), ['0:1 1:5', '0:3 2:7']);
    assert.deepEqual(told, ['done 0:1 1:5']);
    asked[1]?.resolve(undefined);
    await quiet();
    committer.commit(at(0, 4));
    await quiet();
    assert.equal(requests().at(-1), '0:4');
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
      await quiet();
      assert.equal(committer.isBehind, false);
    }
  });

  it('tells of a failure, gives up what was in it, and goes on with what came since', async () => {
    const { committer, asked, requests, told } = world();
    committer.commit(at(0, 1));
    await quiet();
    committer.commit(at(1, 2));
    asked[0]?.reject(new Error('no'));
    await quiet();
    assert.deepEqual(told, ['failed 0:1', 'Error: no']);
    assert.deepEqual(requests(), ['0:1', '1:2']);
    asked[1]?.reject(new Error('no again'));
    await committer.settled();
    assert.equal(requests().length, 2);
  });
});
