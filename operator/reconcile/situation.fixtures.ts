/** Brings a simulated server into a situation, by what others could do to it, and tells whether a pipeline is as wanted. */
import assert from 'node:assert/strict';
import { KIND, GROUP, VERSION, type Role } from '../api/types.ts';
import { parsePipeline } from '../api/validate.ts';
import { resolveApp } from '../desired/app.ts';
import { definitionOf, deploymentProperties, desired as desiredOf } from '../desired/desired.ts';
import { DataflowError, type NewAppRegistration } from '../dataflow/port.ts';
import type { AnyRegistration, AnyStream } from './any.fixtures.ts';
import type { World } from './world.fixtures.ts';

export const name = 'downtown';
const installation = { instance: 'cluster-1', workerImage: 'barista/worker:1', platform: 'default' };
const repositories: Readonly<Record<string, string>> = {
  'app/barista-app': 'docker:barista/worker',
  'source/time': 'docker:springcloudstream/time-source-kafka',
  'sink/log': 'docker:springcloudstream/log-sink-kafka',
};

export function desiredFor(spec: unknown) {
  const parsed = parsePipeline({
    apiVersion: `${GROUP}/${VERSION}`,
    kind: KIND,
    metadata: { name, namespace: 'cafe', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
    spec,
  });
  assert.ok('pipeline' in parsed, JSON.stringify(parsed));
  return desiredOf(parsed.pipeline, installation);
}

/** False: SCDF refuses it, as it may in such a world. */
async function tried(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (error instanceof DataflowError) return false;
    throw error;
  }
}

export async function register(world: World, it: AnyRegistration): Promise<void> {
  const [type, app] = it.app.split('/') as ['app', string];
  const repository = it.repository === 'the same' ? repositories[it.app] : 'docker:somebody/else';
  const versionOf = (version: string): NewAppRegistration => ({
    type,
    name: app,
    version,
    uri: `${repository}:${version}`,
    bootVersion: '3',
  });
  if (!it.isDefault) await tried(world.others.register(versionOf('0')));
  await tried(world.others.register(versionOf(it.version)));
  if (!it.isDefault) await tried(world.others.unregister(versionOf('0')));
}

export async function makeForeign(world: World, stream: string): Promise<void> {
  const app = { type: 'app', name: 'other', version: '1', uri: 'docker:someone/other:1' } as const;
  await tried(world.others.register({ ...app, bootVersion: '3' }));
  await tried(world.others.create({ name: stream, definition: 'other', description: 'of somebody' }));
  await tried(world.others.deploy(stream, {}));
  world.pass(60_000);
}

/** A stream of the pipeline, from an earlier spec, after this life. */
export async function makeOurs(
  world: World,
  role: Role,
  { spec, life }: AnyStream & { kind: 'ours' },
): Promise<void> {
  const { others, simulator } = world;
  const { description, streams } = desiredFor({
    ...spec,
    state: 'Running',
    barista: { ...spec.barista, replicas: Math.max(1, spec.barista.replicas) },
    customer: { ...spec.customer, enabled: true },
    hotDrinkLog: { ...spec.hotDrinkLog, enabled: true },
  });
  const wanted = streams.find((stream) => stream.role === role)!;
  const plain = await others.appVersions(wanted.app.type, wanted.app.name);
  const resolved = resolveApp(wanted.app, plain, undefined);
  assert.ok(resolved.kind === 'app');
  const { app } = resolved;
  const stream = wanted.label === wanted.app.name ? { ...wanted, label: app.name } : wanted;
  if (resolved.missing) await tried(others.register(app));
  if (resolved.needsDefault) await tried(others.makeDefault(app));
  const definition = definitionOf(stream, app.name);
  const made = await tried(others.create({ name: stream.name, definition, description }));
  if (!made || life === 'only created') return;
  const properties = deploymentProperties(stream, app, 'deploy');
  const deploy = () => tried(others.deploy(stream.name, properties));
  if (life === 'half deployed') await simulator.rollBack(stream.name, deploy);
  else await deploy();
  if (life === 'deployed just now') return;
  world.pass(60_000);
  const found = simulator.workloads().find((it) => it.stream === stream.name);
  await later(world, life, {
    app,
    label: stream.label,
    name: stream.name,
    deployment: found?.deploymentId ?? '',
  });
}

/** What became of a stream that was deployed. */
async function later(
  world: World,
  life: (AnyStream & { kind: 'ours' })['life'],
  it: { app: NewAppRegistration; label: string; name: string; deployment: string },
): Promise<void> {
  const { others, simulator } = world;
  const revised = { [`app.${it.label}.barista.revision`]: 'former' };
  const failing = async () => {
    const bad = { ...it.app, version: 'bad', uri: it.app.uri.replace(/:[^:]*$/, ':bad') };
    simulator.settings.images.set(bad.uri, { kind: 'neverPulls' });
    await tried(others.register(bad));
    await tried(others.update(it.name, { ...revised, [`version.${it.label}`]: 'bad' }));
  };
  const ways: Partial<Record<typeof life, () => unknown>> = {
    undeployed: () => tried(others.undeploy(it.name)),
    'its Deployment deleted': () => simulator.deleteDeployments(it.name),
    'its Deployment scaled': () => simulator.scaleDeployment(it.deployment, 4),
    'scaled to nothing': () => simulator.scaleDeployment(it.deployment, 0),
    'being upgraded': () => tried(others.update(it.name, revised)),
    'upgraded to what never starts': failing,
    'an upgrade failed': async () => {
      await failing();
      world.pass(30_000);
    },
  };
  await ways[life]?.();
}

/** Of the streams that have the pipeline's description: all that the pipeline decides on. */
export async function picture(world: World): Promise<Record<string, unknown>> {
  const { streams, workloads } = world.simulator.snapshot();
  const mine = streams.filter((stream) => stream.description.startsWith('barista.dev/'));
  const described = await Promise.all(
    mine.map(async ({ name: stream, state }) => {
      const definition = await world.others.definition(stream);
      const deployment = await world.others.deployment(stream);
      const [app] = definition?.apps ?? [];
      assert.ok(definition !== undefined && app !== undefined);
      const runs = workloads.filter((it) => it.stream === stream);
      // What was deployed once is in a stopped stream's definition, and is seen to when it starts.
      const properties = state === 'undeployed' ? {} : given(app.properties);
      const [deployer = {}] = Object.values(deployment?.properties ?? {});
      return [
        stream,
        {
          state,
          definition: plainName(definition.originalDsl),
          properties,
          deployer: given(deployer),
          runs: runs.map(({ image, count, pods }) => ({
            image,
            // Of the sinks and the customer others may decide how many there are.
            count: app.label.startsWith('barista-app') ? count : 'any',
            pods: [...new Set(pods.map((pod) => pod.state))],
          })),
        },
      ];
    }),
  );
  return Object.fromEntries(described) as Record<string, unknown>;
}

/** An app has a name of its own or the plain one, as it found the registry. */
function plainName(text: string): string {
  return text.replaceAll(/-[0-9a-f]{8}\b/g, '');
}

/** Without what SCDF adds, and the count, which an instance was told when it was deployed and not when it was scaled. */
function given(properties: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const added =
    /^(management\.|wavefront\.|spring\.cloud\.(dataflow|stream\.instanceCount)|barista\.revision$|resource$|group$|count$|bootVersion$)/;
  return Object.fromEntries(Object.entries(properties).filter(([key]) => !added.test(key)));
}

/** The registrations, whatever names they have. */
export function registrations(world: World): string[] {
  return world.simulator
    .snapshot()
    .apps.map((app) => `${app.type} ${app.uri} ${app.defaultVersion ? 'default' : ''}`)
    .sort();
}
