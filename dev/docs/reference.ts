/** The CRD -> docs/reference.md, as Markdown that prettier has not seen yet. Pure. */
import { type Crd, type ObjectAt, objectsIn, rulesOf, type Schema, typeOf } from './schema.ts';
import { escape, generatedFrom, table } from './table.ts';

export function reference(crd: Crd): string {
  const { group, names, versions } = crd.spec;
  const [version] = versions;
  if (version === undefined) throw new Error('the CRD has no version');
  const root = version.schema.openAPIV3Schema;
  const objects = ['spec', 'status'].flatMap((name) => objectsIn(root.properties?.[name] ?? {}, name));
  return [
    `# ${names.kind}`,
    generatedFrom('crds/baristapipelines.yaml'),
    root.description ?? '',
    `\`apiVersion: ${group}/${version.name}\`, \`kind: ${names.kind}\`; for kubectl \`${names.plural}\` or \`${names.shortNames.join('`, `')}\`. ` +
      `\`kubectl explain ${names.shortNames[0] ?? names.plural}.spec\` tells the same. Examples are in \`manifests/samples\`.`,
    ...rulesOfTheWhole(root),
    ...objects.map(section),
    '## What `kubectl get` shows',
    table(
      ['Column', 'Shown', 'Meaning', 'Source'],
      version.additionalPrinterColumns.map(({ name, priority, description, jsonPath }) => [
        name.toUpperCase(),
        priority === undefined ? 'always' : 'with `-o wide`',
        description,
        `\`${jsonPath}\``,
      ]),
    ),
  ].join('\n\n');
}

function rulesOfTheWhole(root: Schema): readonly string[] {
  const rules = [...new Set(rulesOf(root))];
  return [
    'A resource whose fields do not go together is refused with one of these sentences:',
    rules.map((rule) => `- ${escape(rule)}`).join('\n'),
  ];
}

function section({ path, schema }: ObjectAt): string {
  const rules = rulesOf(schema);
  return [
    `## ${path}`,
    escape(schema.description ?? ''),
    ...(rules.length === 0 ? [] : [rules.map((rule) => `- ${escape(rule)}`).join('\n')]),
    table(
      ['Field', 'Type', 'Default', 'Description', 'Rules'],
      Object.entries(schema.properties ?? {}).map(([name, field]) => [
        `\`${name}\``,
        typeOf(field),
        defaultOf(name, field, schema),
        escape(field.description ?? ''),
        field.properties === undefined ? rulesOf(field).map(escape).join('<br>') : '',
      ]),
    ),
  ].join('\n\n');
}

function defaultOf(name: string, field: Schema, parent: Schema): string {
  if (parent.required?.includes(name) === true) return 'required';
  if (field.default === undefined || typeof field.default === 'object') return '';
  return `\`${typeof field.default === 'string' ? field.default : JSON.stringify(field.default)}\``;
}
