/** Writes docs/reference.md from the CRD: `node dev/docs/main.ts`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { referenceFile, render } from './render.ts';

mkdirSync(dirname(referenceFile), { recursive: true });
writeFileSync(referenceFile, await render());
console.log(`wrote ${referenceFile}`);
