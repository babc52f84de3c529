import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Pool } from './pool.ts';

describe('a pool', () => {
  it('gives back what it was given', () => {
    const pool = new Pool();
    fc.assert(
      fc.property(fc.json(), (text) => {
        const value: unknown = JSON.parse(text);
        assert.equal(JSON.stringify(pool.share(value)), JSON.stringify(value));
      }),
    );
    assert.equal(JSON.stringify(pool.share(JSON.parse('{"__proto__": {"a": 1}}'))), '{"__proto__":{"a":1}}');
  });

  it('gives the same for the same, in whatever it stands', () => {
    const pool = new Pool();
    const one = pool.share({ name: 'one', app: { name: 'log', uri: 'docker:log:1' }, list: [{ a: 1 }] });
    const two = pool.share({ name: 'two', app: { name: 'log', uri: 'docker:log:1' }, list: [{ a: 1 }] });
    assert.equal(one.app, two.app);
    assert.equal(one.list, two.list);
    assert.notEqual(one, two);
  });

  it('takes a text for no object, nor an empty list for an empty object', () => {
    const pool = new Pool();
    assert.deepEqual(pool.share([{}, [], '{}', '[]', null]), [{}, [], '{}', '[]', null]);
  });

  it('forgets, so that a fleet of which nothing is alike does not fill it', () => {
    const pool = new Pool();
    const first = pool.share({ common: true });
    for (let index = 0; index < 10_000; index += 1) pool.share({ index });
    assert.notEqual(pool.share({ common: true }), first);
  });
});
