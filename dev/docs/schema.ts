/** What the reference shows of an OpenAPI schema in a CRD. */

export interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-validations'?: readonly { readonly message: string }[];
}

export interface Column {
  readonly name: string;
  readonly description: string;
  readonly jsonPath: string;
  readonly priority?: number;
}

export interface Crd {
  readonly spec: {
    readonly group: string;
    readonly names: {
      readonly kind: string;
      readonly plural: string;
      readonly shortNames: readonly string[];
    };
    readonly versions: readonly {
      readonly name: string;
      readonly additionalPrinterColumns: readonly Column[];
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
}

/** An object with named fields, and where it is, e.g. `spec.topics` or `status.streams[]`. */
export interface ObjectAt {
  readonly path: string;
  readonly schema: Schema;
}

/** The object at `path` and all objects within it, in the order of the schema. */
export function objectsIn(schema: Schema, path: string): readonly ObjectAt[] {
  if (schema.items !== undefined) return objectsIn(schema.items, `${path}[]`);
  if (schema.properties === undefined) return [];
  const inner = Object.entries(schema.properties).flatMap(([name, field]) =>
    objectsIn(field, `${path}.${name}`),
  );
  return [{ path, schema }, ...inner];
}

/** The type of a field in words. */
export function typeOf(schema: Schema): string {
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema['x-kubernetes-int-or-string'] === true) return 'number or text';
  if (schema.additionalProperties !== undefined) return 'map of texts';
  if (schema.type === 'array') return 'list';
  if (schema.type === 'string') return schema.format === 'date-time' ? 'time' : 'text';
  return schema.type ?? 'any';
}

/** What a value must keep to, each as a sentence or phrase. */
export function rulesOf(schema: Schema): readonly string[] {
  const own = (schema['x-kubernetes-validations'] ?? []).map(({ message }) => message);
  const value = (schema.additionalProperties?.['x-kubernetes-validations'] ?? []).map(
    ({ message }) => message,
  );
  return [...rangeOf(schema), ...new Set([...own, ...value])];
}

function rangeOf(schema: Schema): readonly string[] {
  const { minimum, maximum, maxLength } = schema;
  if (minimum !== undefined && maximum !== undefined) return [`${minimum} to ${maximum}`];
  if (maxLength !== undefined && schema.enum === undefined) return [`at most ${maxLength} characters`];
  return [];
}
