/** What can be seen at the end, without what differs from run to run: times, uids, versions and the namespace. */
import type { PipelineStatus } from '../../operator/api/types.ts';
import type { Snapshot } from '../../operator/dataflow/simulator/simulator.ts';
import type { KubeObject } from '../../operator/kube/port.ts';
import { pipelineOf } from './truth.ts';

/** SCDF's own note of the count it once deployed with: scaling does not change it. The true count is among the workloads. */
const remembered = /^--spring\.cloud\.stream\.instanceCount=/;

export function pictureOf(namespace: string, object: KubeObject | undefined, snapshot: Snapshot): unknown {
  const { apps, streams, workloads } = snapshot;
  const picture = {
    apps: sorted(apps.map((app) => JSON.stringify(app))),
    streams: streams
      .map(({ name, originalDsl, dsl, description, state }) => ({
        name,
        originalDsl,
        dsl: sorted(dsl.split(' ').filter((it) => !remembered.test(it))),
        description,
        state,
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    workloads: sorted(
      workloads.map(({ stream, label, image, count, state }) =>
        [stream, label, image, count, state].join(' '),
      ),
    ),
    object: object === undefined ? 'gone' : objectPicture(object),
  };
  return JSON.parse(JSON.stringify(picture).replaceAll(`/${namespace}/`, '/ns/'));
}

function objectPicture(object: KubeObject): unknown {
  const { metadata, status } = object;
  const { generation, finalizers = [], deletionTimestamp } = metadata;
  const { conditions = [], streams = [], observedGeneration, ...rest } = (status ?? {}) as PipelineStatus;
  return {
    spec: pipelineOf(object)?.spec,
    finalizers,
    deleting: deletionTimestamp !== undefined,
    isObserved: observedGeneration === generation,
    conditions: conditions.map(({ type, status: is, reason, message, observedGeneration: of }) => ({
      type,
      status: is,
      reason,
      message: message.replace(/release \d+/g, 'release N'),
      isObserved: of === generation,
    })),
    streams: streams.map((stream) => ({ ...stream, release: undefined })),
    ...rest,
  };
}

function sorted(texts: readonly string[]): string[] {
  return [...texts].sort();
}

/** The first places at which two pictures differ, as `path: this, not that`. */
export function differences(is: unknown, wanted: unknown, path = ''): string[] {
  if (JSON.stringify(is) === JSON.stringify(wanted)) return [];
  if (typeof is !== 'object' || typeof wanted !== 'object' || is === null || wanted === null) {
    return [`${path}: ${JSON.stringify(is)}, not ${JSON.stringify(wanted)}`];
  }
  const keys = new Set([...Object.keys(is), ...Object.keys(wanted)]);
  return [...keys].flatMap((key) =>
    differences(
      (is as Record<string, unknown>)[key] ?? null,
      (wanted as Record<string, unknown>)[key] ?? null,
      `${path}/${key}`,
    ),
  );
}
