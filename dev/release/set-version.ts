/**
 * Writes the version to all places of the tree where it stands.
 *
 *   node dev/release/set-version.ts 0.2.0
 */
import { setVersion } from './version.ts';

const root = new URL('../..', import.meta.url).pathname;

try {
  const files = setVersion(root, process.argv[2] ?? '');
  console.log(`${process.argv[2]} now stands in ${files.join(', ')}.`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
