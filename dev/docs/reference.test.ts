import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reference } from './reference.ts';
import type { Crd } from './schema.ts';

test('an object becomes a section with a table, and characters of Markdown are escaped', () => {
  const crd: Crd = {
    spec: {
      group: 'g',
      names: { kind: 'Cup', plural: 'cups', shortNames: ['c'] },
      versions: [
        {
          name: 'v1',
          additionalPrinterColumns: [{ name: 'Size', description: 'How big.', jsonPath: '.spec.size' }],
          schema: {
            openAPIV3Schema: {
              properties: {
                spec: {
                  type: 'object',
                  description: 'A cup.',
                  required: ['size'],
                  properties: {
                    size: { type: 'integer', description: 'S|M|<L>', minimum: 1, maximum: 3 },
                    lid: { type: 'string', enum: ['None', 'Flat'], default: 'None' },
                  },
                },
              },
            },
          },
        },
      ],
    },
  };
  const text = reference(crd);
  assert.ok(text.includes('## spec\n\nA cup.\n\n| Field | Type | Default | Description | Rules |'));
  assert.ok(text.includes(String.raw`| ${'`size`'} | integer | required | S\|M\|\<L\> | 1 to 3 |`));
  assert.ok(text.includes('| `lid` | `None`, `Flat` | `None` |  |  |'));
  assert.ok(text.includes('| SIZE | always | How big. | `.spec.size` |'));
});
