import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { recordedDsl } from './dsl.fixtures.ts';
import { parseDsl } from './dsl.ts';
import { renderDsl, streamApps, type StreamApp } from './simulator/render.ts';

const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
const key = fc.stringMatching(/^[a-z][a-z0-9-]{0,6}(\.[a-z][a-z0-9-]{0,6}){0,3}$/);
/** What SCDF can write and read again; see facts: `>` alone, quotes around all of it, and empty values it cannot. */
const value = fc
  .stringMatching(/^[A-Za-z0-9${}:,=./*; -]{1,12}$/)
  .filter((text) => text.trim() === text && text !== '');

describe('parseDsl', () => {
  for (const { step, dsl } of recordedDsl) {
    it(`reads what SCDF wrote at "${step}"`, () => {
      const stream = parseDsl(dsl);
      assert.equal(stream?.apps.length, 1);
      const [app] = stream.apps;
      const written = dsl.match(/ --/g)?.length ?? 0;
      assert.equal(Object.keys(app?.properties ?? {}).length, written);
    });
  }

  it('reads a source, a sink and an app', () => {
    assert.deepEqual(parseDsl('customer: time --a=b > :orders'), {
      apps: [{ label: 'customer', name: 'time', properties: { a: 'b' } }],
      from: undefined,
      to: 'orders',
      join: 'one',
    });
    assert.deepEqual(parseDsl(':hotDrinks > hot-drink-log: log'), {
      apps: [{ label: 'hot-drink-log', name: 'log', properties: {} }],
      from: 'hotDrinks',
      to: undefined,
      join: 'one',
    });
    assert.deepEqual(parseDsl('barista-app')?.apps, [
      { label: 'barista-app', name: 'barista-app', properties: {} },
    ]);
  });

  it('reads several apps', () => {
    const labels = (dsl: string): unknown => parseDsl(dsl)?.apps.map((app) => `${app.label}=${app.name}`);
    assert.deepEqual(labels('time | log'), ['time=time', 'log=log']);
    assert.deepEqual(labels('a --x=1 || b: a'), ['a=a', 'b=a']);
    assert.deepEqual(labels(':in.put > filter | log > :out/put'), ['filter=filter', 'log=log']);
  });

  it('takes quotes off as SCDF does', () => {
    const values: readonly [written: string, read: string][] = [
      ["'a b'", 'a b'],
      ['"a b"', 'a b'],
      ["'it''s'", "it's"],
      ["a'b c'", "a'b c'"],
      ['${x:y}', '${x:y}'],
      ['a=b,c', 'a=b,c'],
    ];
    for (const [written, read] of values) {
      assert.equal(parseDsl(`x --k=${written}`)?.apps[0]?.properties['k'], read, written);
    }
  });

  it('gives undefined for what is no definition', () => {
    const wrong = [
      '',
      'time > ',
      'l:a',
      'l : a',
      'a || b > :x',
      ':x > a || b',
      'a | b || c',
      'a | a',
      'a --k=',
      'a --k',
      "a --k='open",
      'a --k=x>y',
      'a b',
      'a.b',
      '| a',
      'a |',
    ];
    for (const text of wrong) assert.equal(parseDsl(text), undefined, text);
  });

  it('is total', () => {
    fc.assert(fc.property(fc.string(), (text) => parseDsl(text) === undefined || true));
    const pieces = fc.constantFrom('a', ': ', ' ', '|', '||', '>', ':t', '--k=', "'", '"', 'v', '\n', '--');
    fc.assert(
      fc.property(fc.array(pieces), (parts) => {
        const stream = parseDsl(parts.join(''));
        assert.ok(stream === undefined || stream.apps.every((app) => app.name !== '' && app.label !== ''));
      }),
    );
  });

  it('reads back whatever SCDF writes', () => {
    const app = fc.record({ label: word, name: word, properties: fc.dictionary(key, value) });
    fc.assert(
      fc.property(fc.uniqueArray(app, { minLength: 1, maxLength: 3, selector: (it) => it.label }), (apps) => {
        const parts = apps.map((it): StreamApp => ({ ...it, type: 'app' }));
        assert.deepEqual(
          parseDsl(renderDsl('s', parts))?.apps,
          apps.map((it) => ({ ...it, properties: { ...it.properties } })),
        );
      }),
    );
  });

  it('reads back what SCDF writes of a stream with topics', () => {
    const text = ':in > one --a=b | two: one > :out';
    assert.equal(renderDsl('s', streamApps('s', text) ?? []), text);
  });
});
