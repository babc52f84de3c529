import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FakeClock } from './clock.fixtures.ts';
import { WorkQueue } from './workqueue.ts';

/** A queue whose keys name their server before the slash. */
class Bench {
  readonly queue: WorkQueue;
  readonly running: string[] = [];

  constructor(places: number, servers: readonly string[]) {
    const lanes = { places, laneOf: (key: string) => key.split('/')[0] ?? '', names: () => servers };
    this.queue = new WorkQueue({ clock: new FakeClock(), random: () => 0, lanes });
    // As many workers as there are places.
    for (let worker = 0; worker < places; worker++) void this.#take();
  }

  async #take(): Promise<void> {
    const key = await this.queue.take();
    if (key !== undefined) this.running.push(key);
  }

  /** Ends a turn; its worker takes another. */
  async end(key: string): Promise<void> {
    this.running.splice(this.running.indexOf(key), 1);
    this.queue.done(key);
    void this.#take();
    await settle();
  }

  async add(server: string, count: number): Promise<void> {
    for (let n = 0; n < count; n++) this.queue.add(`${server}/${n}`);
    await settle();
  }

  on(server: string): number {
    return this.running.filter((key) => key.startsWith(`${server}/`)).length;
  }
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('workers and servers', () => {
  it('go all to the only server that there is', async () => {
    const bench = new Bench(8, ['a']);
    await bench.add('a', 20);
    assert.equal(bench.on('a'), 8);
  });

  it('leave some for the pipelines of other servers, while the turns of one hang', async () => {
    const bench = new Bench(32, ['hangs', 'b', 'c']);
    await bench.add('hangs', 100);
    assert.equal(bench.on('hangs'), 24);
    await bench.add('b', 10);
    assert.deepEqual([bench.on('hangs'), bench.on('b')], [24, 4]);
    await bench.add('c', 10);
    assert.deepEqual([bench.on('b'), bench.on('c')], [4, 4]);
  });

  it('leave some also when two servers hang', async () => {
    const bench = new Bench(32, ['hangs', 'too', 'b']);
    await bench.add('hangs', 100);
    await bench.add('too', 100);
    await bench.add('b', 3);
    assert.equal(bench.on('b'), 3);
  });

  it('leave at least one each where there are few', async () => {
    const bench = new Bench(3, ['hangs', 'b', 'c']);
    await bench.add('hangs', 10);
    await bench.add('b', 2);
    await bench.add('c', 2);
    assert.deepEqual([bench.on('hangs'), bench.on('b'), bench.on('c')], [1, 1, 1]);
  });

  it('serve pipelines whose server nobody knows, even when a place is kept for each that is known', async () => {
    const bench = new Bench(2, ['a', 'b']);
    await bench.add('', 3);
    assert.equal(bench.on(''), 2);
  });

  it('take what waited for a place as soon as one is free', async () => {
    const bench = new Bench(4, ['a', 'b']);
    await bench.add('a', 5);
    assert.deepEqual(bench.running, ['a/0', 'a/1']);
    await bench.end('a/0');
    assert.deepEqual(bench.running, ['a/1', 'a/2']);
  });

  it('never stand idle before a server that has its share, and never are more than there are', async () => {
    const server = fc.constantFrom('a', 'b', 'c', 'unknown');
    const happening = fc.oneof(
      fc.record({ add: server, count: fc.integer({ min: 1, max: 12 }) }),
      fc.record({ end: fc.nat() }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 12 }),
        fc.array(happening, { maxLength: 30 }),
        async (places, happenings) => {
          const bench = new Bench(places, ['a', 'b', 'c']);
          for (const it of happenings) {
            if ('add' in it) await bench.add(it.add, it.count);
            else if (bench.running.length > 0) await bench.end(bench.running[it.end % bench.running.length]!);
            assert.ok(bench.running.length <= places);
            const waits = [...bench.queue.depth().values()].some((count) => count > 0);
            if (waits) assert.ok(bench.running.length > 0);
          }
          // However it went: each key gets its turn in the end.
          while (bench.running.length > 0) await bench.end(bench.running[0]!);
          assert.deepEqual(
            [...bench.queue.depth().values()].filter((count) => count > 0),
            [],
          );
        },
      ),
    );
  });
});
