/** Renders what is in manifests/, as somebody would who writes an overlay. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parse } from 'yaml';
import type { Kubectl } from '../cluster/kubectl.ts';

const root = new URL('../..', import.meta.url).pathname;

/**
 * @param folder of a kustomization, e.g. `manifests/base`
 * @param components folders of components that are put upon it
 */
export async function render(
  kubectl: Kubectl,
  folder: string,
  components: readonly string[] = [],
): Promise<string> {
  if (components.length === 0) return kubectl.run(['kustomize', join(root, folder)]);
  const cache = join(root, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const overlay = mkdtempSync(join(cache, 'overlay-'));
  const from = (path: string) => relative(overlay, join(root, path));
  try {
    const kustomization = {
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      resources: [from(folder)],
      components: components.map(from),
    };
    writeFileSync(join(overlay, 'kustomization.yaml'), JSON.stringify(kustomization));
    return await kubectl.run(['kustomize', overlay]);
  } finally {
    rmSync(overlay, { recursive: true, force: true });
  }
}

/** Whether it can only be put upon something else. */
export function isComponent(folder: string): boolean {
  const { kind } = parse(readFileSync(join(root, folder, 'kustomization.yaml'), 'utf8')) as { kind: string };
  return kind === 'Component';
}
