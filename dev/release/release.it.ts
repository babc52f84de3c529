/**
 * What `make release` makes but for the images, made twice: here, and from a copy of the tree somewhere else. No cluster is asked. That the images are the same, too, was
 * tried by hand: docs/releasing.md.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { parseAllDocuments } from 'yaml';
import { Kubectl } from '../cluster/kubectl.ts';
import { Helm } from '../helm/helm.ts';
import { run } from '../stack/command.ts';
import { checksums } from './archive.ts';
import { parts } from './parts.ts';
import { repositories } from './release.ts';

const root = new URL('../..', import.meta.url).pathname;
/** On the same disk, so that node_modules need not be copied. */
const place = join(root, 'dist', `try-release-${process.pid}`);
const version = '0.0.17-try.1';
const epoch = 1_700_000_000;
const helm = await Helm.get();

/** What is in the work tree but is not its source. */
const made = new Set(['node_modules', 'dist', '.git', '.stack']);

/** The files of the work tree as they are now, committed or not, with other times. */
async function copyTree(to: string): Promise<void> {
  mkdirSync(to, { recursive: true });
  const names = readdirSync(root).filter((name) => !made.has(name));
  await run('cp', ['-rP', ...names, to], { cwd: root });
  await run('cp', ['-al', join(root, 'node_modules'), join(to, 'node_modules')]);
}

async function make(tree: string, folder: string): Promise<void> {
  const work = `${folder}.work`;
  for (const each of [folder, work]) mkdirSync(each, { recursive: true });
  const kubectl = new Kubectl({ PATH: process.env['PATH'] ?? '' });
  await parts({ root: tree, version, commit: 'c'.repeat(40), epoch, folder, work, helm, kubectl });
}

/** Those that run, and not those of which a description speaks. */
const imagesIn = (manifests: string): string[] =>
  Array.from(
    manifests.matchAll(/^\s*(?:- )?(?:image|value): "?(docker\.io\/[^\s"]+)"?$/gm),
    ([, image = '']) => image,
  ).sort();

describe('what a release is made of', () => {
  const [first, second] = [join(place, 'first'), join(place, 'second')];
  const unpacked = join(place, 'unpacked');
  const chart = join(first, `barista-operator-${version}.tgz`);
  before(async () => {
    await make(root, first);
    const elsewhere = join(place, 'quite', 'another', 'path');
    await copyTree(elsewhere);
    await make(elsewhere, second);
    mkdirSync(unpacked);
    await run('tar', ['-xzf', join(first, `kubectl-barista-${version}.tar.gz`), '-C', unpacked]);
  });
  after(() => rmSync(place, { recursive: true, force: true }));

  test('is the same from another place, byte for byte', () => {
    assert.deepEqual(readdirSync(first).sort(), [
      'CHANGELOG.md',
      `barista-operator-${version}.tgz`,
      'crd.yaml',
      'install.yaml',
      `kubectl-barista-${version}.tar.gz`,
      'sbom.cdx.json',
    ]);
    assert.equal(checksums(first), checksums(second));
  });

  test('has checksums that sha256sum takes', async () => {
    const said = await run('sha256sum', ['--check', '-'], { cwd: first, input: checksums(first) });
    assert.match(said, /install\.yaml: OK/);
  });

  test('names nothing of the machine', () => {
    const names = [place, root, homedir()].filter((name) => name.length > 5);
    for (const file of readdirSync(first)) {
      const bytes = readFileSync(join(first, file));
      const text = (/gz$/.test(file) ? gunzipSync(bytes) : bytes).toString('latin1');
      for (const name of names) assert.ok(!text.includes(name), `${file} has ${name} in it`);
    }
  });

  test('has archives with one time and one owner', async () => {
    for (const file of readdirSync(first).filter((name) => name.endsWith('gz'))) {
      const list = await run('tar', ['--utc', '--full-time', '-tvzf', join(first, file)]);
      const lines = list.trim().split('\n');
      assert.ok(lines.length > 3, list);
      for (const line of lines) assert.match(line, /^\S+ (0\/0|root\/root) +\d+ 2023-11-14 22:13:20 /);
    }
  });

  test('has an install.yaml with the released images and no other', () => {
    const text = readFileSync(join(first, 'install.yaml'), 'utf8');
    const images = imagesIn(text);
    assert.deepEqual(images, [`${repositories.operator}:${version}`, `${repositories.worker}:${version}`]);
    const kinds = parseAllDocuments(text).map((document) => (document.toJS() as { kind: string }).kind);
    for (const kind of ['CustomResourceDefinition', 'Deployment', 'ConfigMap', 'ClusterRole'])
      assert.ok(kinds.includes(kind), kind);
  });

  test('has a chart of that version, with its CRD and the released images', async () => {
    const text = await helm.run(['template', 'barista-operator', chart, '--namespace', 'barista-system']);
    const images = imagesIn(text);
    assert.deepEqual(images, [`${repositories.operator}:${version}`, `${repositories.worker}:${version}`]);
    assert.match(text, /kind: CustomResourceDefinition/);
    assert.match(text, new RegExp(`helm.sh/chart: barista-operator-${version}`));
    assert.match(await helm.run(['lint', '--strict', chart]), /0 chart\(s\) failed/);
  });

  test('has a plugin that runs by itself, and the licenses of what is in it', () => {
    const help = execFileSync(process.execPath, [join(unpacked, 'kubectl-barista'), 'help'], {
      cwd: unpacked,
      encoding: 'utf8',
    });
    assert.match(help, /^ {2}tree NAME/m);
    assert.match(readFileSync(join(unpacked, 'third-party-licenses.txt'), 'utf8'), /^yaml \d/m);
    assert.match(readFileSync(join(unpacked, 'LICENSE'), 'utf8'), /Apache License/);
  });

  test('has a bill with every package that runs, and none that only builds', () => {
    const bom = JSON.parse(readFileSync(join(first, 'sbom.cdx.json'), 'utf8')) as {
      bomFormat: string;
      metadata: { component: { name: string } };
      components: { name: string; version: string; licenses?: unknown[] }[];
    };
    const about = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
      devDependencies: Record<string, string>;
    };
    assert.deepEqual([bom.bomFormat, bom.metadata.component.name], ['CycloneDX', 'barista']);
    const listed = new Map(bom.components.map(({ name, version }) => [name, version]));
    for (const [name, pinned] of Object.entries(about.dependencies))
      assert.equal(listed.get(name), pinned, name);
    // The types of Node are of use to nobody who runs it, and a dependency of client-node all the same.
    for (const name of Object.keys(about.devDependencies).filter((name) => name !== '@types/node'))
      assert.ok(!listed.has(name), name);
  });
});
