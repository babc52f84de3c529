import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { route, serving } from './route.ts';
import type { Route } from './route.ts';

const table: readonly [string, Route][] = [
  ['11/23/26 20:37:40', 'hot'],
  ['11/23/26 20:37:41', 'cold'],
  ['0', 'hot'],
  ['7', 'cold'],
  ['-7', 'cold'],
  ['+8', 'hot'],
  ['1.7', 'cold'],
  ['0x17', 'cold'],
  ['1e6', 'hot'],
  ['12\n', 'hot'],
  ['13 \t\r\n', 'cold'],
  ['"12"', 'hot'],
  ['{"order": 12}', 'hot'],
  ['{"order": 12, "cups": 3}', 'cold'],
  ['[1, 12]', 'hot'],
  ['12 €', 'hot'],
  ['7٤', 'cold'],
  ['order 7 for table', 'cold'],
  ['123456789012345678901234567890', 'hot'],
  ['', 'no-digit'],
  ['tea', 'no-digit'],
  ['null', 'no-digit'],
  ['٣', 'no-digit'],
  ['３', 'no-digit'],
  ['/:', 'no-digit'],
];

describe('route', () => {
  for (const [order, expected] of table) {
    it(`finds ${JSON.stringify(order)} ${expected}`, () => {
      assert.equal(route(Buffer.from(order)), expected);
    });
  }

  it('skips a tombstone', () => {
    assert.equal(route(null), 'tombstone');
  });

  it('finds the digit in a megabyte that ends in something else', () => {
    const order = Buffer.alloc(1 << 20, 'x');
    assert.equal(route(order), 'no-digit');
    order[0] = '5'.charCodeAt(0);
    assert.equal(route(order), 'cold');
  });

  it('agrees with the last ASCII digit of any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (order) => {
        const digit = /[0-9](?=[^0-9]*$)/.exec(Buffer.from(order).toString('latin1'))?.[0];
        const expected = digit === undefined ? 'no-digit' : Number(digit) % 2 === 0 ? 'hot' : 'cold';
        assert.equal(route(order), expected);
      }),
    );
  });

  it('agrees with arithmetic for every whole number, also inside JSON', () => {
    fc.assert(
      fc.property(fc.bigInt(), (number) => {
        const expected = number % 2n === 0n ? 'hot' : 'cold';
        for (const text of [`${number}`, `"${number}"`, `{"order": ${number}}`, `${number} \n`]) {
          assert.equal(route(Buffer.from(text)), expected);
        }
      }),
    );
  });
});

describe('serving', () => {
  it('says exactly what the recipe says', () => {
    assert.deepEqual(serving, { hot: 'Serve Hot drink', cold: 'Serve Cold drink' });
  });
});
