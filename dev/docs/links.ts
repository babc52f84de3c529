/** Which links of a repository's Markdown lead nowhere. Nothing is asked over the network. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { headingsOf, linksOf } from './markdown.ts';

/**
 * Each broken link as a sentence with its file and line. Those to other hosts are not looked at.
 * @param root path of the repository; links may not leave it
 * @param files relative to it
 */
export function brokenLinks(root: string, files: readonly string[]): readonly string[] {
  return files.flatMap((file) =>
    linksOf(readFileSync(join(root, file), 'utf8'))
      .filter(({ target }) => !/^[a-z][a-z0-9+.-]*:/i.test(target))
      .flatMap(({ target, line }) => {
        const wrong = wrongWith(root, file, target);
        return wrong === undefined ? [] : [`${file}:${line}: ${target} ${wrong}.`];
      }),
  );
}

function wrongWith(root: string, file: string, target: string): string | undefined {
  const [path = '', anchor] = decodeURI(target).split('#', 2);
  const there = path === '' ? join(root, file) : join(root, dirname(file), path);
  if (path.startsWith('/') || relative(root, there).startsWith('..')) return 'leads out of the repository';
  if (!existsSync(there)) return 'does not exist';
  if (anchor === undefined) return undefined;
  if (!there.endsWith('.md')) return 'has an anchor, which only a Markdown page can have';
  const known = statSync(there).isFile() ? headingsOf(readFileSync(there, 'utf8')) : [];
  return known.some((heading) => heading.anchor === anchor) ? undefined : 'has no such heading';
}
