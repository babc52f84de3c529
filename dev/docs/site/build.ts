/** Builds the site of docs/ with its generator, which has packages of its own: docs/package.json. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../stack/command.ts';

const root = new URL('../../..', import.meta.url).pathname;

/** Where the site is built: a folder of files that any web server can serve. */
export const siteFolder = join(root, 'dist', 'docs');

/** @throws Error with what is wrong, such as a link that leads nowhere */
export async function buildSite(): Promise<void> {
  const generator = join(root, 'docs', 'node_modules', 'vitepress', 'bin', 'vitepress.js');
  if (!existsSync(generator))
    throw new Error(
      'The packages of the site are not installed: `make docs` or `npm --prefix docs ci` does it.',
    );
  await run(process.execPath, [generator, 'build'], { cwd: join(root, 'docs') });
}
