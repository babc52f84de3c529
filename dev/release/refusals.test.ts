import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { sections } from './change-log.ts';
import { refusals, type Tree } from './refusals.ts';
import { versionsIn } from './version.ts';

const root = new URL('../..', import.meta.url).pathname;
const changeLog =
  '# Changes\n\n## [Unreleased]\n\n## [1.1.0] - 2026-12-01\n\n### Added\n\n- Tea.\n\n## [1.0.0] - 2026-11-01\n\n- All.\n';
const good: Tree = { version: '1.1.0', status: '', changeLog, notFrozen: [] };

describe('a release', () => {
  test('is made of a tree that is committed, told of and frozen', () => {
    assert.deepEqual(refusals(good), []);
  });

  const cases: readonly [string, Partial<Tree>, RegExp][] = [
    [
      'a file is changed',
      { status: ' M a.ts\n?? b.ts\n M c\n M d\n' },
      /not as it was committed \(a\.ts, b\.ts, c and 1 more\): commit/,
    ],
    ['the change log is silent', { version: '1.2.0' }, /no section "## \[1\.2\.0\] - YYYY-MM-DD"/],
    [
      'the section is empty',
      { changeLog: '## [1.1.0] - 2026-12-01\n\n## [1.0.0] - …' },
      /with text below it/,
    ],
    ['the section has no date', { changeLog: '## [1.1.0]\n\n- Tea.\n' }, /no section/],
    ['its CRD is not kept', { notFrozen: ['samples/a.yaml'] }, /dev\/upgrade\/1\.1\.0 .*samples\/a\.yaml/],
  ];
  for (const [what, but, says] of cases) {
    test(`is refused when ${what}`, () => {
      const said = refusals({ ...good, ...but });
      assert.equal(said.length, 1);
      assert.match(said[0] ?? '', says);
    });
  }
});

describe('the change log', () => {
  const released = sections(readFileSync(`${root}CHANGELOG.md`, 'utf8'));

  test('has what was released, the newest first', () => {
    assert.deepEqual(
      sections(changeLog).map(({ version, date, body }) => [version, date, body]),
      [
        ['1.1.0', '2026-12-01', '### Added\n\n- Tea.'],
        ['1.0.0', '2026-11-01', '- All.'],
      ],
    );
  });

  test('of this project tells of the version that the tree has', () => {
    assert.equal(released[0]?.version, versionsIn(root)[0]?.version);
  });
});
