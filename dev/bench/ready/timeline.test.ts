import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { partsOf, type Seen } from './timeline.ts';

const seen = (more: Partial<Seen>): Seen => ({
  applied: 0,
  accepted: 0,
  ready: 1000,
  calls: [],
  pods: [],
  ...more,
});

describe('partsOf', () => {
  it('counts a moment with several calls once', () => {
    const calls = [
      { from: 100, to: 300 },
      { from: 200, to: 400 },
      { from: 250, to: 260 },
      { from: 600, to: 700 },
    ];
    assert.deepEqual(partsOf(seen({ calls })), {
      whole: 1000,
      dataflow: 400,
      pods: 0,
      kubectl: 0,
      rest: 600,
    });
  });

  it('takes the pod that was ready last for the critical one, also while calls are under way', () => {
    const pods = [
      { made: 100, ready: 900 },
      { made: 50, ready: 300 },
    ];
    const calls = [
      { from: 0, to: 150 },
      { from: 500, to: 600 },
      { from: 950, to: 970 },
    ];
    const parts = partsOf(seen({ pods, calls }));
    assert.deepEqual(parts, { whole: 1000, dataflow: 120, pods: 800, kubectl: 0, rest: 80 });
  });

  it('gives kubectl what nobody else has', () => {
    const parts = partsOf(seen({ accepted: 200, calls: [{ from: 150, to: 400 }] }));
    assert.deepEqual(parts, { whole: 1000, dataflow: 250, pods: 0, kubectl: 150, rest: 600 });
  });

  it('counts nothing before the apply or after Ready', () => {
    const calls = [
      { from: -500, to: 100 },
      { from: 990, to: 5000 },
    ];
    const parts = partsOf(seen({ calls, pods: [{ made: 100, ready: 2000 }] }));
    assert.deepEqual(parts, { whole: 1000, dataflow: 100, pods: 900, kubectl: 0, rest: 0 });
  });
});
