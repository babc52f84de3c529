import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PipelineStatus } from '../api/types.ts';
import { Transitions } from './transitions.ts';

const status = (ready: 'True' | 'False', generation: number): PipelineStatus => ({
  conditions: [
    {
      type: 'Ready',
      status: ready,
      reason: 'X',
      message: '',
      observedGeneration: generation,
      lastTransitionTime: '',
    },
  ],
});

function recorder() {
  const seen: string[] = [];
  const transitions = new Transitions({
    timeToReady: (seconds) => seen.push(`ready ${seconds}`),
    drift: (seconds) => seen.push(`drift ${seconds}`),
  });
  const change = (before: PipelineStatus, after: PipelineStatus, now: number) =>
    transitions.changed('a/b', { before, after, createdAt: 0, now: now * 1000 });
  return { seen, change };
}

test('a new pipeline counts from its creation', () => {
  const { seen, change } = recorder();
  change({}, status('False', 1), 2);
  change(status('False', 1), status('False', 1), 3);
  change(status('False', 1), status('True', 1), 10);
  assert.deepEqual(seen, ['ready 10']);
});

test('a changed spec counts from the change', () => {
  const { seen, change } = recorder();
  change(status('True', 1), status('False', 2), 20);
  change(status('False', 2), status('True', 2), 25);
  assert.deepEqual(seen, ['ready 5']);
});

test('what was ready in the same generation has drifted', () => {
  const { seen, change } = recorder();
  change(status('True', 1), status('False', 1), 20);
  change(status('False', 1), status('True', 1), 23);
  change(status('True', 1), status('True', 1), 30);
  assert.deepEqual(seen, ['drift 3']);
});
