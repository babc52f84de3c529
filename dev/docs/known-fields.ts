/** Renders operator/api/known-fields.ts from the CRD. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { parse } from 'yaml';
import { fieldsOf } from '../../operator/look-at-crd.ts';
import type { Crd } from './schema.ts';

const root = new URL('../../', import.meta.url);
export const knownFieldsFile = fileURLToPath(new URL('operator/api/known-fields.ts', root));

/** The text of the file as it is to stand in the repository. */
export async function renderKnownFields(): Promise<string> {
  const crd = parse(readFileSync(new URL('crds/baristapipelines.yaml', root), 'utf8')) as Crd;
  const fields = crd.spec.versions.flatMap(({ schema }) => fieldsOf(schema.openAPIV3Schema));
  const text = `/** The fields of spec and status in crds/, by which the operator sees whether the cluster has the CRD of its release. Generated: node dev/docs/main.ts. */
export const knownFields: readonly string[] = ${JSON.stringify(fields)};
`;
  return format(text, { ...(await resolveConfig(knownFieldsFile)), parser: 'typescript' });
}
