/** How an image starts its program, so that what is measured is started alike. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What Node is given in the image, without Node itself. */
export function entrypoint(root: string, dockerfile: string): string[] {
  const text = textOf(root, dockerfile);
  const [, command] = /^ENTRYPOINT (\[.*\])$/m.exec(text) ?? [];
  if (command === undefined) throw new Error(`${dockerfile} has no ENTRYPOINT`);
  return (JSON.parse(command) as string[]).slice(1);
}

/** What the program has in its environment by the image alone. */
export function environment(root: string, dockerfile: string): Record<string, string> {
  const image =
    textOf(root, dockerfile)
      .split(/^FROM /m)
      .at(-1) ?? '';
  const lines = Array.from(image.matchAll(/^ENV (.*)$/gm), ([, line = '']) => line);
  const pairs = lines.flatMap((line) => Array.from(line.matchAll(/(\w+)=(\S+)/g)));
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, value]));
}

function textOf(root: string, dockerfile: string): string {
  return readFileSync(join(root, dockerfile), 'utf8');
}
