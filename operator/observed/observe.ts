/** Gathers what exists into one value. Reads only, in as few rounds as the answers allow. */
import { ownNameNeeded, type WantedApp } from '../desired/app.ts';
import type { AppRegistration, Dataflow, StreamDefinition } from '../dataflow/port.ts';
import type { AppLookup } from './app-lookup.ts';
import type { Clock } from '../runtime/clock.ts';
import { registryKey, type Observed, type ObservedStream } from './observed.ts';
import { unknownWorkload, type Workload } from './workload.ts';

export interface ObserveInput {
  readonly dataflow: Dataflow;
  /** Stream names to look at: those wanted and those that status knows. */
  readonly streams: readonly string[];
  readonly apps: readonly WantedApp[];
  readonly lookup: AppLookup;
  /** What has been looked at already. */
  readonly definitions?: ReadonlyMap<string, StreamDefinition>;
  readonly workloadOf: (stream: string) => Workload;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export async function observe(input: ObserveInput): Promise<Observed> {
  const { dataflow, signal } = input;
  const names = [...new Set(input.streams)];
  const [definitions, plain] = await Promise.all([
    input.definitions ?? dataflow.definitionsOf(names, signal),
    Promise.all(
      input.apps.map(
        async (app) => [registryKey(app.type, app.name), await input.lookup.versions(app)] as const,
      ),
    ),
  ]);
  const registry = new Map(plain);
  const [streams, own] = await Promise.all([
    observeStreams(input, names, definitions),
    Promise.all(ownNamesNeeded(input.apps, registry, definitions).map((app) => versionsOf(input, app))),
  ]);
  for (const { key, versions } of own) registry.set(key, versions);
  return { streams, registry, at: input.clock.now() };
}

async function observeStreams(
  { dataflow, workloadOf, signal }: ObserveInput,
  names: readonly string[],
  definitions: ReadonlyMap<string, StreamDefinition>,
): Promise<ReadonlyMap<string, ObservedStream>> {
  const workloads = new Map(names.map((name) => [name, workloadOf(name)]));
  const unseen = names.filter((name) => definitions.has(name) && workloads.get(name)?.known !== true);
  const moving = names.filter((name) => (definitions.get(name)?.state ?? 'deployed') !== 'deployed');
  const [runtimes, histories] = await Promise.all([
    unseen.length === 0 ? undefined : dataflow.runtimes(unseen, signal),
    Promise.all(moving.map(async (name) => [name, await dataflow.history(name, signal)] as const)),
  ]);
  const history = new Map(histories);
  return new Map(
    names.map((name) => [
      name,
      {
        name,
        definition: definitions.get(name),
        deployment: undefined,
        history: history.get(name) ?? [],
        runtime: runtimes?.get(name),
        workload: workloads.get(name) ?? unknownWorkload,
      },
    ]),
  );
}

/** The names of the pipeline's own making are looked up only where the plain one is taken, or one is in use. */
function ownNamesNeeded(
  apps: readonly WantedApp[],
  plain: Observed['registry'],
  definitions: ReadonlyMap<string, StreamDefinition>,
): { type: WantedApp['type']; name: string }[] {
  const inUse = new Set(
    [...definitions.values()].flatMap((definition) => definition.apps?.map((app) => app.name) ?? []),
  );
  const needed = apps.flatMap((app) => {
    const { type } = app;
    const name = ownNameNeeded(app, plain.get(registryKey(type, app.name)) ?? [], inUse);
    return name === undefined ? [] : [{ type, name }];
  });
  return [...new Map(needed.map((it) => [registryKey(it.type, it.name), it])).values()];
}

async function versionsOf(
  { lookup }: ObserveInput,
  app: { type: WantedApp['type']; name: string },
): Promise<{ key: string; versions: readonly AppRegistration[] }> {
  return {
    key: registryKey(app.type, app.name),
    versions: await lookup.versions(app),
  };
}

/** Adds the deployer properties of streams that the plan is about to update: only they tell whether one must go. */
export async function withDeployments(
  observed: Observed,
  names: readonly string[],
  { dataflow, signal }: Pick<ObserveInput, 'dataflow' | 'signal'>,
): Promise<Observed> {
  const streams = new Map(observed.streams);
  await Promise.all(
    names.map(async (name) => {
      const stream = streams.get(name);
      if (stream !== undefined)
        streams.set(name, { ...stream, deployment: await dataflow.deployment(name, signal) });
    }),
  );
  return { ...observed, streams };
}

/**
 * Adds the apps that streams of others use, before a registration is taken away: SCDF itself would let it go as long as they are
 * undeployed. Lists all streams of the server.
 */
export async function withForeignApps(
  observed: Observed,
  isForeign: (definition: StreamDefinition) => boolean,
  { dataflow, signal }: Pick<ObserveInput, 'dataflow' | 'signal'>,
): Promise<Observed> {
  const foreign = (await dataflow.definitions(signal)).filter(isForeign);
  const names = foreign.flatMap((definition) => definition.apps?.map((app) => app.name) ?? []);
  return { ...observed, foreignApps: new Set(names) };
}
