/** Observations for the tests of plan and status: a server on which everything is as wanted, to be changed case by case. */
import assert from 'node:assert/strict';
import type { Pipeline } from '../api/types.ts';
import type {
  AppRegistration,
  Release,
  StreamDefinition,
  StreamRuntime,
  StreamState,
} from '../dataflow/port.ts';
import { resolveApp } from '../desired/app.ts';
import {
  definitionOf,
  desired as desiredOf,
  KEYS,
  keyHash,
  PLATFORM,
  REVISION,
  revisionOf,
  type Desired,
  type DesiredStream,
} from '../desired/desired.ts';
import type { Plan } from './step.ts';
import { registryKey, type Observed, type ObservedStream } from '../observed/observed.ts';
import type { PodView, Workload } from '../observed/workload.ts';

export const NOW = Date.parse('2026-11-23T21:00:00Z');
export const installation = {
  instance: 'cluster-1',
  workerImage: 'barista/worker:1.0.0',
  platform: 'default',
};

export function wanted(pipeline: Pipeline): Desired {
  return desiredOf(pipeline, installation);
}

export interface StreamFixture {
  readonly exists?: boolean;
  readonly state?: StreamState;
  readonly description?: string;
  readonly originalDsl?: string;
  /** Application properties that are deployed; the present ones by default. */
  readonly properties?: Readonly<Record<string, string>>;
  /** What SCDF or its administrator adds to the properties of all apps. */
  readonly added?: Readonly<Record<string, string>>;
  readonly revision?: string;
  /** False: the definition shows nothing of what is deployed. */
  readonly says?: boolean;
  readonly platform?: string;
  readonly deployer?: Readonly<Record<string, string>>;
  readonly history?: readonly Release[];
  readonly replicas?: number;
  /** True: the workload is there whatever SCDF says. */
  readonly keepWorkload?: boolean;
  /** Releases that run; the first alone by default. */
  readonly versions?: readonly number[];
  readonly pods?: readonly Partial<PodView>[];
  readonly workload?: Workload;
  /** That SCDF itself shows, where nobody watches. */
  readonly instances?: number;
}

const registry: readonly AppRegistration[] = [
  ['source', 'time', 'docker:springcloudstream/time-source-kafka', '5.1.1'],
  ['sink', 'log', 'docker:springcloudstream/log-sink-kafka', '5.1.1'],
  ['app', 'barista-app', 'docker:barista/worker', '1.0.0'],
].map(([type, name, repository, version]) => ({
  type: type as AppRegistration['type'],
  name: name ?? '',
  version: version ?? '',
  uri: `${repository}:${version}`,
  defaultVersion: true,
}));

/** The registrations of the Spring apps alone. */
export const springApps = registry.filter((app) => app.type !== 'app');

/** All streams deployed as `pipeline` wants them, but for `changes` by role. */
export function observedAs(
  pipeline: Pipeline,
  changes: Readonly<Partial<Record<DesiredStream['role'], StreamFixture>>> = {},
  apps: readonly AppRegistration[] = registry,
): Observed {
  const desired = wanted(pipeline);
  const streams = desired.streams.map((stream) => streamAs(desired, stream, changes[stream.role] ?? {}));
  const byName = new Map<string, AppRegistration[]>();
  for (const app of apps) {
    const key = registryKey(app.type, app.name);
    byName.set(key, [...(byName.get(key) ?? []), app]);
  }
  return { streams: new Map(streams.map((stream) => [stream.name, stream])), registry: byName, at: NOW };
}

function streamAs(desired: Desired, stream: DesiredStream, fixture: StreamFixture): ObservedStream {
  const exists = fixture.exists ?? true;
  const state = fixture.state ?? (stream.running ? 'deployed' : 'undeployed');
  return {
    name: stream.name,
    definition: exists ? definitionAs(desired, stream, { ...fixture, state }) : undefined,
    deployment: {
      state,
      properties: { [stream.label]: fixture.deployer ?? stream.deployerProperties },
    },
    history: fixture.history ?? [],
    runtime: runtimeAs(stream, fixture.instances),
    workload:
      fixture.workload ??
      workloadAs(stream, fixture.keepWorkload ?? (exists && state !== 'undeployed'), fixture),
  };
}

function runtimeAs({ name, label }: DesiredStream, count: number | undefined): StreamRuntime | undefined {
  if (count === undefined) return undefined;
  const deploymentId = `${name}-${label}-v1`;
  const instance = { state: 'deployed', restarts: 0, exitCode: undefined, exitReason: undefined } as const;
  const instances = Array.from({ length: count }, (_, index) => ({
    ...instance,
    id: `${deploymentId}-${index}`,
  }));
  return { version: '1', apps: [{ deploymentId, name: label, state: 'deployed', instances }] };
}

function definitionAs(
  desired: Desired,
  stream: DesiredStream,
  fixture: StreamFixture & { state: StreamState },
): StreamDefinition {
  const resolved = resolveApp(stream.app, registry, undefined);
  assert.ok(resolved.kind === 'app');
  const { app } = resolved;
  const dsl = fixture.originalDsl ?? definitionOf(stream, app.name);
  const given = fixture.properties ?? stream.properties;
  const deployed = fixture.state !== 'undeployed' || (fixture.history ?? []).length > 0;
  const properties =
    deployed && fixture.says !== false
      ? {
          ...given,
          [REVISION]: fixture.revision ?? revisionOf(stream, app),
          [PLATFORM]: fixture.platform ?? stream.platform,
          [KEYS]: Object.keys(given).map(keyHash).join('.'),
          ...fixture.added,
        }
      : {};
  return {
    name: stream.name,
    originalDsl: dsl,
    dsl,
    apps: [{ label: stream.label, name: app.name, properties }],
    description: fixture.description ?? desired.description,
    state: fixture.state,
    stateDescription: '',
  };
}

function workloadAs(stream: DesiredStream, runs: boolean, fixture: StreamFixture): Workload {
  if (!runs) return { known: true, deployments: [], pods: [] };
  const replicas = fixture.replicas ?? stream.count ?? 1;
  const nameOf = (version: number) => `${stream.name}-${stream.label}-v${version}`;
  const deploymentId = nameOf(1);
  const pods = fixture.pods ?? Array.from({ length: replicas }, () => ({}));
  const versions = fixture.versions ?? [1];
  return {
    known: true,
    deployments: versions.map((version) => ({
      namespace: 'default',
      name: nameOf(version),
      replicas,
      ready: replicas,
      image: installation.workerImage,
      deleting: false,
      createdAt: NOW - 60_000,
    })),
    pods: pods.map((pod, index) => ({
      namespace: 'default',
      name: `${deploymentId}-${index}`,
      ready: true,
      running: true,
      deleting: false,
      deploymentId,
      createdAt: NOW - 60_000,
      trouble: undefined,
      ...pod,
    })),
  };
}

export function release(code: Release['code'], more: Partial<Release> = {}): Release {
  return { version: 1, code, description: '', lastDeployed: NOW - 60_000, ...more };
}

/** A step in a word or two, the pipeline's name left out. */
export function subject(step: Plan['steps'][number]): string {
  const what =
    'stream' in step ? step.stream.replace('downtown-', '') : `${step.app.name}:${step.app.version}`;
  return `${step.kind} ${what}`;
}
