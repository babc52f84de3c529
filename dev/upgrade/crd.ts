/** What an upgrade looks at in a CRD: pure. */
import { parse } from 'yaml';

/** A schema of OpenAPI v3 as a CRD has it; what is not named here may be there all the same. */
export interface Schema {
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string; readonly message?: string }[];
  readonly [keyword: string]: unknown;
}

export interface Version {
  readonly name: string;
  readonly served: boolean;
  readonly schema: { readonly openAPIV3Schema: Schema };
  readonly subresources?: Readonly<Record<string, unknown>>;
}

export interface Crd {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: Readonly<Record<string, unknown>>;
    readonly versions: readonly Version[];
  };
}

export const parseCrd = (text: string): Crd => parse(text) as Crd;

/** Which of two CRDs is the later one: the chart does not replace one by an earlier one. */
export const SCHEMA_LABEL = 'barista.dev/schema';

/** The number in that label; 0 when there is none. */
export const schemaNumber = ({ metadata }: Crd): number => Number(metadata.labels?.[SCHEMA_LABEL] ?? 0);

/** The schemas without what is only for people, as text: equal when what is accepted and stored is equal. */
export function shape({ spec }: Crd): string {
  const schemas = spec.versions.map(({ name, schema }) => [name, schema.openAPIV3Schema]);
  return JSON.stringify(schemas, (key, value: unknown) =>
    key === 'description' && typeof value === 'string' ? undefined : value,
  );
}
