import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock, turns } from './clock.fixtures.ts';
import { Controller, type ControllerMetrics } from './controller.ts';
import { MemoryLog } from './log.fixtures.ts';
import { settled, type Outcome } from './outcome.ts';
import { WorkQueue } from './workqueue.ts';

type Reconcile = (key: string, signal: AbortSignal) => Promise<Outcome>;

/** A controller under a fake clock, and what its metrics were told. */
function aController(reconcile: Reconcile, workers = 1) {
  const clock = new FakeClock();
  const log = new MemoryLog();
  const queue = new WorkQueue({ clock, random: () => 0 });
  const told: string[] = [];
  const metrics: ControllerMetrics = {
    active: () => undefined,
    finished: (result) => told.push(result),
    terminalError: () => told.push('terminal'),
    panic: () => told.push('panic'),
    timeout: () => told.push('timeout'),
  };
  const controller = new Controller({
    queue,
    workers,
    reconcile,
    clock,
    log,
    metrics,
    keyField: 'pipeline',
    deadlineMs: 60_000,
  });
  controller.start();
  return { clock, log, queue, told, controller };
}

/** Never resolves before its signal aborts; then it throws, as fetch does. */
function untilAborted(signal: AbortSignal): Promise<Outcome> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')));
  });
}

describe('what a controller does with an outcome', () => {
  const cases: { outcome: Outcome; result: string[]; againAfterMs: number | undefined; level: string }[] = [
    { outcome: settled, result: ['success'], againAfterMs: undefined, level: 'debug' },
    {
      outcome: { kind: 'recheck', afterMs: 3_000, reason: 'deploying' },
      result: ['requeue_after'],
      againAfterMs: 3_000,
      level: 'debug',
    },
    {
      outcome: { kind: 'retry', error: new Error('SCDF is away') },
      result: ['error'],
      againAfterMs: 1_000,
      level: 'warn',
    },
    {
      outcome: { kind: 'retry', error: new Error('SCDF is busy'), afterMs: 7_000 },
      result: ['error'],
      againAfterMs: 7_000,
      level: 'warn',
    },
    {
      outcome: { kind: 'stalled', reason: 'NameConflict' },
      result: ['terminal', 'error'],
      againAfterMs: undefined,
      level: 'debug',
    },
  ];
  for (const { outcome, result, againAfterMs, level } of cases) {
    const name = `${outcome.kind}${'afterMs' in outcome ? ` after ${String(outcome.afterMs)} ms` : ''}`;
    it(`${name}: counts ${result.join(', ')} and looks again ${againAfterMs === undefined ? 'never' : `after ${againAfterMs} ms`}`, async () => {
      let runs = 0;
      const { clock, queue, told, log } = aController(async () => {
        runs += 1;
        return outcome;
      });
      queue.add('bar/downtown');
      await turns();
      assert.deepEqual(told, result);
      assert.equal(log.lines.at(-1)?.level, level);
      await clock.advance((againAfterMs ?? 3_600_000) - 1);
      assert.equal(runs, 1);
      await clock.advance(1);
      assert.equal(runs, againAfterMs === undefined ? 1 : 2);
    });
  }

  it('forgets earlier failures after a success', async () => {
    const outcomes: Outcome[] = [
      { kind: 'retry', error: new Error('1') },
      { kind: 'retry', error: new Error('2') },
      settled,
    ];
    const { clock, queue } = aController(async () => outcomes.shift()!);
    queue.add('a');
    await clock.advance(10_000);
    assert.deepEqual(outcomes, []);
    assert.equal(queue.failures('a'), 0);
  });

  it('says why, how long it took and for what it names the key', async () => {
    const error = new Error('away');
    const { queue, log } = aController(async () => ({ kind: 'retry', error, reason: 'Unavailable' }));
    queue.add('bar/downtown');
    await turns();
    const { fields } = log.at('warn')[0]!;
    const { pipeline, reason, durationMs, retryInMs, failures, err } = fields;
    assert.deepEqual(
      { pipeline, reason, durationMs, retryInMs, failures, err },
      {
        pipeline: 'bar/downtown',
        reason: 'Unavailable',
        durationMs: 0,
        retryInMs: 1000,
        failures: 1,
        err: error,
      },
    );
  });

  it('says error instead of warning when a key keeps failing', async () => {
    const { clock, queue, log } = aController(async () => ({ kind: 'retry', error: new Error('away') }));
    queue.add('a');
    await clock.advance(60_000);
    assert.equal(log.at('warn').length, 4);
    assert.ok(log.at('error').length > 0);
  });
});

describe('a reconcile that throws', () => {
  it('is counted as a panic, logged with its stack, retried with back-off, and stops no other key', async () => {
    const seen: string[] = [];
    const { clock, queue, told, log } = aController(async (key) => {
      seen.push(key);
      if (key === 'bad') throw new TypeError('undefined is not a function');
      return settled;
    });
    queue.add('bad');
    queue.add('good');
    await turns();
    assert.deepEqual(seen, ['bad', 'good']);
    assert.deepEqual(told, ['panic', 'error', 'success']);
    const [line] = log.at('error');
    assert.match((line?.fields['err'] as Error).stack!, /controller\.test\.ts/);
    await clock.advance(1_000);
    assert.deepEqual(seen, ['bad', 'good', 'bad']);
  });

  it('may throw anything, also before it returns a promise', async () => {
    const { queue, told, log } = aController(() => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- the point of the test
      throw 'a string';
    });
    queue.add('a');
    await turns();
    assert.deepEqual(told, ['panic', 'error']);
    assert.match((log.at('error')[0]?.fields['err'] as Error).message, /a string/);
  });
});

describe('the workers', () => {
  it('run as many reconciles at a time as there are workers, never two of one key', async () => {
    const running: string[] = [];
    const finish: (() => void)[] = [];
    const { queue } = aController((key) => {
      running.push(key);
      return new Promise((resolve) => finish.push(() => resolve(settled)));
    }, 2);
    for (const key of ['a', 'b', 'c']) queue.add(key);
    await turns();
    queue.add('a');
    assert.deepEqual(running, ['a', 'b']);
    finish.shift()!();
    await turns();
    assert.deepEqual(running, ['a', 'b', 'c']);
  });
});

describe('starting a controller', () => {
  it('a second time, as by a second term of leadership, adds no workers', async () => {
    const running: string[] = [];
    const { queue, controller } = aController((key) => {
      running.push(key);
      return new Promise(() => undefined);
    });
    controller.start();
    queue.add('a');
    queue.add('b');
    await turns();
    assert.deepEqual(running, ['a']);
  });
});

describe('a reconcile that takes too long', () => {
  it('is aborted at its deadline, counted, and retried, but is no panic', async () => {
    const { clock, queue, told, log } = aController((_, signal) => untilAborted(signal));
    queue.add('slow');
    await clock.advance(60_000);
    assert.deepEqual(told, ['timeout', 'error']);
    assert.equal((log.at('warn')[0]?.fields['err'] as Error).message, 'it took longer than 60 s');
  });

  it('that ignores its signal keeps its key, and shows as overdue', async () => {
    const { clock, queue, controller } = aController(() => new Promise(() => undefined));
    queue.add('deaf');
    await clock.advance(59_000);
    assert.equal(controller.overdueMs(), 0);
    await clock.advance(31_000);
    assert.equal(controller.overdueMs(), 30_000);
  });
});

describe('stopping a controller', () => {
  it('lets what runs come to its end and starts nothing', async () => {
    const seen: string[] = [];
    let finish = (): void => undefined;
    const { queue, controller, clock } = aController((key) => {
      seen.push(key);
      return new Promise((resolve) => (finish = () => resolve(settled)));
    });
    queue.add('a');
    queue.add('b');
    await turns();
    let stopped = false;
    const stop = controller.stop().then(() => (stopped = true));
    await clock.advance(1_000);
    assert.equal(stopped, false);
    finish();
    await stop;
    assert.deepEqual(seen, ['a']);
    assert.equal(clock.pending, 0);
  });

  it('aborts after the grace time what still runs', async () => {
    const { queue, controller, clock, told, log } = aController((_, signal) => untilAborted(signal));
    queue.add('a');
    await turns();
    let stopped = false;
    const stop = controller.stop().then(() => (stopped = true));
    await clock.advance(4_999);
    assert.equal(stopped, false);
    await clock.advance(1);
    await stop;
    assert.deepEqual(told, ['error']);
    assert.deepEqual(log.at('error'), []);
  });

  it('aborts at once when the leadership is lost', async () => {
    const { queue, controller } = aController((_, signal) => untilAborted(signal));
    queue.add('a');
    await turns();
    controller.abort('the lease is lost');
    await turns();
    assert.deepEqual(queue.running(), []);
  });
});
