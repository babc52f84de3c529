import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { afterWatch, type NextStep, type WatchEnd } from './after-watch.ts';
import { KubeError } from './port.ts';

const closed: WatchEnd = { kind: 'closed' };
const reset: WatchEnd = { kind: 'failed', error: new KubeError('transient', 'reset') };
const gone: WatchEnd = { kind: 'failed', error: new KubeError('gone', 'too old') };
const busy: WatchEnd = {
  kind: 'failed',
  error: new KubeError('tooManyRequests', 'busy', { retryAfterMs: 7_000 }),
};
const garbage: WatchEnd = { kind: 'garbage', reason: 'a line that is not JSON' };

describe('what follows a watch', () => {
  const cases: [string, WatchEnd, number, number, NextStep][] = [
    ['closed in time: go on at once', closed, 300_000, 3, { relist: false, failures: 0, atLeastMs: 0 }],
    ['closed at once: that is a failure', closed, 10, 0, { relist: false, failures: 1, atLeastMs: 0 }],
    ['reset: go on later', reset, 5_000, 0, { relist: false, failures: 1, atLeastMs: 0 }],
    ['reset again: go on later still', reset, 5_000, 1, { relist: false, failures: 2, atLeastMs: 0 }],
    [
      'reset after a healthy time: failures before do not count',
      reset,
      120_000,
      4,
      { relist: false, failures: 1, atLeastMs: 0 },
    ],
    ['reset for the fifth time: list', reset, 10, 4, { relist: true, failures: 5, atLeastMs: 0 }],
    [
      'gone in the course of a watch: list at once',
      gone,
      60_000,
      0,
      { relist: true, failures: 0, atLeastMs: 0 },
    ],
    [
      'gone from the start: list, but not in a tight loop',
      gone,
      5,
      0,
      { relist: true, failures: 1, atLeastMs: 0 },
    ],
    ['too many requests: when the server said', busy, 5, 0, { relist: false, failures: 1, atLeastMs: 7_000 }],
    ['garbage: list', garbage, 60_000, 0, { relist: true, failures: 1, atLeastMs: 0 }],
  ];
  for (const [name, end, livedMs, failures, next] of cases) {
    it(name, () => assert.deepEqual(afterWatch(end, livedMs, failures), next));
  }
});
