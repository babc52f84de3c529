import assert from 'node:assert/strict';
import { test } from 'node:test';
import { complaints, type Machine } from './preflight.ts';

const good: Machine = {
  linuxId: 'debian',
  linuxVersion: '12',
  architecture: 'x64',
  user: 0,
  missing: [],
  go: 'go1.24.1',
  java: 17,
  freeBytes: [{ folder: '/w', bytes: 7 * 1024 ** 3 }],
  taken: [],
  root: '/w',
};

test('a machine that has all is not complained about', () => {
  assert.deepEqual(complaints(good), []);
  assert.deepEqual(complaints({ ...good, go: 'go2.0', java: 21, architecture: 'arm64' }), []);
});

const cases: readonly (readonly [string, Partial<Machine>, RegExp])[] = [
  [
    'another system',
    { linuxId: 'ubuntu', linuxVersion: '24.04' },
    /this is ubuntu 24\.04: run it on Debian 12/,
  ],
  ['another processor', { architecture: 'ppc64' }, /ppc64: use an x64 or arm64 machine/],
  ['not root', { user: 1000 }, /run this as root/],
  ['a long path', { root: `/${'x'.repeat(80)}` }, /too long .* move the work tree/],
  ['no Maven', { missing: ['mvn'] }, /^mvn is missing: install Maven/],
  ['an old Go', { go: 'go1.22.3' }, /^Go is go1\.22\.3: install Go 1\.24 or later/],
  ['an old JDK', { java: 11 }, /version 11: install JDK 17/],
  ['a full disk', { freeBytes: [{ folder: '/w', bytes: 1024 ** 3 }] }, /^Only 1\.0 GB are free where \/w is/],
  [
    'a busy port',
    { taken: [{ port: 9092, purpose: 'Kafka', by: 'java (pid 7)' }] },
    /^Port 9092 \(Kafka\) is taken by java \(pid 7\): stop that first/,
  ],
  [
    'a busy port of somebody unknown',
    { taken: [{ port: 1, purpose: 'x', by: undefined }] },
    /another process/,
  ],
];

for (const [name, change, sentence] of cases) {
  test(`${name}: one sentence that says what to do`, () => {
    const found = complaints({ ...good, ...change });
    assert.equal(found.length, 1);
    assert.match(found[0] ?? '', sentence);
    assert.match(found[0] ?? '', /\.$/);
  });
}

test('all ports that the stack of another work tree has are one sentence', () => {
  const port = { purpose: 'x', by: 'etcd (pid 7)', tree: '/other' };
  const taken = [2379, 2380].map((number) => ({ ...port, port: number }));
  assert.deepEqual(complaints({ ...good, taken }), [
    'The stack of /other runs on this machine: run make stack-down there first.',
  ]);
});

test('who is not root cannot see who has a port, so it is not spoken of', () => {
  const taken = [{ port: 2379, purpose: 'etcd', by: undefined }];
  assert.equal(complaints({ ...good, user: 1000, taken }).length, 1);
});

test('a missing Go is not called too old as well', () => {
  assert.equal(complaints({ ...good, missing: ['go'], go: '' }).length, 1);
});
