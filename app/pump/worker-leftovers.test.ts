import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Delivery } from '../config/config.ts';
import { KafkaFailure } from '../kafka/port.ts';
import type { Admin, Kafka } from '../kafka/port.ts';
import { leftMark } from './leftovers.ts';
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
    // Some come twice: a partition changes hands while it is served.
    const different = (): number => new Set([...bar.served('hot'), ...bar.served('cold')]).size;
    await bar.until('all drinks', () => different() >= 60);
    await bar.until('the new one', () => after.of('assigned').at(-1)?.assignment['orders'] !== undefined);
    bar.numbers('old', 30, 60);
    await bar.until('late drinks', () => different() >= 90);
    await Promise.all([before.stop(), after.stop()]);
    assert.deepEqual([...new Set(bar.served('hot'))], evens(90));
  });

  it('serves partitions of the old one of which it had committed nothing', async () => {
    const bar = new Bar();
    bar.broker.createTopic('old', 3);
    bar.broker.setOffset('bar', { topic: 'old', partition: 0, offset: '10' });
    bar.numbers('old', 30);
    const after = bar.start();
    await bar.until('the drinks', () => bar.drinks() >= 20);
    await bar.pass(600_000);
    await after.stop();
    assert.equal(bar.drinks(), 20);
    assert.deepEqual(
      [0, 1, 2].map((partition) => bar.broker.offset('bar', 'old', partition)?.metadata),
      [leftMark, leftMark, leftMark],
    );
  });

  it('does not take its own drinks and dead letters for leftovers', async () => {
    for (const present of ['hotDrinks', 'coldDrinks', 'deadLetters']) {
      const bar = new Bar();
      await moved(bar);
      const after = bar.start(aConfig({ topics: { [present]: 'old' } }));
      await bar.until('to join', () => after.of('assigned').length > 0);
      await bar.pass(20_000);
      await after.stop();
      assert.deepEqual(after.of('leftovers'), [], present);
    }
  });

  it('does not leave the old one while what is left there cannot be served, and says so', async () => {
    const bar = new Bar();
    await moved(bar);
    bar.broker.faults.write = () => new KafkaFailure('tell', 'not allowed');
    const after = bar.start();
    await bar.pass(1_200_000);
    assert.match(after.of('leftovers-stuck').at(-1)?.why ?? '', /^30 orders on old /);
    assert.equal(bar.broker.offset('bar', 'old', 0)?.metadata, undefined);
    bar.numbers('old', 30, 60);
    bar.broker.faults.write = () => undefined;
    await bar.until('the drinks', () => bar.drinks() >= 60);
    await bar.pass(400_000);
    await after.stop();
    assert.deepEqual([...new Set([...bar.served('hot'), ...bar.served('cold')])].length, 60);
    assert.equal(bar.broker.offset('bar', 'old', 0)?.metadata, leftMark);
  });

  for (const advice of ['tell', 'wait'] as const) {
    it(`does not take an old one that it cannot look at for one that is gone (${advice})`, async () => {
      const bar = new Bar();
      await moved(bar);
      const after = bar.start();
      await bar.until('to join', () => after.of('assigned').at(-1)?.assignment['orders'] !== undefined);
      bar.numbers('old', 30, 60);
      bar.broker.faults.look = (topic) => (topic === 'old' ? new KafkaFailure(advice, 'no look') : undefined);
      await bar.pass(600_000);
      assert.equal(bar.broker.offset('bar', 'old', 0)?.metadata, undefined);
      bar.broker.faults.look = () => undefined;
      await bar.until('the drinks', () => bar.drinks() >= 90);
      await after.stop();
    });
  }

  it('serves new orders although it may not look at the old topic, and says so', async () => {
    const bar = new Bar();
    await moved(bar);
    bar.broker.faults.look = (topic) => (topic === 'old' ? new KafkaFailure('tell', 'denied') : undefined);
    bar.broker.createTopic('orders', 3);
    bar.numbers('orders', 3, 60);
    const after = bar.start();
    await bar.until('the drinks', () => bar.drinks() >= 33);
    assert.equal(after.of('leftovers-stuck')[0]?.why, 'denied');
    await after.stop();
  });

  it('looks at old topics with an admin that is closed afterwards', async () => {
    const bar = new Bar();
    await moved(bar);
    const asked: { topics: Set<string>; closed: boolean }[] = [];
    const watched = (admin: Admin): Admin => {
      const note = { topics: new Set<string>(), closed: false };
      asked.push(note);
      return {
        ...admin,
        watermarks: (topic) => admin.watermarks((note.topics.add(topic), topic)),
        close: () => admin.close().then(() => void (note.closed = true)),
      };
    };
    const wrap = (kafka: Kafka): Kafka => ({ ...kafka, admin: async () => watched(await kafka.admin()) });
    const after = bar.start(aConfig(), wrap);
    await bar.until('to join', () => after.of('assigned').length >= 2);
    await bar.pass(60_000);
    const former = asked.filter(({ topics }) => topics.has('old'));
    assert.ok(former.length >= 2 && former.every(({ topics, closed }) => topics.size === 1 && closed));
    await after.stop();
    assert.ok(asked.every(({ closed }) => closed));
  });
});

for (const delivery of ['AtLeastOnce', 'ExactlyOnce'] satisfies Delivery[]) {
  describe(`a worker that has served nothing yet, ${delivery}`, () => {
    const old = aConfig({ delivery, topics: { orders: 'old' } });
    const begun = (bar: Bar): boolean =>
      [0, 1, 2].every((partition) => bar.broker.offset('bar', 'old', partition)?.metadata !== leftMark) &&
      [0, 1, 2].every((partition) => bar.committed('old', partition) !== undefined);

    it('is remembered by the topic: what came there after it is served by one with another topic', async () => {
      const bar = new Bar();
      const before = bar.start(old);
      await bar.until('the beginnings', () => begun(bar));
      await before.stop();
      bar.numbers('old', 30);
      const after = bar.start(aConfig({ delivery }));
      await bar.until('the drinks', () => bar.drinks() >= 30);
      await after.stop();
      assert.deepEqual([bar.served('hot'), bar.served('cold')], [evens(30), odds(30)]);
    });

    it('is remembered by a topic that was left before', async () => {
      const bar = new Bar();
      bar.broker.createTopic('old', 3);
      bar.numbers('old', 30);
      for (const partition of [0, 1, 2]) {
        bar.broker.setOffset('bar', { topic: 'old', partition, offset: '10', metadata: leftMark });
      }
      const before = bar.start(old);
      await bar.until('the beginnings', () => begun(bar));
      await before.stop();
      assert.equal(bar.committed('old'), '10');
      bar.numbers('old', 30, 30);
      const after = bar.start(aConfig({ delivery }));
      await bar.until('the drinks', () => bar.drinks() >= 30);
      await after.stop();
      assert.deepEqual([bar.served('hot'), bar.served('cold')], [evens(30, 30), odds(30, 30)]);
    });

    it('writes down where it begins before it serves, however long that takes', async () => {
      const bar = new Bar();
      bar.broker.createTopic('old', 3);
      bar.numbers('old', 30);
      const commits: string[] = [];
      bar.broker.faults.commit = ({ partition, offset }) => void commits.push(`${partition}: ${offset}`);
      const slow = (kafka: Kafka): Kafka => ({
        ...kafka,
        admin: () => bar.clock.sleep(3_000).then(() => kafka.admin()),
      });
      const worker = bar.start(old, slow);
      await bar.until('the drinks', () => bar.drinks() >= 30);
      await bar.pass(20_000);
      await worker.stop();
      const sorted = commits.toSorted();
      assert.deepEqual(sorted, ['0: 0', '0: 10', '1: 0', '1: 10', '2: 0', '2: 10']);
      for (const partition of [0, 1, 2]) {
        assert.ok(commits.indexOf(`${partition}: 0`) < commits.indexOf(`${partition}: 10`));
        assert.equal(bar.committed('old', partition), '10');
      }
    });

    it('serves although it cannot write that down, says so, and makes up for it at the next assignment', async () => {
      const bar = new Bar();
      bar.broker.createTopic('old', 3);
      bar.order('old', [{ value: '2' }]);
      bar.broker.faults.commit = ({ offset }) =>
        offset === '0' ? new KafkaFailure('wait', 'no commit') : undefined;
      const one = bar.start(old);
      await bar.until('the drink', () => bar.committed('old') === '1');
      assert.equal(one.of('unwatched')[0]?.why, 'no commit');
      assert.equal(bar.committed('old', 1), undefined);
      bar.broker.faults.commit = () => undefined;
      const two = bar.start(old);
      await bar.until('the beginnings', () => begun(bar));
      await Promise.all([one.stop(), two.stop()]);
    });
  });
}
