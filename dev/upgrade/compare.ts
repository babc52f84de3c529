/** Compares a CRD with the one that it replaces: what would make a stored resource invalid, or lose something of it. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { Crd, Schema, Version } from './crd.ts';

const upper = ['maximum', 'maxLength', 'maxItems', 'maxProperties'];
const lower = ['minimum', 'minLength', 'minItems', 'minProperties'];
/** Those that let more pass when they are there. */
const allowances = [
  'nullable',
  'x-kubernetes-int-or-string',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-embedded-resource',
];
/** Looked at by functions of their own, or by nobody: a default is stored already, and descriptions are for people. */
const others = [
  'required',
  'properties',
  'additionalProperties',
  'items',
  'enum',
  'x-kubernetes-validations',
  'default',
  'description',
  'title',
];
const known = new Set([...upper, ...lower, ...allowances, ...others]);

/** One sentence for each thing that breaks; empty when all that the former CRD has stored stays valid and whole. */
export function breaks(before: Crd, after: Crd): string[] {
  const served = before.spec.versions.filter((version) => version.served);
  return [...otherName(before, after), ...served.flatMap((version) => ofVersion(version, after))];
}

function otherName({ spec: before }: Crd, { spec: after }: Crd): string[] {
  const names = (['kind', 'plural'] as const).filter((name) => before.names[name] !== after.names[name]);
  const fields = (['group', 'scope'] as const).filter((field) => before[field] !== after[field]);
  return [...fields, ...names.map((name) => `names.${name}`)].map((what) => `${what} is another one.`);
}

function ofVersion({ name, schema, subresources }: Version, { spec }: Crd): string[] {
  const next = spec.versions.find((version) => version.served && version.name === name);
  if (next === undefined) return [`${name} is not served any more.`];
  const kept = next.subresources ?? {};
  const gone = Object.keys(subresources ?? {}).filter((subresource) => !(subresource in kept));
  return [
    ...gone.map((subresource) => `the subresource ${subresource} is gone.`),
    ...ofSchema(schema.openAPIV3Schema, next.schema.openAPIV3Schema, ''),
  ];
}

function ofSchema(before: Schema, after: Schema, path: string): string[] {
  const own = [
    ...limits(before, after),
    ...values(before, after),
    ...rules(before, after),
    ...anythingElse(before, after),
  ];
  return [
    ...own.map((what) => `${path === '' ? 'the whole' : path}: ${what}.`),
    ...fields(before, after, path),
    ...inner(before.items, after.items, `${path}[]`),
    ...maps(before, after, path),
  ];
}

function limits(before: Schema, after: Schema): string[] {
  const narrowed = (name: string, isNarrower: (was: number, is: number) => boolean): string[] => {
    const [was, is] = [before[name], after[name]];
    if (typeof is !== 'number' || (typeof was === 'number' && !isNarrower(was, is))) return [];
    return [`${name} was ${typeof was === 'number' ? was : 'open'} and is ${is}`];
  };
  return [
    ...upper.flatMap((name) => narrowed(name, (was, is) => is < was)),
    ...lower.flatMap((name) => narrowed(name, (was, is) => is > was)),
  ];
}

function values(before: Schema, after: Schema): string[] {
  if (after.enum === undefined) return [];
  if (before.enum === undefined) return ['only some values are allowed now'];
  const allowed = after.enum;
  const gone = before.enum.filter((value) => !allowed.includes(value));
  return gone.map((value) => `the value ${String(value)} is gone`);
}

/** A rule that compares with what was (`oldSelf`) says nothing of what is stored. */
function rules(before: Schema, after: Schema): string[] {
  const old = new Set((before['x-kubernetes-validations'] ?? []).map(({ rule }) => rule));
  const added = (after['x-kubernetes-validations'] ?? []).filter(({ rule }) => !old.has(rule));
  return added
    .filter(({ rule }) => !/\boldSelf\b/.test(rule))
    .map(({ message, rule }) => `a rule is new or another one ("${message ?? rule}")`);
}

/** Type, format, pattern and whatever else restricts: the same, or not there any more. */
function anythingElse(before: Schema, after: Schema): string[] {
  const restricting = Object.keys(after).filter(
    (name) => !known.has(name) && !isDeepStrictEqual(before[name], after[name]),
  );
  const lost = allowances.filter((name) => before[name] === true && after[name] !== true);
  return [
    ...restricting.map((name) => `${name} is new or another one`),
    ...lost.map((name) => `${name} is gone`),
    ...('type' in before && !('type' in after) ? ['type is gone'] : []),
  ];
}

function fields(before: Schema, after: Schema, path: string): string[] {
  const found = (after.required ?? [])
    .filter((name) => before.required?.includes(name) !== true)
    .filter((name) => after.properties?.[name]?.default === undefined)
    .map((name) => `${path}.${name}: it is required now, and has no default.`);
  for (const [name, field] of Object.entries(before.properties ?? {})) {
    const next = after.properties?.[name];
    if (next !== undefined) found.push(...ofSchema(field, next, `${path}.${name}`));
    else if (after['x-kubernetes-preserve-unknown-fields'] !== true)
      found.push(`${path}.${name}: the field is gone.`);
  }
  return found;
}

function maps(before: Schema, after: Schema, path: string): string[] {
  const [was, is] = [before.additionalProperties, after.additionalProperties];
  if (was === undefined || was === false) return [];
  if (is === undefined || is === false) return [`${path}: other keys are not kept any more.`];
  // `true` has no schema, and is as open as one that says nothing.
  return ofSchema(was === true ? {} : was, is === true ? {} : is, `${path}{}`);
}

function inner(before: Schema | undefined, after: Schema | undefined, path: string): string[] {
  return before === undefined || after === undefined ? [] : ofSchema(before, after, path);
}
