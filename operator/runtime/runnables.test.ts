import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock, turns } from './clock.fixtures.ts';
import { MemoryLog } from './log.fixtures.ts';
import { Runnables, type Runnable } from './runnables.ts';

function setup(...parts: Runnable[]) {
  const clock = new FakeClock();
  const log = new MemoryLog();
  return { clock, log, runnables: new Runnables(parts, { clock, log }) };
}

function part(name: string, told: string[], own: Partial<Runnable> = {}): Runnable {
  return {
    name,
    start: () => void told.push(`start ${name}`),
    stop: () => void told.push(`stop ${name}`),
    ...own,
  };
}

const never = new Promise<void>(() => undefined);

describe('runnables', () => {
  it('start in their order and stop in the reverse', async () => {
    const told: string[] = [];
    const { runnables } = setup(part('http', told), part('watch', told), part('controller', told));
    await runnables.start();
    assert.deepEqual(await runnables.stop(), []);
    assert.deepEqual(told, [
      'start http',
      'start watch',
      'start controller',
      'stop controller',
      'stop watch',
      'stop http',
    ]);
  });

  it('stop what was started, the failed one included, when one does not start', async () => {
    const told: string[] = [];
    const { runnables, log } = setup(
      part('http', told),
      part('watch', told, { start: () => Promise.reject(new Error('port 8080 is taken')) }),
      part('controller', told),
    );
    await assert.rejects(runnables.start(), /port 8080 is taken/);
    assert.deepEqual(told, ['start http', 'stop watch', 'stop http']);
    assert.equal(log.at('error').length, 1);
  });

  it('start nothing more once they are stopped, and stop the one whose start has not ended', async () => {
    const told: string[] = [];
    let started = (): void => undefined;
    const { runnables } = setup(
      part('lease', told, { start: () => new Promise((resolve) => (started = resolve)) }),
      part('controller', told),
    );
    const start = runnables.start();
    await turns();
    await runnables.stop();
    started();
    await start;
    assert.deepEqual(told, ['stop lease']);
  });

  it('stop all others within 10 s when one hangs and one fails, and say which hung', async () => {
    const told: string[] = [];
    const { runnables, clock, log } = setup(
      part('http', told),
      part('hangs', told, { stop: () => never }),
      part('fails', told, { stop: () => Promise.reject(new Error('no')) }),
    );
    await runnables.start();
    const stop = runnables.stop();
    await clock.advance(10_000);
    assert.deepEqual(await stop, ['hangs']);
    assert.deepEqual(told.slice(-1), ['stop http']);
    assert.equal(log.at('error')[0]?.message, 'a part of the operator failed to stop');
  });

  it('stop once, however often they are told', async () => {
    const told: string[] = [];
    const { runnables, clock } = setup(part('http', told));
    await runnables.start();
    await Promise.all([runnables.stop(), runnables.stop()]);
    assert.deepEqual(told, ['start http', 'stop http']);
    assert.equal(clock.pending, 0);
  });
});
