import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { navigation } from './navigation.ts';
import { copyFiles, relink, repositoryPath, type Token } from './repository-files.ts';

const inFolder = (use: (folder: string) => void): void => {
  const folder = mkdtempSync(join(tmpdir(), 'site-'));
  try {
    use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

describe('the navigation', () => {
  test('has the pages that are there, by their titles; one without a place stands at the end', () =>
    inFolder((docs) => {
      for (const page of ['index', 'worker', 'install', 'reasons', 'surprise'])
        writeFileSync(join(docs, `${page}.md`), `# The ${page}\n\nText.\n`);
      assert.deepEqual(navigation(docs), [
        { text: 'How to', items: [{ text: 'The install', link: '/install' }] },
        {
          text: 'Reference',
          items: [
            { text: 'The worker', link: '/worker' },
            { text: 'The reasons', link: '/reasons' },
          ],
        },
        { text: 'More', items: [{ text: 'The surprise', link: '/surprise' }] },
      ]);
    }));

  test('wants a title of each page', () =>
    inFolder((docs) => {
      writeFileSync(join(docs, 'worker.md'), 'Text.\n');
      assert.throws(() => navigation(docs), /worker\.md has no title/);
    }));
});

describe('links to files of the repository', () => {
  test('are those that leave docs/', () => {
    assert.equal(repositoryPath('install.md', '../manifests/base/rbac.yaml'), 'manifests/base/rbac.yaml');
    assert.equal(repositoryPath('install.md', '../manifests/base/'), 'manifests/base');
    for (const href of ['worker.md', './worker.md#x', '#x', 'https://x.example/../y', '/files/a'])
      assert.equal(repositoryPath('install.md', href), undefined, href);
  });

  test('lead to copies, and tell what is to be copied', () => {
    const link = new FakeToken('link_open', { href: '../manifests/base/rbac.yaml' });
    const page = new FakeToken('link_open', { href: 'worker.md' });
    const paths = relink([new FakeToken('inline', {}, [link, page])], 'install.md');
    assert.deepEqual(paths, ['manifests/base/rbac.yaml']);
    assert.deepEqual(link.attributes, { href: '/files/manifests/base/rbac.yaml.txt', target: '_blank' });
    assert.deepEqual(page.attributes, { href: 'worker.md' });
  });

  test('are copied as text, a folder as the list of what is in it', () =>
    inFolder((folder) => {
      writeFileSync(join(folder, 'a.yaml'), 'a: 1\n');
      const site = join(folder, 'site');
      copyFiles(folder, site, ['a.yaml', '.', 'a.yaml']);
      assert.equal(readFileSync(join(site, 'files/a.yaml.txt'), 'utf8'), 'a: 1\n');
      assert.ok(existsSync(join(site, 'files/..txt')));
      assert.match(readFileSync(join(site, 'files/..txt'), 'utf8'), /^ {2}a\.yaml$/m);
    }));
});

class FakeToken implements Token {
  readonly type: string;
  readonly attributes: Record<string, string>;
  readonly children: readonly Token[] | null;

  constructor(type: string, attributes: Record<string, string>, children: readonly Token[] | null = null) {
    this.type = type;
    this.attributes = attributes;
    this.children = children;
  }

  attrGet(name: string): string | null {
    return this.attributes[name] ?? null;
  }

  attrSet(name: string, value: string): void {
    this.attributes[name] = value;
  }
}
