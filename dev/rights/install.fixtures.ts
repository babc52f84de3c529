/** One of the installs in manifests/ for a test: its rights under names of the test's own, and the settings of its Deployment. */
import { parseAllDocuments } from 'yaml';
import { grantsOf, type Grant, type Role } from './rules.fixtures.ts';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly subjects?: readonly object[];
}

interface Deployment extends Manifest {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly serviceAccountName: string;
        readonly containers: readonly [
          { readonly env: readonly { readonly name: string; readonly value?: string }[] },
        ];
      };
    };
  };
}

/** The namespaces that the manifests name, and those that stand in for them. */
export interface Places {
  readonly 'barista-system': string;
  readonly cafe: string;
}

export interface Install {
  readonly rights: readonly Manifest[];
  readonly grants: readonly Grant[];
  /** The ServiceAccount under which it runs. */
  readonly account: string;
  /** What the operator is told. */
  readonly env: Readonly<Record<string, string>>;
}

/** Roles for people and for Prometheus, not for the operator. */
const forOthers = /^barista-(edit|view|operator-metrics-reader)/;

/**
 * @param manifests as they are rendered
 * @param suffix sets cluster-wide objects apart from those of an operator that is installed
 */
export function readInstall(manifests: string, places: Places, suffix: string): Install {
  const all = parseAllDocuments(manifests).map((document) =>
    moved(document.toJS() as Manifest, places, suffix),
  );
  const rights = all.filter(
    ({ kind, metadata }) =>
      /^(ServiceAccount|(Cluster)?Role(Binding)?)$/.test(kind) && !forOthers.test(metadata.name),
  );
  const roles = rights.filter(({ kind }) => /^(Cluster)?Role$/.test(kind)) as unknown as Role[];
  const { spec } = all.find(({ kind }) => kind === 'Deployment') as Deployment;
  const { containers, serviceAccountName: account } = spec.template.spec;
  const env = containers[0].env.flatMap(({ name, value }) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return { rights, grants: roles.flatMap(grantsOf), account, env: Object.fromEntries(env) };
}

function moved(manifest: Manifest, places: Places, suffix: string): Manifest {
  const isPlace = (value: unknown): value is keyof Places => typeof value === 'string' && value in places;
  const inPlace = JSON.parse(JSON.stringify(manifest), (_, value: unknown) =>
    isPlace(value) ? places[value] : value,
  ) as Manifest & { roleRef?: { kind: string; name: string } };
  const { metadata, roleRef } = inPlace;
  const isClusterWide = manifest.kind.startsWith('ClusterRole');
  return {
    ...inPlace,
    ...(isClusterWide ? { metadata: { ...metadata, name: metadata.name + suffix } } : {}),
    ...(roleRef?.kind === 'ClusterRole' ? { roleRef: { ...roleRef, name: roleRef.name + suffix } } : {}),
  };
}
