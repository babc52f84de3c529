import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { turns } from '../runtime/clock.fixtures.ts';
import { Line } from './line.ts';

describe('the line before a server', () => {
  let line: Line;
  /** What is under way, in the order in which it began, with what ends it. */
  let running: Map<string, () => void>;

  beforeEach(() => {
    line = new Line({ all: 4, slow: 2 });
    running = new Map();
  });

  const call = (name: string, signal?: AbortSignal): Promise<void> =>
    line.run(name.startsWith('deploy'), signal, () => {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      running.set(name, () => {
        running.delete(name);
        resolve(undefined);
      });
      return promise;
    });
  const calls = async (...names: string[]): Promise<void> => {
    for (const name of names) void call(name);
    await turns();
  };
  const end = async (name: string): Promise<void> => {
    running.get(name)!();
    await turns();
  };
  const underWay = (): string[] => [...running.keys()];

  it('lets so many calls through at a time, and the others in the order in which they came', async () => {
    await calls('read 1', 'read 2', 'read 3', 'read 4', 'read 5', 'read 6');
    assert.deepEqual(underWay(), ['read 1', 'read 2', 'read 3', 'read 4']);
    assert.deepEqual([line.inFlight, line.waiting], [4, 2]);
    await end('read 3');
    assert.deepEqual(underWay(), ['read 1', 'read 2', 'read 4', 'read 5']);
    await end('read 1');
    await end('read 2');
    assert.deepEqual(underWay(), ['read 4', 'read 5', 'read 6']);
    assert.deepEqual([line.inFlight, line.waiting], [3, 0]);
  });

  it('leaves places to reads, however many slow calls wait', async () => {
    await calls('deploy 1', 'deploy 2', 'deploy 3', 'deploy 4', 'read 1', 'read 2', 'read 3');
    assert.deepEqual(underWay(), ['deploy 1', 'deploy 2', 'read 1', 'read 2']);
    await end('read 1');
    assert.deepEqual(underWay(), ['deploy 1', 'deploy 2', 'read 2', 'read 3'], 'not one more slow one');
    await end('deploy 2');
    assert.deepEqual(underWay(), ['deploy 1', 'read 2', 'read 3', 'deploy 3']);
  });

  it('has no reads overtake a slow call that may go', async () => {
    await calls('read 1', 'read 2', 'read 3', 'read 4', 'deploy 1', 'read 5');
    await end('read 1');
    assert.deepEqual(underWay(), ['read 2', 'read 3', 'read 4', 'deploy 1']);
  });

  it('is left by a caller that gives up, who is not called any more', async () => {
    await calls('read 1', 'read 2', 'read 3', 'read 4');
    const abort = new AbortController();
    const given = call('read 5', abort.signal);
    await calls('read 6');
    abort.abort(new Error('no longer wanted'));
    await assert.rejects(given, /no longer wanted/);
    assert.equal(line.waiting, 1);
    await end('read 1');
    assert.deepEqual(underWay(), ['read 2', 'read 3', 'read 4', 'read 6']);
    await assert.rejects(call('read 7', abort.signal), /no longer wanted/);
  });

  it('gives the place of a call that fails to the next', async () => {
    line = new Line({ all: 1, slow: 1 });
    const failing = line.run(true, undefined, () => Promise.reject(new Error('no')));
    const next = line.run(true, undefined, () => Promise.resolve('answer'));
    await assert.rejects(failing, /no/);
    assert.equal(await next, 'answer');
    assert.deepEqual([line.inFlight, line.waiting], [0, 0]);
  });
});
