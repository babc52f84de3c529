/** Writes the dashboards: `node dev/monitoring/main.ts`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dashboardFiles, folder } from './dashboards/files.ts';

const root = new URL('../..', import.meta.url).pathname;
mkdirSync(join(root, folder), { recursive: true });
for (const [name, text] of dashboardFiles()) {
  writeFileSync(join(root, folder, name), text);
  console.log(`wrote ${folder}/${name}`);
}
