/** Installs the CRD and the operator with `kubectl apply -k`, as a user would: an overlay over manifests/base. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Kubectl } from '../cluster/kubectl.ts';
import type { Target } from '../cluster/target.ts';
import { splitImage } from '../../operator/api/app-uri.ts';

export const OPERATOR_NAMESPACE = 'barista-system';
export const OPERATOR = 'barista-operator';

/** The overlay as a kustomization; JSON is YAML. */
export function overlay(target: Target, folder: string): unknown {
  const { repository, version } = splitImage(target.operatorImage);
  const metadata = (object: string) => ({ name: object, namespace: OPERATOR_NAMESPACE });
  const servers = [{ name: 'default', url: target.dataflowUriFromPods, platform: 'default' }];
  const container = {
    name: 'operator',
    env: [{ name: 'BARISTA_WORKER_IMAGE', value: target.workerImage }],
  };
  return {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [relative(folder, join(target.root, 'manifests', 'base'))],
    images: [{ name: 'docker.io/barista/operator', newName: repository, newTag: version }],
    patches: [
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: metadata('barista-servers'),
        data: { 'servers.yaml': JSON.stringify({ servers }) },
      },
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: metadata(OPERATOR),
        spec: { template: { spec: { containers: [container] } } },
      },
    ].map((patch) => ({ patch: JSON.stringify(patch) })),
  };
}

/** Applies the overlay and waits until the operator is ready. Throws StackFailure with what kubectl said. */
export async function install(target: Target, kubectl: Kubectl): Promise<void> {
  const folder = join(target.root, '.stack', 'install');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify(overlay(target, folder), null, 2));

  await kubectl.run(['apply', '-k', folder]);
  await kubectl.run([
    'wait',
    '--for=condition=Established',
    'crd/baristapipelines.barista.dev',
    '--timeout=30s',
  ]);
  if (target.ours)
    await kubectl.run(['-n', OPERATOR_NAMESPACE, 'rollout', 'restart', `deployment/${OPERATOR}`]);
  await kubectl.run([
    '-n',
    OPERATOR_NAMESPACE,
    'rollout',
    'status',
    `deployment/${OPERATOR}`,
    '--timeout=120s',
  ]);
}
