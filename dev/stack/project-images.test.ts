import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { contextKey, copiedBy } from './project-images.ts';

const dockerfile = `FROM node AS build
COPY --chown=node:node package.json package-lock.json \\
  tsconfig.json ./
COPY app/ app
RUN npm ci
FROM node
COPY --from=build /src/dist ./dist
`;

test('what a Dockerfile copies from its context', () => {
  assert.deepEqual(copiedBy(dockerfile), ['package.json', 'package-lock.json', 'tsconfig.json', 'app/']);
});

test('the key changes with a file that is copied, and with no other', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'barista-'));
  t.after(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'app', 'node_modules'), { recursive: true });
  const write = (name: string, text: string): void => writeFileSync(join(root, name), text);
  write('Dockerfile.app', dockerfile);
  write('package.json', '{}');
  write('app/main.ts', 'one');
  const key = (): string => contextKey(root, join(root, 'Dockerfile.app'), 'x:1');
  const first = key();
  write('README.md', 'not copied');
  write('app/node_modules/x', 'never copied');
  assert.equal(key(), first);
  write('app/main.ts', 'two');
  assert.notEqual(key(), first);
});
