/** Gathers what exists into one value. Reads only, in as few rounds as the answers allow. */
import { ownNameNeeded, type WantedApp } from '../desired/app.ts';
import type { AppRegistration, Dataflow, StreamDefinition } from '../dataflow/port.ts';
import type { Clock } from '../runtime/clock.ts';
import { registryKey, type Observed, type ObservedStream } from './observed.ts';
import { hasGivenWay, type Workload } from './workload.ts';

export interface ObserveInput {
  readonly dataflow: Dataflow;
  /** Stream names to look at: those wanted and those that status knows. */
  readonly streams: readonly string[];
  readonly apps: readonly WantedApp[];
  readonly workloadOf: (stream: string) => Workload;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export async function observe(input: ObserveInput): Promise<Observed> {
  const { dataflow, signal } = input;
  const names = [...new Set(input.streams)];
  const wanted = [...new Map(input.apps.map((app) => [registryKey(app.type, app.name), app])).values()];
  const [definitions, plain] = await Promise.all([
    Promise.all(names.map((name) => dataflow.definition(name, signal))),
    Promise.all(wanted.map((app) => dataflow.appVersions(app.type, app.name, signal))),
  ]);
  const registry = new Map(wanted.map((app, index) => [registryKey(app.type, app.name), plain[index] ?? []]));
  const [streams, own] = await Promise.all([
    Promise.all(names.map((name, index) => observeStream(input, name, definitions[index]))),
    Promise.all(ownNamesNeeded(input.apps, registry, definitions).map((app) => versionsOf(input, app))),
  ]);
  for (const { key, versions } of own) registry.set(key, versions);
  return {
    streams: new Map(streams.map((stream) => [stream.name, stream])),
    registry,
    at: input.clock.now(),
  };
}

async function observeStream(
  { dataflow, workloadOf, signal }: ObserveInput,
  name: string,
  definition: StreamDefinition | undefined,
): Promise<ObservedStream> {
  const workload = workloadOf(name);
  const settled = definition === undefined || (definition.state === 'deployed' && !hasGivenWay(workload));
  const [history, runtime] = await Promise.all([
    settled ? [] : dataflow.history(name, signal),
    definition === undefined || workload.known ? undefined : dataflow.runtime(name, signal),
  ]);
  return { name, definition, deployment: undefined, history, runtime, workload };
}

/** The names of the pipeline's own making are looked up only where the plain one is taken, or one is in use. */
function ownNamesNeeded(
  apps: readonly WantedApp[],
  plain: Observed['registry'],
  definitions: readonly (StreamDefinition | undefined)[],
): { type: WantedApp['type']; name: string }[] {
  const inUse = new Set(definitions.flatMap((definition) => definition?.apps?.map((app) => app.name) ?? []));
  const needed = apps.flatMap((app) => {
    const { type } = app;
    const name = ownNameNeeded(app, plain.get(registryKey(type, app.name)) ?? [], inUse);
    return name === undefined ? [] : [{ type, name }];
  });
  return [...new Map(needed.map((it) => [registryKey(it.type, it.name), it])).values()];
}

async function versionsOf(
  { dataflow, signal }: ObserveInput,
  app: { type: WantedApp['type']; name: string },
): Promise<{ key: string; versions: readonly AppRegistration[] }> {
  return {
    key: registryKey(app.type, app.name),
    versions: await dataflow.appVersions(app.type, app.name, signal),
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
