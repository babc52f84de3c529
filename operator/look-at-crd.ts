/** Says once, at the start, when the cluster's CRD is of another release than this operator: one line in place of riddles about fields that are not there. */
import { knownFields } from './api/known-fields.ts';
import { GROUP, PIPELINES, VERSION } from './api/types.ts';
import { isRecord } from './kube/objects.ts';
import { KubeError, type KubeApi, type KubeObject, type ResourceKind } from './kube/port.ts';
import type { Log } from './runtime/log.ts';

const crdKind: ResourceKind = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
};

export interface FieldDifference {
  /** Paths such as `spec.topics.orders`: of the operator, and unknown to the API server, which takes them out of what is applied. */
  readonly onlyOperator: readonly string[];
  /** Of the cluster's CRD, and unknown to this operator, which does not look at them. */
  readonly onlyCluster: readonly string[];
}

/** The fields of spec and status that a schema of a CRD names, e.g. `status.streams[].name`, in its order. */
export function fieldsOf(schema: unknown): readonly string[] {
  return inner(schema, '').filter((path) => /^(spec|status)\b/.test(path));
}

function inner(schema: unknown, path: string): string[] {
  if (!isRecord(schema)) return [];
  const named = isRecord(schema['properties']) ? Object.entries(schema['properties']) : [];
  const fields = named.flatMap(([name, field]) => {
    const at = path === '' ? name : `${path}.${name}`;
    return [at, ...inner(field, at)];
  });
  return [...fields, ...inner(schema['items'], `${path}[]`)];
}

/** @returns undefined when the CRD does not serve the version of this operator */
export function differenceOf(
  crd: KubeObject,
  known: readonly string[] = knownFields,
): FieldDifference | undefined {
  const versions: unknown = isRecord(crd.spec) ? crd.spec['versions'] : undefined;
  const served: unknown = Array.isArray(versions)
    ? versions.find(
        (version) => isRecord(version) && version['name'] === VERSION && version['served'] === true,
      )
    : undefined;
  if (!isRecord(served) || !isRecord(served['schema'])) return undefined;
  const theirs = fieldsOf(served['schema']['openAPIV3Schema']);
  const [ours, others] = [new Set(known), new Set(theirs)];
  return {
    onlyOperator: known.filter((path) => !others.has(path)),
    onlyCluster: theirs.filter((path) => !ours.has(path)),
  };
}

/**
 * Logs one line. Never throws, and holds up nobody: the operator works with either CRD.
 * @param mayLook false for an operator of some namespaces, which has no right on the cluster as a whole
 */
export async function lookAtCrd(kube: Pick<KubeApi, 'get'>, log: Log, mayLook: boolean): Promise<void> {
  const name = `${PIPELINES.plural}.${GROUP}`;
  if (!mayLook) {
    log.debug('the CRD is not looked at: an operator of some namespaces has no right to');
    return;
  }
  try {
    const crd = await kube.get(crdKind, { name });
    if (crd === undefined)
      log.warn('there is no CRD of pipelines in the cluster: apply that of this release', { name });
    else report(differenceOf(crd), log);
  } catch (error) {
    const may = !(error instanceof KubeError && error.kind === 'forbidden');
    if (may) log.info('the CRD could not be looked at', { name, err: error });
    else log.debug('the CRD is not looked at: the operator has no right to', { name });
  }
}

function report(difference: FieldDifference | undefined, log: Log): void {
  if (difference === undefined) {
    log.warn(
      'the CRD in the cluster does not serve the version of this operator: apply that of this release',
      {
        version: VERSION,
      },
    );
    return;
  }
  const { onlyOperator, onlyCluster } = difference;
  if (onlyOperator.length > 0)
    log.warn('the CRD in the cluster lacks fields of this operator: apply that of this release', {
      ...difference,
    });
  else if (onlyCluster.length > 0)
    log.info('the CRD in the cluster is of a later release: this operator does not look at its new fields', {
      onlyCluster,
    });
  else log.debug('the CRD in the cluster has the fields of this operator');
}
