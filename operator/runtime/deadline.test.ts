import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';
import { FakeClock } from './clock.fixtures.ts';
import { Deadline } from './deadline.ts';

const late = () => new Error('late');

describe('a deadline', () => {
  it('aborts with its reason when the time is up, and not before', async () => {
    const clock = new FakeClock();
    const { signal } = new Deadline(clock, 1000, late);
    await clock.advance(999);
    assert.equal(signal.aborted, false);
    await clock.advance(1);
    assert.equal((signal.reason as Error).message, 'late');
  });

  it('aborts with its caller, also with one that has aborted already', () => {
    const caller = new AbortController();
    const before = new Deadline(new FakeClock(), 1000, late, caller.signal);
    caller.abort(new Error('shutdown'));
    const after = new Deadline(new FakeClock(), 1000, late, caller.signal);
    for (const { signal } of [before, after]) {
      const { message, cause } = signal.reason as Error;
      assert.deepEqual([message, (cause as Error).message], ['the call was cancelled', 'shutdown']);
    }
  });

  it('counts for the caller alone when the answer has arrived', async () => {
    const clock = new FakeClock();
    const caller = new AbortController();
    const deadline = new Deadline(clock, 1000, late, caller.signal);
    deadline.arrived();
    await clock.advance(1000);
    assert.equal(deadline.signal.aborted, false);
    caller.abort();
    assert.equal(deadline.signal.aborted, true);
  });

  it('leaves nothing behind when the call is over', async () => {
    const clock = new FakeClock();
    const caller = new AbortController();
    const deadline = new Deadline(clock, 1000, late, caller.signal);
    assert.equal(getEventListeners(caller.signal, 'abort').length, 1);
    deadline.over();
    assert.equal(getEventListeners(caller.signal, 'abort').length, 0);
    await clock.advance(1000);
    caller.abort();
    assert.equal(deadline.signal.aborted, false);
  });
});
