/** Every relative link and anchor of every Markdown file of the repository leads somewhere. */
import assert from 'node:assert/strict';
import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { brokenLinks } from './links.ts';
import { codeBlocksOf, headingsOf, linksOf } from './markdown.ts';

const root = new URL('../..', import.meta.url).pathname;
const notOurs = new Set(['node_modules', 'dist', '.stack', 'target', '.git']);
const pages = globSync('**/*.md', {
  cwd: root,
  exclude: (name) => notOurs.has(name.split('/').at(-1) ?? ''),
});

test('links and anchors of all Markdown files lead somewhere', () => {
  assert.ok(pages.includes('README.md') && pages.includes('docs/reasons.md'));
  assert.deepEqual(brokenLinks(root, pages), []);
});

describe('the check of links', () => {
  const folder = mkdtempSync(join(tmpdir(), 'links-'));
  after(() => rmSync(folder, { recursive: true }));
  const check = (text: string): readonly string[] => {
    writeFileSync(join(folder, 'page.md'), text);
    writeFileSync(join(folder, 'other.md'), '# Other\n\n## `spec.a` and <b>\n\n## Twice\n\n## Twice\n');
    return brokenLinks(folder, ['page.md']);
  };

  test('finds a file that is missing, with its line', () => {
    assert.deepEqual(check('# P\n\nSee [it](gone.md).'), ['page.md:3: gone.md does not exist.']);
  });

  test('finds an anchor that is missing, on the page itself as well', () => {
    assert.deepEqual(check('# P\n[a](other.md#speca-and-b) [b](other.md#twice-1) [c](#p)'), []);
    assert.deepEqual(check('# P\n[a](other.md#twice-2)\n[b](#q)'), [
      'page.md:2: other.md#twice-2 has no such heading.',
      'page.md:3: #q has no such heading.',
    ]);
  });

  test('finds what leads out of the repository', () => {
    assert.deepEqual(check('[a](../x.md)'), ['page.md:1: ../x.md leads out of the repository.']);
  });

  test('looks at pictures and at definitions, and not at code or other hosts', () => {
    const text =
      '![p](p.svg)\n[d]: d.md\n`[x](x.md)` [y](https://y.example/z)\n\n```\n[z](z.md)\n```\n[w](w.md)';
    assert.deepEqual(
      check(text).map((line) => line.split(' ')[1]),
      ['p.svg', 'd.md', 'w.md'],
    );
  });
});

test('a fence ends only with one of its own, and headings in code are none', () => {
  const text = '````md\n# No\n```sh\nls\n```\n````\n# Yes [a](b.md)';
  assert.deepEqual(codeBlocksOf(text), [{ language: 'md', text: '# No\n```sh\nls\n```', line: 2 }]);
  assert.deepEqual(headingsOf(text), [{ level: 1, text: 'Yes a', anchor: 'yes-a' }]);
  assert.deepEqual(linksOf(text), [{ line: 7, target: 'b.md' }]);
});
