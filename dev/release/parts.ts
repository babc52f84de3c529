/** What a release is made of but for the images: each function makes one thing in the release's folder. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { run } from '../stack/command.ts';
import { tarGz } from './archive.ts';
import { repositories, type Release } from './release.ts';
import { sameBom } from './sbom.ts';

const files = {
  plugin: ['kubectl-barista', 'kubectl_complete-barista', 'third-party-licenses.txt'],
} as const;

/** All of them, one after the other. */
export async function parts(release: Release): Promise<void> {
  crd(release);
  changeLog(release);
  await sbom(release);
  await installFile(release);
  await chart(release);
  await plugin(release);
}

/** `crd.yaml`, for those who install the CRD by itself. */
export function crd({ root, folder }: Release): void {
  cpSync(join(root, 'crds', 'baristapipelines.yaml'), join(folder, 'crd.yaml'));
}

export function changeLog({ root, folder }: Release): void {
  cpSync(join(root, 'CHANGELOG.md'), join(folder, 'CHANGELOG.md'));
}

/** `install.yaml`: what `kubectl apply -k manifests/base` makes, with the released images. */
export async function installFile({ root, version, folder, work, kubectl }: Release): Promise<void> {
  const overlay = join(work, 'install');
  mkdirSync(overlay, { recursive: true });
  const worker = { name: 'BARISTA_WORKER_IMAGE', value: `${repositories.worker}:${version}` };
  const patch = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'barista-operator', namespace: 'barista-system' },
    spec: { template: { spec: { containers: [{ name: 'operator', env: [worker] }] } } },
  };
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [relative(overlay, join(root, 'manifests', 'base'))],
    images: [{ name: repositories.operator, newTag: version }],
    patches: [{ patch: JSON.stringify(patch) }],
  };
  writeFileSync(join(overlay, 'kustomization.yaml'), JSON.stringify(kustomization));
  const objects = await kubectl.run(['kustomize', overlay]);
  const head =
    `# Barista ${version}: kubectl apply --server-side -f install.yaml\n` +
    '# Name your SCDF servers in the ConfigMap barista-servers before, or edit it afterwards; the operator reads it anew.\n';
  writeFileSync(join(folder, 'install.yaml'), head + objects);
}

/** `barista-operator-X.Y.Z.tgz`: the chart, whose images are the released ones unless its values name others. */
export async function chart({ root, version, epoch, folder, work, helm }: Release): Promise<void> {
  const source = join(root, 'manifests', 'chart');
  const stamp = ['--version', version, '--app-version', version];
  await helm.run(['package', source, ...stamp, '--destination', work]);
  const name = `barista-operator-${version}.tgz`;
  // Helm packs files with the times that they have in the work tree.
  await run('tar', ['-xzf', join(work, name), '-C', work]);
  await tarGz(join(folder, name), work, ['barista-operator'], epoch);
}

/** `kubectl-barista-X.Y.Z.tar.gz`: to be unpacked into a folder of PATH; runs on any machine with Node.js 20. */
export async function plugin({ root, version, epoch, folder }: Release): Promise<void> {
  await run(process.execPath, ['dev/build/cli.ts'], { cwd: root });
  const built = join(root, 'dist', 'cli');
  cpSync(join(root, 'LICENSE'), join(built, 'LICENSE'));
  const names = ['LICENSE', ...files.plugin];
  await tarGz(join(folder, `kubectl-barista-${version}.tar.gz`), built, names, epoch);
}

/** `sbom.cdx.json`: the npm packages of operator, worker and plugin, in CycloneDX's form. */
export async function sbom({ root, epoch, folder }: Release): Promise<void> {
  const how = ['--sbom-format', 'cyclonedx', '--omit', 'dev', '--package-lock-only'];
  const text = await run('npm', ['sbom', ...how], { cwd: root });
  const { name } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { name: string };
  writeFileSync(join(folder, 'sbom.cdx.json'), sameBom(text, name, epoch));
}
