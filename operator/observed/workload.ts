/**
 * The Deployments and Pods that SCDF made for a stream, read from the caches: pure functions over objects that came from
 * the API server, so every field may be missing.
 */
import { masked } from '../dataflow/masked.ts';
import type { KubeObject } from '../kube/port.ts';
import { field, list, type Json } from './json.ts';

/** SCDF's labels, see facts: `role=spring-app`, `spring-group-id=<stream>`. */
export const STREAM_LABEL = 'spring-group-id';
export const WORKLOAD_SELECTOR = 'role=spring-app';

export interface DeploymentView {
  readonly namespace: string;
  readonly name: string;
  /** Wanted. */
  readonly replicas: number;
  readonly ready: number;
  /** Of the app's container. */
  readonly image: string | undefined;
  readonly deleting: boolean;
  readonly createdAt: number;
}

/** What keeps a pod from being ready, in the pod's own words. */
export interface PodTrouble {
  /** Kubernetes' reason, e.g. `ImagePullBackOff`, `CrashLoopBackOff`, `Unschedulable`; fit for a condition. */
  readonly reason: string;
  readonly message: string;
}

export interface PodView {
  readonly namespace: string;
  readonly name: string;
  readonly ready: boolean;
  readonly running: boolean;
  readonly deleting: boolean;
  /** `<stream>-<label>-v<release>`. */
  readonly deploymentId: string | undefined;
  readonly createdAt: number;
  readonly trouble: PodTrouble | undefined;
}

export interface Workload {
  /** False when nobody watches: then nothing follows from the lists being empty. */
  readonly known: boolean;
  readonly deployments: readonly DeploymentView[];
  readonly pods: readonly PodView[];
}

export const unknownWorkload: Workload = { known: false, deployments: [], pods: [] };

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

export function viewDeployment(deployment: KubeObject): DeploymentView {
  const { metadata } = deployment;
  const template = field(field(field(deployment.spec)['template'])['spec']);
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    replicas: count(field(deployment.spec)['replicas']) ?? 1,
    ready: count(field(deployment.status)['readyReplicas']) ?? 0,
    image: text(list(template['containers'])[0]?.['image']),
    deleting: metadata.deletionTimestamp !== undefined,
    createdAt: Date.parse(metadata.creationTimestamp),
  };
}

export function viewPod(pod: KubeObject): PodView {
  const { metadata } = pod;
  const status = field(pod.status);
  const conditions = list(status['conditions']);
  const ready = conditions.some((it) => it['type'] === 'Ready' && it['status'] === 'True');
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    ready,
    running: status['phase'] === 'Running',
    deleting: metadata.deletionTimestamp !== undefined,
    deploymentId: metadata.labels?.['spring-deployment-id'],
    createdAt: Date.parse(metadata.creationTimestamp),
    trouble: ready ? undefined : (unschedulable(conditions) ?? containerTrouble(status)),
  };
}

function unschedulable(conditions: readonly Json[]): PodTrouble | undefined {
  const scheduled = conditions.find((it) => it['type'] === 'PodScheduled' && it['status'] === 'False');
  if (scheduled === undefined) return undefined;
  return {
    reason: text(scheduled['reason']) ?? 'Unschedulable',
    message: `the pod cannot be scheduled: ${text(scheduled['message']) ?? 'the scheduler gives no reason'}`,
  };
}

/** Reasons that pass by themselves while a pod starts. */
const starting = new Set(['ContainerCreating', 'PodInitializing']);

function containerTrouble(status: Json): PodTrouble | undefined {
  for (const container of [...list(status['initContainerStatuses']), ...list(status['containerStatuses'])]) {
    const trouble = troubleOf(container);
    if (trouble !== undefined) return trouble;
  }
  return undefined;
}

function troubleOf(container: Json): PodTrouble | undefined {
  const state = field(container['state']);
  const waiting = field(state['waiting']);
  const reason = text(waiting['reason']);
  if (reason === undefined || reason === 'CrashLoopBackOff') return crash(container, state);
  return starting.has(reason) ? undefined : notStarted(container, reason, text(waiting['message']));
}

function crash(container: Json, state: Json): PodTrouble | undefined {
  const ended =
    exitOf(field(state['terminated'])) ?? exitOf(field(field(container['lastState'])['terminated']));
  if (ended === undefined) return undefined;
  const restarts = count(container['restartCount']) ?? 0;
  const { code, words } = ended;
  const message = `${code}, ${restarts} ${restarts === 1 ? 'restart' : 'restarts'}`;
  return { reason: 'CrashLoopBackOff', message: words === undefined ? message : `${message}: ${words}` };
}

/** A container that was never started: its image, its configuration. */
function notStarted(container: Json, reason: string, detail: string | undefined): PodTrouble {
  const image = text(container['image']);
  const named = reason.includes('Image') && image !== undefined ? `image ${image}` : undefined;
  return {
    reason: reason === 'ErrImagePull' ? 'ImagePullBackOff' : reason,
    message: [named, firstLine(detail)].filter((part) => part !== undefined).join(': '),
  };
}

function exitOf(terminated: Json): { code: string; words: string | undefined } | undefined {
  const code = count(terminated['exitCode']);
  if (code === undefined) return undefined;
  const reason = text(terminated['reason']);
  const named = reason === undefined || reason === 'Error' || reason === 'Completed' ? '' : ` (${reason})`;
  return { code: `exit code ${code}${named}`, words: firstLine(text(terminated['message'])) };
}

function firstLine(message: string | undefined): string | undefined {
  const line = message?.split('\n').find((it) => it.trim() !== '');
  return line === undefined ? undefined : masked(line.trim());
}

/** The same workload with its pods' words as `edit` leaves them. */
export function withWords(workload: Workload, edit: (message: string) => string): Workload {
  const pods = workload.pods.map((pod) =>
    pod.trouble === undefined
      ? pod
      : { ...pod, trouble: { ...pod.trouble, message: edit(pod.trouble.message) } },
  );
  return { ...workload, pods };
}

/** The pods of the newest release: an upgrade runs two beside each other. */
export function newestPods(workload: Workload): readonly PodView[] {
  const alive = workload.pods.filter((pod) => !pod.deleting);
  const newest = Math.max(...alive.map((pod) => releaseOf(pod.deploymentId ?? '')));
  return alive.filter((pod) => releaseOf(pod.deploymentId ?? '') === newest);
}

export function newestDeployment(workload: Workload): DeploymentView | undefined {
  return workload.deployments
    .filter((deployment) => !deployment.deleting)
    .reduce<DeploymentView | undefined>(
      (best, it) => (best === undefined || releaseOf(it.name) > releaseOf(best.name) ? it : best),
      undefined,
    );
}

/**
 * True when a version is being taken away and an older one stays: an upgrade that failed. For as long as its last pods are ready
 * SCDF takes the stream for deployed by them.
 */
export function hasGivenWay(workload: Workload): boolean {
  const stays = releaseOf(newestDeployment(workload)?.name ?? '');
  return workload.pods.some((pod) => pod.deleting && stays > 0 && releaseOf(pod.deploymentId ?? '') > stays);
}

/** 12 of `recipe-bar-barista-app-v12`; 0 for other names. */
export function releaseOf(deploymentName: string): number {
  return Number(/-v(\d+)$/.exec(deploymentName)?.[1] ?? 0);
}

/** The first trouble among the newest pods. */
export function trouble(workload: Workload): (PodTrouble & { pod: PodView }) | undefined {
  for (const pod of newestPods(workload)) {
    if (pod.trouble === undefined) continue;
    return { ...pod.trouble, message: pod.trouble.message + whereToLook(pod, pod.trouble.reason), pod };
  }
  return undefined;
}

/** What a container says itself is in its log, of which a condition has one line at most. */
function whereToLook({ namespace, deploymentId }: PodView, reason: string): string {
  const previous = { CrashLoopBackOff: ' --previous', NotReady: '' }[reason];
  if (previous === undefined || deploymentId === undefined) return '';
  return ` (see kubectl -n ${namespace} logs deployment/${deploymentId}${previous})`;
}
