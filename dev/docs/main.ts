/** Writes docs/reference.md and operator/api/known-fields.ts from the CRD: `node dev/docs/main.ts`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { knownFieldsFile, renderKnownFields } from './known-fields.ts';
import { referenceFile, render } from './render.ts';

mkdirSync(dirname(referenceFile), { recursive: true });
writeFileSync(referenceFile, await render());
console.log(`wrote ${referenceFile}`);
writeFileSync(knownFieldsFile, await renderKnownFields());
console.log(`wrote ${knownFieldsFile}`);
