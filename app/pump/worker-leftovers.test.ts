import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aConfig, Bar, evens, odds } from './pump.fixtures.ts';

describe('a worker whose orders topic was changed', () => {
  const old = aConfig({ topics: { orders: 'old' } });

  /** Serves some orders on the old topic, and leaves some that came after. */
  async function moved(bar: Bar): Promise<void> {
    const before = bar.start(old);
    await bar.until('to join', () => before.of('assigned').length > 0);
    bar.numbers('old', 30);
    await bar.until('drinks', () => [0, 1, 2].every((partition) => bar.committed('old', partition) === '10'));
    await before.stop();
    bar.numbers('old', 30, 30);
  }

  it('serves what is left on the old one first, and then the new one alone', async () => {
    const bar = new Bar();
    await moved(bar);
    bar.broker.createTopic('orders', 3);
    bar.numbers('orders', 30, 60);
    const after = bar.start();
    await bar.until('all drinks', () => bar.read('hot').length + bar.read('cold').length >= 90);
    assert.deepEqual([bar.served('hot'), bar.served('cold')], [evens(90), odds(90)]);
    const topics = after.of('served').map(({ topic }) => topic);
    assert.deepEqual(
      topics,
      topics.toSorted((a, b) => (a === b ? 0 : a === 'old' ? -1 : 1)),
    );
    assert.deepEqual(after.of('leftovers'), [{ type: 'leftovers', topics: ['old'], orders: 30 }]);
    assert.deepEqual(after.of('assigned').at(-1)?.assignment, { orders: [0, 1, 2] });
    await after.stop();
  });

  it('looks again for orders that came to the old one later, and leaves it for good in the end', async () => {
    const bar = new Bar();
    await moved(bar);
    const after = bar.start();
    await bar.until('to join', () => after.of('assigned').length >= 2);
    bar.numbers('old', 30, 60);
    await bar.until('late drinks', () => bar.read('hot').length + bar.read('cold').length >= 90);
    await bar.pass(600_000);
    bar.numbers('old', 30, 90);
    await bar.pass(600_000);
    await after.stop();
    const again = bar.start();
    await bar.until('to join again', () => again.of('assigned').length > 0);
    await bar.pass(600_000);
    await again.stop();
    assert.deepEqual([bar.served('hot'), bar.served('cold')], [evens(90), odds(90)]);
    assert.equal(bar.broker.offset('bar', 'old', 0)?.metadata, 'barista: left');
  });

  it('serves no more of the old one than was there when it looked: that may be meant for another pipeline', async () => {
    const bar = new Bar();
    await moved(bar);
    let came = false;
    bar.broker.faults.answer = () => {
      if (!came) bar.numbers('old', 30, 60);
      came = true;
      return undefined;
    };
    const after = bar.start();
    await bar.until('the new one', () => after.of('assigned').at(-1)?.assignment['orders'] !== undefined);
    assert.equal(bar.read('hot').length + bar.read('cold').length, 60);
    assert.deepEqual(after.of('leftovers-served'), [
      { type: 'leftovers-served', topics: ['old'], complete: true },
    ]);
    await after.stop();
  });

  it('leaves them alone when told', async () => {
    const bar = new Bar();
    await moved(bar);
    const after = bar.start(aConfig({ leftovers: false }));
    await bar.until('to join', () => after.of('assigned').length > 0);
    await bar.pass(60_000);
    await after.stop();
    assert.equal(bar.read('hot').length + bar.read('cold').length, 30);
  });

  it('does not mind that the old one was deleted', async () => {
    const bar = new Bar();
    await moved(bar);
    bar.broker.topics.delete('old');
    const after = bar.start();
    await bar.until('to join', () => after.of('assigned').length > 0);
    assert.deepEqual(after.of('leftovers'), []);
    await after.stop();
  });

  it('serves them together with a worker that still reads the old one', async () => {
    const bar = new Bar();
    await moved(bar);
    const before = bar.start(old);
    const after = bar.start();
    await bar.until('all drinks', () => bar.read('hot').length + bar.read('cold').length >= 60);
    await bar.until('the new one', () => after.of('assigned').at(-1)?.assignment['orders'] !== undefined);
    bar.numbers('old', 30, 60);
    await bar.until('late drinks', () => bar.read('hot').length + bar.read('cold').length >= 90);
    await Promise.all([before.stop(), after.stop()]);
    assert.deepEqual([...new Set(bar.served('hot'))], evens(90));
  });
});
