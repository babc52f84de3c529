/** The page of threats names only tests that there are. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

const root = new URL('../..', import.meta.url).pathname;
const page = readFileSync(join(root, 'docs/threat-model.md'), 'utf8');

/** Rows of its tables without heads and rules. */
const threats = page.split('\n').filter((line) => /^\| (?!they could|it could|-)/.test(line));

const namedIn = (text: string): [string, string][] =>
  Array.from(text.matchAll(/`([^`]+\.ts)`: “([^”]+)”/g), ([, file = '', title = '']) => [file, title]);

describe('the threat model', () => {
  for (const line of threats) {
    const [, threat = ''] = line.split('|').map((cell) => cell.trim());
    test(`names a test for: ${threat}`, () => {
      const named = namedIn(line);
      assert.ok(named.length > 0, 'no test is named, and it is not among what is not defended');
      for (const [file, title] of named) {
        assert.ok(existsSync(join(root, file)), `there is no ${file}`);
        const titles = new RegExp(`\\b(test|it|describe)\\(\\s*['"\`]${escaped(title)}['"\`]`);
        assert.match(readFileSync(join(root, file), 'utf8'), titles, `${file} has no test “${title}”`);
      }
    });
  }

  test('leaves no mention of a test unread', () => {
    const mentions = page.match(/`[^`]+\.ts`/g) ?? [];
    assert.equal(mentions.length, namedIn(page).length);
    assert.ok(threats.length > 20);
  });
});

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
