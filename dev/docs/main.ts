/** Writes the pages of docs/ that are generated: `node dev/docs/main.ts`. */
import { writeFileSync } from 'node:fs';
import { fileOf, generatedPages, render } from './render.ts';

for (const page of generatedPages) {
  writeFileSync(fileOf(page), await render(page));
  console.log(`wrote docs/${page}`);
}
