/**
 * Pages link to files of the repository (manifests, sources), which a site of docs/ alone does not have. They are put beside the pages as plain text, which every
 * browser shows, so that a page reads the same here and in the repository, and the site asks no other host.
 */
import { copyFileSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';

/** What of a Markdown token of markdown-it is used here. */
export interface Token {
  readonly type: string;
  readonly children: readonly Token[] | null;
  attrGet(name: string): string | null;
  attrSet(name: string, value: string): void;
}

const folder = 'files';

/**
 * The path in the repository that a link of a page means; undefined for a page of docs/, another host or a place on the page.
 * @param page relative to docs/
 */
export function repositoryPath(page: string, href: string): string | undefined {
  if (/^([a-z][a-z0-9+.-]*:|#|\/)/i.test(href)) return undefined;
  const path = posix.join('docs', posix.dirname(page), href.split('#', 1)[0] ?? '');
  return path.startsWith('docs/') ? undefined : path.replace(/\/$/, '');
}

/** Turns links to the repository into links to the copies. Gives the paths that have to be copied. */
export function relink(tokens: readonly Token[], page: string): readonly string[] {
  return tokens.flatMap((token) => {
    const inner = relink(token.children ?? [], page);
    if (token.type !== 'link_open') return inner;
    const path = repositoryPath(page, token.attrGet('href') ?? '');
    if (path === undefined) return inner;
    token.attrSet('href', `/${copyOf(path)}`);
    token.attrSet('target', '_blank');
    return [...inner, path];
  });
}

const copyOf = (path: string): string => `${folder}/${path}.txt`;

/**
 * Copies files, and of folders the list of what is in them.
 * @param root path of the repository
 * @param site path of the built site
 */
export function copyFiles(root: string, site: string, paths: Iterable<string>): void {
  for (const path of new Set(paths)) {
    const from = join(root, path);
    const to = join(site, copyOf(path));
    mkdirSync(dirname(to), { recursive: true });
    if (statSync(from).isDirectory()) writeFileSync(to, `${path}/\n${listOf(from)}\n`);
    else copyFileSync(from, to);
  }
}

function listOf(path: string): string {
  return readdirSync(path)
    .sort()
    .map((name) => `  ${name}`)
    .join('\n');
}
