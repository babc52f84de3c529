import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { NameIndex } from './name-index.ts';

it('finds what looking through all names finds, in the same order', () => {
  const letters = (maxLength: number) => fc.string({ unit: fc.constantFrom('a', 'A', 'b', '-'), maxLength });
  const change = fc.record({ name: letters(8), isDeleted: fc.boolean() });
  fc.assert(
    fc.property(fc.array(change), letters(5), (changes, text) => {
      const names = new Set<string>();
      const index = new NameIndex();
      for (const { name, isDeleted } of changes) {
        if (isDeleted) names.delete(name);
        else names.add(name);
        if (isDeleted) index.delete(name);
        else index.add(name);
      }
      const expected = [...names].filter((name) => name.toLowerCase().includes(text.toLowerCase()));
      assert.deepEqual(index.containing(text), expected);
    }),
  );
});
