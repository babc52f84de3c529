/** JSON schemas of Kubernetes' kinds for kubeconform, from what an API server says of itself and from CRDs: strict, so that an unknown field is one that is refused. Pure. */

export type Schema = Readonly<Record<string, unknown>>;

/** A document of `/openapi/v3`, of one group and version. */
export interface OpenApi {
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

export interface Crd {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
}

interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** By the path that `schemaLocation` gives. */
export type Schemas = ReadonlyMap<string, Schema>;

/** For kubeconform's `-schema-location`, in the folder that the schemas were written to. */
export const schemaLocation = '{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json';

const references = '#/components/schemas/';
const objectMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** A schema for each kind of the document. */
export function schemasOfApi({ components }: OpenApi): Schemas {
  const all = components?.schemas ?? {};
  const found = Object.entries(all).flatMap(([name, schema]) => {
    const kinds = (schema['x-kubernetes-group-version-kind'] ?? []) as readonly Kind[];
    // What all kinds share, such as DeleteOptions, is named for each of them, and is none itself.
    const [kind] = kinds;
    if (kind === undefined || kinds.length > 1) return [];
    return [[pathOf(kind), strict({ ...withKind(schema, kind), definitions: used(name, all) })] as const];
  });
  return new Map(found);
}

/** @param api that of core/v1, which says what metadata may hold */
export function schemasOfCrd({ spec: { group, names, versions } }: Crd, { components }: OpenApi): Schemas {
  const all = components?.schemas ?? {};
  const metadata = { $ref: references + objectMeta };
  const definitions = { ...used(objectMeta, all), [objectMeta]: all[objectMeta] };
  return new Map(
    versions.map(({ name: version, schema: { openAPIV3Schema: schema } }) => {
      const kind = { group, version, kind: names.kind };
      const { properties } = schema as { properties?: Schema };
      const whole = { ...schema, properties: { ...properties, metadata } };
      return [pathOf(kind), strict({ ...withKind(whole, kind), definitions })] as const;
    }),
  );
}

/** What is before the slash in `apiVersion`, kubeconform takes for the group; the core's is the version alone. */
const pathOf = ({ group, version, kind }: Kind): string =>
  `${group === '' ? version : group}/${kind.toLowerCase()}_${version}.json`;

/** The API server takes an object without them for none at all, although its schemas do not ask for them. */
function withKind(schema: Schema, { group, version, kind }: Kind): Schema {
  const apiVersion = group === '' ? version : `${group}/${version}`;
  const { properties, required = [] } = schema as { properties?: Schema; required?: readonly string[] };
  return {
    ...schema,
    properties: { ...properties, apiVersion: { const: apiVersion }, kind: { const: kind } },
    required: [...new Set([...required, 'apiVersion', 'kind'])],
  };
}

/** What a schema refers to, at first hand or further on. */
function used(name: string, all: Readonly<Record<string, Schema>>): Readonly<Record<string, Schema>> {
  const found = new Map<string, Schema>();
  const visit = (value: unknown): void => {
    for (const [, referred = ''] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      const schema = all[referred];
      if (schema === undefined || found.has(referred)) continue;
      found.set(referred, schema);
      visit(schema);
    }
  };
  visit(all[name]);
  return Object.fromEntries(found);
}

/** In the words of JSON schema, and with nothing beside what is named. */
function strict(value: unknown): Schema {
  return convert(value) as Schema;
}

function convert(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(convert);
  if (typeof value !== 'object' || value === null) return value;
  const schema = value as Schema;
  const { $ref } = schema;
  if (typeof $ref === 'string') return { $ref: $ref.replace(references, '#/definitions/') };
  return nullable(intOrString(closed(below(schema))));
}

/** Names of fields are no keywords, so they are told apart from them. */
const maps = new Set(['properties', 'definitions', 'patternProperties']);
const literal = new Set(['default', 'enum', 'const', 'example', 'required']);

function below(schema: Schema): Schema {
  const entries = Object.entries(schema)
    .filter(([key]) => !/^x-kubernetes-(validations|group-version-kind|list|map|patch)/.test(key))
    .map(([key, value]) => {
      if (literal.has(key)) return [key, value] as const;
      if (!maps.has(key)) return [key, convert(value)] as const;
      const fields = Object.entries(value as Schema).map(([name, field]) => [name, convert(field)] as const);
      return [key, Object.fromEntries(fields)] as const;
    });
  return Object.fromEntries(entries);
}

function closed(schema: Schema): Schema {
  const open =
    schema['properties'] === undefined ||
    schema['additionalProperties'] !== undefined ||
    schema['x-kubernetes-preserve-unknown-fields'] === true;
  return open ? schema : { ...schema, additionalProperties: false };
}

function intOrString(schema: Schema): Schema {
  if (schema['x-kubernetes-int-or-string'] !== true) return schema;
  return { ...schema, type: ['integer', 'string'] };
}

function nullable(schema: Schema): Schema {
  const { nullable: may, ...rest } = schema;
  if (may !== true || typeof rest['type'] !== 'string') return rest;
  return { ...rest, type: [rest['type'], 'null'] };
}
