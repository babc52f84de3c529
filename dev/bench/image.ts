/** How an image starts its program, so that what is measured is started alike. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What Node is given in the image, without Node itself. */
export function entrypoint(root: string, dockerfile: string): string[] {
  const text = readFileSync(join(root, dockerfile), 'utf8');
  const [, command] = /^ENTRYPOINT (\[.*\])$/m.exec(text) ?? [];
  if (command === undefined) throw new Error(`${dockerfile} has no ENTRYPOINT`);
  return (JSON.parse(command) as string[]).slice(1);
}
