/** A bar as a resource that can be applied: pure. */
import { annotations, GROUP, KIND, VERSION, type Pipeline } from '../../operator/api/types.ts';
import { describeProblems, parsePipeline } from '../../operator/api/validate.ts';
import { desired, ownerDescription } from '../../operator/desired/desired.ts';
import { CliError } from '../errors.ts';
import type { Bar } from './bar.ts';
import type { StreamFacts } from './facts.ts';
import { restOf } from './properties.ts';
import { frameOf } from './spec.ts';

export interface Setting {
  /** `--name` and `--namespace`. */
  readonly name: string | undefined;
  readonly namespace: string | undefined;
  /** The operator's name in descriptions; undefined: no operator is to be seen. */
  readonly instance: string | undefined;
  readonly server: string | undefined;
  readonly platform: string | undefined;
  readonly workerImage: string | undefined;
}

export interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>>;
}

export interface Description {
  readonly resource: Resource;
  /** As the operator reads it; in the namespace `default` where none is known. */
  readonly pipeline: Pipeline;
  /** Whose streams they are. */
  readonly owner: Owner;
  readonly remarks: readonly string[];
}

export type Owner =
  | { readonly kind: 'nobody' }
  /** A pipeline of this operator, or of another. */
  | {
      readonly kind: 'pipeline' | 'foreign';
      readonly instance: string;
      readonly namespace: string;
      readonly name: string;
    };

const specFields = {
  orders: 'customer',
  hotDrink: 'hotDrinkLog',
  coldDrink: 'coldDrinkLog',
  bar: 'barista',
} as const;

/** @throws CliError when no pipeline can describe it */
export function describe(bar: Bar, facts: readonly StreamFacts[], setting: Setting): Description {
  const owner = ownerOf(facts, setting.instance);
  const metadata = metadataOf(facts, owner, setting);
  const frame = frameOf(bar.topics, facts, { ...setting, name: metadata.name });
  const { instance = 'unknown', workerImage = 'unknown', platform = 'default' } = setting;
  const plain = desired(read({ metadata, spec: frame.spec }), { instance, workerImage, platform });
  const spec: Record<string, unknown> = { ...frame.spec };
  const remarks = [...bar.remarks, ...frame.remarks];
  for (const it of facts) {
    const base = plain.streams.find(({ role }) => role === it.role);
    if (base === undefined) continue;
    const { remarks: told, ...rest } = restOf(it, base, frame.said);
    remarks.push(...told);
    const field = specFields[it.role];
    const given = Object.entries(rest).filter(([, map]) => Object.keys(map).length > 0);
    if (given.length > 0) spec[field] = { ...(spec[field] ?? {}), ...Object.fromEntries(given) };
  }
  const resource = { apiVersion: `${GROUP}/${VERSION}`, kind: KIND, metadata, spec: inOrder(spec) };
  return { resource, pipeline: read(resource), owner, remarks };
}

function inOrder(spec: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const fields = ['topics', 'state', 'streamNames', 'dataflow', 'kafka', ...Object.values(specFields)];
  return Object.fromEntries(fields.flatMap((field) => (field in spec ? [[field, spec[field]]] : [])));
}

/** By its own name and with its own streams a pipeline goes on; whatever else is to be adopted. */
function metadataOf(facts: readonly StreamFacts[], owner: Owner, setting: Setting): Resource['metadata'] {
  const former = owner.kind === 'nobody' ? undefined : owner;
  const name = setting.name ?? former?.name ?? nameOf(facts);
  const namespace = setting.namespace ?? former?.namespace;
  const isMine = isOf(facts, setting.instance, { namespace: namespace ?? '', name });
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(isMine ? {} : { annotations: { [annotations.adopt]: 'true' } }),
  };
}

function isOf(
  facts: readonly StreamFacts[],
  instance: string | undefined,
  pipeline: { readonly namespace: string; readonly name: string },
): boolean {
  if (instance === undefined) return false;
  return facts.every(({ description }) => description === ownerDescription(instance, pipeline));
}

function ownerOf(facts: readonly StreamFacts[], ours: string | undefined): Owner {
  const worker = facts.find(({ role }) => role === 'bar');
  const [, instance, namespace, name] =
    /^barista\.dev\/v1alpha1 (.+)\/([^/]+)\/([^/]+)$/.exec(worker?.description ?? '') ?? [];
  if (instance === undefined || namespace === undefined || name === undefined) return { kind: 'nobody' };
  return { kind: instance === ours ? 'pipeline' : 'foreign', instance, namespace, name };
}

/** From that of the worker's stream, in the characters of a resource's name. */
function nameOf(facts: readonly StreamFacts[]): string {
  const worker = facts.find(({ role }) => role === 'bar')?.name ?? '';
  const plain = worker
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '');
  return plain.replace(/(.)-(bar|pipeline|stream)$/, '$1') || 'bar';
}

function read({ metadata, spec }: Pick<Resource, 'metadata' | 'spec'>): Pipeline {
  const parsed = parsePipeline({
    apiVersion: `${GROUP}/${VERSION}`,
    kind: KIND,
    metadata: {
      uid: '',
      resourceVersion: '',
      generation: 1,
      creationTimestamp: '',
      namespace: 'default',
      ...metadata,
    },
    spec,
  });
  if ('pipeline' in parsed) return parsed.pipeline;
  throw new CliError(
    `No pipeline can describe this bar: ${describeProblems(parsed.problems)}. --name gives it another name; the rest has to be changed in SCDF first.`,
  );
}
