/** A pipeline, its streams and their pods, and how they are: pure, from what was asked of the cluster. */
import { annotations, type Condition, type StreamStatus } from '../../operator/api/types.ts';
import { readyOf, type Pipeline } from '../pipeline.ts';
import type { Pod } from './pod.ts';

export interface Served {
  /** Drinks since the worker's start. */
  readonly drinks: number;
  /** Orders that wait in its partitions. */
  readonly waiting: number;
}

export interface PodNode {
  readonly name: string;
  readonly namespace: string;
  /** As in kubectl's column STATUS. */
  readonly status: string;
  readonly ready: boolean;
  readonly restarts: number;
  readonly ageSeconds: number;
  readonly drinksPerSecond?: number;
  readonly ordersWaiting?: number;
}

export interface StreamNode {
  readonly name: string;
  readonly role: string;
  /** SCDF's word. */
  readonly state: string;
  readonly instances?: string;
  /** Without its registry. */
  readonly image?: string;
  readonly message?: string;
  readonly drinksPerSecond?: number;
  readonly ordersWaiting?: number;
  readonly pods: readonly PodNode[];
}

export interface Tree {
  readonly namespace: string;
  readonly name: string;
  /** `Unknown` also while the operator has not seen the last change. */
  readonly ready: string;
  readonly reason: string;
  readonly message: string;
  readonly streamsReady: string;
  readonly paused: boolean;
  readonly streams: readonly StreamNode[];
}

/** What the workers have counted, by `namespace/name` of their pods; twice, to know how quickly. */
export interface Samples {
  readonly before: ReadonlyMap<string, Served>;
  readonly after: ReadonlyMap<string, Served>;
  readonly seconds: number;
}

interface Seen {
  readonly samples: Samples;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const unseen: Pick<Condition, 'status' | 'reason' | 'message'> = {
  status: 'Unknown',
  reason: 'Unseen',
  message: 'The operator has not looked at this change yet.',
};

export function treeOf(pipeline: Pipeline, pods: readonly Pod[], seen: Seen): Tree {
  const { metadata, status = {} } = pipeline;
  const { streams = [], streamsReady = '0/0' } = status;
  const { status: ready, reason, message } = readyOf(pipeline) ?? unseen;
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    ready,
    reason,
    message,
    streamsReady,
    paused: metadata.annotations?.[annotations.paused] === 'true',
    streams: streams.map((stream) => streamNode(stream, pods, seen)),
  };
}

function streamNode(stream: StreamStatus, pods: readonly Pod[], seen: Seen): StreamNode {
  const { name, role, state, instances, image, message } = stream;
  const mine = pods
    .filter((pod) => pod.stream === name)
    .map((pod) => nodeOf(pod, seen))
    .sort((a, b) => a.name.localeCompare(b.name));
  return {
    name,
    role,
    state,
    ...(instances === undefined ? {} : { instances }),
    ...(image === undefined ? {} : { image: image.slice(image.lastIndexOf('/') + 1) }),
    ...(message === undefined ? {} : { message }),
    ...total(mine),
    pods: mine,
  };
}

function nodeOf(pod: Pod, { samples, now }: Seen): PodNode {
  const { stream: _, createdAt, ...rest } = pod;
  const key = `${pod.namespace}/${pod.name}`;
  const [before, after] = [samples.before.get(key), samples.after.get(key)];
  return {
    ...rest,
    ageSeconds: Math.max(0, Math.round((now - createdAt) / 1000)),
    ...(after === undefined ? {} : { ordersWaiting: after.waiting }),
    // One that has started anew between the two has counted from zero.
    ...(before === undefined || after === undefined || after.drinks < before.drinks
      ? {}
      : { drinksPerSecond: (after.drinks - before.drinks) / samples.seconds }),
  };
}

/** Of the pods that say something. */
function total(pods: readonly PodNode[]): Pick<StreamNode, 'drinksPerSecond' | 'ordersWaiting'> {
  const sum = (values: readonly (number | undefined)[]): number | undefined => {
    const known = values.filter((value) => value !== undefined);
    return known.length === 0 ? undefined : known.reduce((a, b) => a + b, 0);
  };
  const drinksPerSecond = sum(pods.map((pod) => pod.drinksPerSecond));
  const ordersWaiting = sum(pods.map((pod) => pod.ordersWaiting));
  return {
    ...(drinksPerSecond === undefined ? {} : { drinksPerSecond }),
    ...(ordersWaiting === undefined ? {} : { ordersWaiting }),
  };
}
