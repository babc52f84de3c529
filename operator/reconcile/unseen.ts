/** Pipelines of other shards, which this operator's copy does not have: asked for one by one, where it matters. */
import { PIPELINES, type Pipeline } from '../api/types.ts';
import { parsePipeline } from '../api/validate.ts';
import { ownerKey } from '../desired/desired.ts';
import { KubeError } from '../kube/port.ts';
import type { Observed } from '../observed/observed.ts';
import type { Plan } from '../plan/step.ts';
import { precedes } from './claims.ts';
import type { Dependencies } from './dependencies.ts';

type Deps = Pick<Dependencies, 'instance' | 'claims' | 'kube'>;

/**
 * The streams among those about to be adopted that an older pipeline of another shard has and still wants, and who. The older one
 * keeps them, as it does within a shard: two that may both adopt would take them from each other for ever.
 */
export async function olderClaimsUnseen(
  pipeline: Pipeline,
  { verdicts }: Plan,
  observed: Observed,
  { deps, signal }: { deps: Deps; signal: AbortSignal },
): Promise<ReadonlyMap<string, string>> {
  const older = new Map<string, string>();
  for (const { stream } of verdicts.filter((it) => it.kind === 'adopt')) {
    const description = observed.streams.get(stream)?.definition?.description ?? '';
    const owner = ownerKey(deps.instance, description);
    if (owner === undefined || deps.claims.has(owner)) continue;
    if (await mayKeep(owner, stream, pipeline, { deps, signal })) older.set(stream, owner);
  }
  return older;
}

async function mayKeep(
  owner: string,
  stream: string,
  mine: Pipeline,
  { deps, signal }: { deps: Deps; signal: AbortSignal },
): Promise<boolean> {
  const [namespace = '', name = ''] = owner.split('/');
  try {
    const object = await deps.kube.get(PIPELINES, { namespace, name }, signal);
    const parsed = object === undefined ? undefined : parsePipeline(object);
    return parsed !== undefined && 'pipeline' in parsed && wants(parsed.pipeline, stream, mine);
  } catch (error) {
    // In a namespace into which this operator may not look the owner may well be there.
    if (error instanceof KubeError && error.kind === 'forbidden') return true;
    throw error;
  }
}

function wants(other: Pipeline, stream: string, mine: Pipeline): boolean {
  const { spec, deleting } = other;
  if (deleting || spec.dataflow.server !== mine.spec.dataflow.server) return false;
  return Object.values(spec.streamNames).includes(stream) && precedes(other, mine);
}
