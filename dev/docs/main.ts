/** Writes what is generated from sources: pages of docs/, and operator/api/known-fields.ts from the CRD: `node dev/docs/main.ts`. */
import { writeFileSync } from 'node:fs';
import { knownFieldsFile, renderKnownFields } from './known-fields.ts';
import { fileOf, generatedPages, render } from './render.ts';

for (const page of generatedPages) {
  writeFileSync(fileOf(page), await render(page));
  console.log(`wrote docs/${page}`);
}
writeFileSync(knownFieldsFile, await renderKnownFields());
console.log(`wrote ${knownFieldsFile}`);
