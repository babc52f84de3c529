/** Where each page of docs/ stands in the site: by what the reader has come for (Diátaxis). */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { headingsOf } from '../markdown.ts';

export interface Group {
  readonly text: string;
  readonly items: readonly { readonly text: string; readonly link: string }[];
}

/** Pages by their file without `.md`, in the order in which they are read. One that is not there is left out. */
const groups: readonly (readonly [text: string, pages: readonly string[]])[] = [
  ['Tutorial', ['tutorial']],
  [
    'How to',
    [
      'install',
      'own-cluster',
      'own-orders',
      'secure-kafka',
      'servers',
      'tenants',
      'monitoring',
      'upgrade',
      'take-over',
      'plugin',
      'troubleshooting',
      'releasing',
    ],
  ],
  [
    'Reference',
    [
      'reference',
      'operator-configuration',
      'worker',
      'worker-configuration',
      'metrics',
      'reasons',
      'events',
      'alerts',
      'audit',
    ],
  ],
  ['Explanation', ['how-it-works', 'guarantees', 'threat-model', 'testing', 'numbers']],
];

const home = 'index';

/**
 * The groups with what is in the folder. A page that nobody has given a place stands at the end, so that it can be found.
 * @param docs path of the folder
 */
export function navigation(docs: string): readonly Group[] {
  const present = new Set(pagesIn(docs));
  const placed = new Set(groups.flatMap(([, pages]) => pages));
  const others = [...present].filter((page) => page !== home && !placed.has(page)).sort();
  return [...groups, ['More', others] as const]
    .map(([text, pages]) => ({
      text,
      items: pages
        .filter((page) => present.has(page))
        .map((page) => ({ text: titleOf(join(docs, `${page}.md`)), link: `/${page}` })),
    }))
    .filter(({ items }) => items.length > 0);
}

/** The pages of the folder, without `.md`. */
export function pagesIn(docs: string): readonly string[] {
  return readdirSync(docs)
    .filter((file) => file.endsWith('.md'))
    .map((file) => file.slice(0, -'.md'.length))
    .sort();
}

/** @throws Error when the page has no heading */
function titleOf(file: string): string {
  const [title] = headingsOf(readFileSync(file, 'utf8'));
  if (title === undefined) throw new Error(`${file} has no title: begin it with "# Title".`);
  return title.text;
}
