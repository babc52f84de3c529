/** What is read from the kernel and from other programs. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { mirrorFrom } from './base-images.ts';
import { lastLines } from './command.ts';
import { imagesFrom } from './containerd-images.ts';
import { versions } from './layout.ts';
import { osRelease } from './machine.ts';
import { mountsBelow } from './mounts.ts';
import { withAuthorities } from './npm-mounts.ts';
import { missingPackages } from './packages.ts';
import { duration } from './progress.ts';
import { listenersFrom } from './sockets.ts';

test('mounts at or below a folder, the innermost first, and no neighbour of it', () => {
  const info = [
    '22 1 0:20 / /proc rw - proc proc rw',
    '30 1 8:1 /k /w/.stack/kubelet rw - ext4 /dev/vda rw',
    '31 30 0:40 / /w/.stack/kubelet/pods/a\\040b rw - tmpfs tmpfs rw',
    '32 1 0:41 / /w/.stackX rw - tmpfs tmpfs rw',
    '',
  ].join('\n');
  assert.deepEqual(mountsBelow('/w/.stack', info), ['/w/.stack/kubelet/pods/a b', '/w/.stack/kubelet']);
});

test('listening sockets, of both kinds of address', () => {
  const text = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:2384 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1 0 100
   1: 0100007F:2384 0100007F:A000 01 00000000:00000000 00:00000000 00000000     0        0 12346 1 0 100
   2: 00000000000000000000000000000000:192B 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 99 1 0
`;
  assert.deepEqual(listenersFrom(text), [
    { port: 9092, inode: '12345' },
    { port: 6443, inode: '99' },
  ]);
});

test('images of the node', () => {
  const table =
    'REF TYPE DIGEST SIZE PLATFORMS LABELS\nlocalhost/pause:1  application/x  sha256:12  1.0 MiB linux/amd64 -\n';
  assert.deepEqual([...imagesFrom(table)], [['localhost/pause:1', 'sha256:12']]);
  assert.equal(imagesFrom('').size, 0);
});

test('packages that dpkg does not call installed', () => {
  const said = 'runc installed\nbuildah not-installed\nkcat config-files\n';
  assert.deepEqual(missingPackages(['runc', 'buildah', 'kcat', 'socat'], said), ['buildah', 'kcat', 'socat']);
});

test('the mirror that apt uses for the release', () => {
  const lines = 'bookworm-updates http://m.test/debian\nbookworm http://m.test/debian\n';
  assert.deepEqual(mirrorFrom(lines, 'bookworm'), ['http://m.test/debian']);
  assert.deepEqual(mirrorFrom('', 'bookworm'), []);
});

test('an npmrc with the authorities in another place', () => {
  const npmrc = 'fund=false\n cafile = /etc/ssl/x.crt\nregistry=http://r.test/\n';
  assert.equal(withAuthorities(npmrc, '/y'), 'fund=false\ncafile=/y\nregistry=http://r.test/\n');
});

test('the name of the system', () => {
  const release = osRelease('PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n');
  assert.equal(release.get('ID'), 'debian');
  assert.equal(release.get('VERSION_ID'), '12');
});

test('the end of what a program said, without colours and empty lines', () => {
  assert.equal(lastLines('one\n\u001b[31mtwo\u001b[0m\n\nthree\n\n', 2), 'two\nthree');
});

test('durations', () => {
  assert.equal(duration(900), '1 s');
  assert.equal(duration(59_600), '1 m 0 s');
  assert.equal(duration(75_000), '1 m 15 s');
});

test('the Node of the base image is the one that package.json pins', () => {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { devDependencies } = JSON.parse(text) as { devDependencies: Record<string, string> };
  assert.equal(versions.node, devDependencies['node']);
});
