/**
 * The Kubernetes programs, built from the Go module `k8s.io/kubernetes`: no registry of packages carries them as
 * binaries. The module pins its staging modules with local `replace` lines, which whoever uses it must repeat.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from './cache.ts';
import { run } from './command.ts';
import { versions } from './layout.ts';
import type { Paths } from './paths.ts';
import type { Progress } from './progress.ts';

const programs = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kube-proxy',
  'kubelet',
  'kubectl',
] as const;

const staging =
  'api apiextensions-apiserver apimachinery apiserver cli-runtime client-go cloud-provider cluster-bootstrap ' +
  'code-generator component-base component-helpers controller-manager cri-api cri-client csi-translation-lib ' +
  'dynamic-resource-allocation endpointslice externaljwt kms kube-aggregator kube-controller-manager kube-proxy ' +
  'kube-scheduler kubectl kubelet metrics mount-utils pod-security-admission sample-apiserver sample-cli-plugin ' +
  'sample-controller';

/** The folder with the Kubernetes programs; builds them when the cache has none (about 5 minutes on 2 cores). */
export function kubeBinaries(paths: Paths, progress: Progress): Promise<string> {
  const entry = join(paths.cache, `kubernetes-${versions.kubernetes}`);
  return cached(entry, (folder) =>
    progress.step(`building Kubernetes ${versions.kubernetes}`, () => build(folder, paths)),
  );
}

async function build(folder: string, paths: Paths): Promise<void> {
  const log = join(paths.logs, 'build-kubernetes.log');
  const env = { CGO_ENABLED: '0', GOFLAGS: '-mod=mod -buildvcs=false', GOTOOLCHAIN: 'local' };
  const options = { cwd: folder, env, log };
  const [, minor = '', patch = ''] = versions.kubernetes.split('.');
  writeFileSync(join(folder, 'go.mod'), goModule(`0.${minor}.${patch}`));
  writeFileSync(join(folder, 'tools.go'), toolsFile());
  await run('go', ['mod', 'tidy'], options);
  const version = 'k8s.io/component-base/version';
  const stamp =
    `-s -w -X ${version}.gitVersion=v${versions.kubernetes} ` +
    `-X ${version}.gitMajor=1 -X ${version}.gitMinor=${minor}`;
  const commands = programs.map((program) => `k8s.io/kubernetes/cmd/${program}`);
  await run(
    'nice',
    ['go', 'build', '-trimpath', '-ldflags', stamp, '-o', `${folder}/`, ...commands],
    options,
  );
}

function goModule(stagingVersion: string): string {
  const replaces = staging
    .split(' ')
    .map((name) => `replace k8s.io/${name} => k8s.io/${name} v${stagingVersion}`);
  return [
    'module kube-binaries',
    'go 1.24.0',
    ...replaces,
    `require k8s.io/kubernetes v${versions.kubernetes}`,
    '',
  ].join('\n');
}

function toolsFile(): string {
  const imports = programs.map((program) => `\t_ "k8s.io/kubernetes/cmd/${program}"`);
  return ['//go:build tools', 'package tools', 'import (', ...imports, ')', ''].join('\n');
}
