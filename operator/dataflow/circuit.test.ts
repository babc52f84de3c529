import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { FakeClock } from '../runtime/clock.fixtures.ts';
import { Circuit } from './circuit.ts';
import { DataflowError } from './port.ts';

const away = () => new DataflowError('unreachable', 'look at stream a', 'The server cannot be reached.');

describe('a circuit', () => {
  let clock: FakeClock;
  let circuit: Circuit;
  let changes: boolean[];
  let calls: number;

  beforeEach(() => {
    clock = new FakeClock();
    changes = [];
    calls = 0;
    circuit = new Circuit({ clock, random: () => 0.5, onChange: (isOpen) => changes.push(isOpen) });
  });

  const call = (error?: Error) =>
    circuit.guard('look at stream b', () => {
      calls += 1;
      return error === undefined ? Promise.resolve('answer') : Promise.reject(error);
    });
  const failing = async (times: number, error: () => Error = away) => {
    for (let time = 0; time < times; time++) await assert.rejects(call(error()));
  };

  test('lets calls through, and their failures, until five in a row say that it is the server', async () => {
    assert.equal(await call(), 'answer');
    await failing(4);
    assert.equal(await call(), 'answer');
    await failing(4);
    assert.deepEqual([circuit.isOpen, changes, calls], [false, [], 10]);
    await failing(1);
    assert.deepEqual([circuit.isOpen, changes], [true, [true]]);
  });

  test('open, it refuses in the words of the failure and says when to ask again, which is not the same for all', async () => {
    await failing(5);
    const before = calls;
    await assert.rejects(call(), {
      kind: 'unreachable',
      operation: 'look at stream b',
      message: 'The server cannot be reached.',
      retryAfterMs: 2000 + 0.5 * 5000,
    });
    assert.equal(calls, before, 'nobody called');
  });

  test('lets one call through to see whether the server is back, and waits longer each time it is not', async () => {
    await failing(5);
    for (const [waitMs, total] of [
      [2_000, 6],
      [4_000, 7],
      [8_000, 8],
      [16_000, 9],
      [30_000, 10],
      [30_000, 11],
    ] as const) {
      await clock.advance(waitMs - 1);
      await failing(3);
      assert.equal(calls, total - 1, `not before ${waitMs} ms`);
      await clock.advance(1);
      await failing(3);
      assert.equal(calls, total, `one probe after ${waitMs} ms`);
    }
    assert.deepEqual(changes, [true]);
  });

  test('is probed by one at a time', async () => {
    await failing(5);
    await clock.advance(2_000);
    const { promise, resolve } = Promise.withResolvers<string>();
    const probe = circuit.guard('look at stream b', () => promise);
    await assert.rejects(call());
    resolve('answer');
    assert.equal(await probe, 'answer');
    assert.equal(await call(), 'answer');
    assert.deepEqual(changes, [true, false]);
  });

  test('closes at any answer, also at one that says no', async () => {
    await failing(5);
    await clock.advance(2_000);
    await failing(1, () => new DataflowError('rejected', 'deploy stream b', 'no', { status: 400 }));
    assert.deepEqual(changes, [true, false]);
  });

  test('learns nothing of a call that was given up', async () => {
    const givenUp = () => new DataflowError('unexpected', 'look at stream b', 'The call was given up.');
    await failing(4);
    await failing(1, givenUp);
    await failing(1);
    assert.deepEqual(changes, [true], 'the fifth of the server');
    await clock.advance(2_000);
    await failing(1, givenUp);
    assert.equal(await call(), 'answer', 'the next may probe at once');
  });
});
