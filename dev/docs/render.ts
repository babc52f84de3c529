/** Reads the CRD and renders the reference as it is to stand in the repository. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { parse } from 'yaml';
import { reference } from './reference.ts';
import type { Crd } from './schema.ts';

const root = new URL('../../', import.meta.url);
export const referenceFile = fileURLToPath(new URL('docs/reference.md', root));

export async function render(): Promise<string> {
  const crd = parse(readFileSync(new URL('crds/baristapipelines.yaml', root), 'utf8')) as Crd;
  const style = await resolveConfig(referenceFile);
  return format(reference(crd), { ...style, parser: 'markdown' });
}
