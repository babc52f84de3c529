import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { FakeClock } from './clock.fixtures.ts';
import { Expiring } from './expiring.ts';

describe('what is known for a while', () => {
  let clock: FakeClock;
  let expiring: Expiring<number>;
  let asked: string[];
  beforeEach(() => {
    clock = new FakeClock();
    expiring = new Expiring({ clock, most: 2 });
    asked = [];
  });

  const get = (key: string, value = 1, goodForMs = 1000) =>
    expiring.getOr(
      key,
      async () => {
        asked.push(key);
        return value;
      },
      () => goodForMs,
    );

  it('is asked for once, until its time is over', async () => {
    assert.equal(await get('tea', 1), 1);
    await clock.advance(999);
    assert.equal(await get('tea', 2), 1);
    await clock.advance(1);
    assert.equal(await get('tea', 2), 2);
    assert.deepEqual(asked, ['tea', 'tea']);
  });

  it('is good from when it was asked, not from when the answer came', async () => {
    await expiring.getOr(
      'tea',
      async () => (clock.freeze(600), 1),
      () => 1000,
    );
    await clock.advance(400);
    assert.equal(await get('tea', 2), 2);
  });

  it('is asked for once by all who want it meanwhile', async () => {
    assert.deepEqual(await Promise.all([get('tea'), get('tea'), get('milk')]), [1, 1, 1]);
    assert.deepEqual(asked, ['tea', 'milk']);
    assert.equal(expiring.pending, 0);
  });

  it('is not kept when it is good for no time, or was an error', async () => {
    await get('tea', 1, 0);
    await assert.rejects(
      expiring.getOr(
        'tea',
        async () => {
          throw new Error('empty');
        },
        () => 1000,
      ),
      /empty/,
    );
    assert.equal(expiring.has('tea'), false);
    assert.equal(await get('tea', 2), 2);
  });

  it('is remembered to have been known when its time is over', async () => {
    await get('tea');
    await clock.advance(5000);
    assert.equal(expiring.has('tea'), true);
    await get('tea', 0, 0);
    assert.equal(expiring.has('tea'), false);
  });

  it('makes room by what was asked for longest ago', async () => {
    for (const key of ['tea', 'milk', 'tea', 'sugar']) await get(key);
    assert.deepEqual(
      ['tea', 'milk', 'sugar'].map((key) => expiring.has(key)),
      [true, false, true],
    );
  });
});
