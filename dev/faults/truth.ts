/** Whether SCDF has what a pipeline's spec says: looked at from outside, not by the revision that the operator itself goes by. */
import type { Pipeline } from '../../operator/api/types.ts';
import { parsePipeline } from '../../operator/api/validate.ts';
import { parseDsl } from '../../operator/dataflow/dsl.ts';
import type { Snapshot } from '../../operator/dataflow/simulator/simulator.ts';
import { desired, type DesiredStream, type Installation } from '../../operator/desired/desired.ts';
import type { KubeObject } from '../../operator/kube/port.ts';

export const installation: Installation = {
  instance: 'faults',
  workerImage: 'barista/worker:1',
  platform: 'default',
};

export function pipelineOf(object: KubeObject): Pipeline | undefined {
  const parsed = parsePipeline(object);
  return 'pipeline' in parsed ? parsed.pipeline : undefined;
}

/** What of the spec is not so; undefined: all is as it should be. */
export function notAsSpecified(
  object: KubeObject,
  snapshot: Snapshot,
): { stream: string; why: string } | undefined {
  const pipeline = pipelineOf(object);
  if (pipeline === undefined) return undefined;
  const { streams, description } = desired(pipeline, installation);
  for (const stream of streams) {
    const why = wrongWith(stream, description, snapshot);
    if (why !== undefined) return { stream: stream.name, why };
  }
  const wanted = new Set(streams.map(({ name }) => name));
  const former = snapshot.streams.find((it) => it.description === description && !wanted.has(it.name));
  return former === undefined ? undefined : { stream: former.name, why: 'it is not wanted and still there' };
}

function wrongWith(wanted: DesiredStream, owner: string, snapshot: Snapshot): string | undefined {
  const found = snapshot.streams.find(({ name }) => name === wanted.name);
  if (found === undefined) return 'it is not there';
  if (found.description !== owner) return `it is ${found.description || 'somebody else'}'s`;
  const state = wanted.running ? 'deployed' : 'undeployed';
  if (found.state !== state) return `it is ${found.state}`;
  return wanted.running ? (wrongProperty(wanted, found.dsl) ?? wrongWorkload(wanted, snapshot)) : undefined;
}

function wrongProperty({ properties }: DesiredStream, dsl: string): string | undefined {
  const deployed = parseDsl(dsl)?.apps[0]?.properties ?? {};
  const wrong = Object.entries(properties).find(([key, value]) => deployed[key] !== value);
  return wrong === undefined
    ? undefined
    : `its ${wrong[0]} is ${deployed[wrong[0]] ?? 'absent'}, not ${wrong[1]}`;
}

function wrongWorkload({ name, app, count }: DesiredStream, { workloads }: Snapshot): string | undefined {
  const newest = workloads.filter((it) => it.stream === name).sort((a, b) => b.release - a.release)[0];
  if (newest === undefined) return 'it has no workload';
  if (newest.image !== app.uri) return `it runs ${newest.image}, not ${app.uri ?? ''}`;
  return count === undefined || newest.count === count
    ? undefined
    : `it has ${newest.count} instances, not ${count}`;
}
