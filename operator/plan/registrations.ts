/** What has to be registered in SCDF for the streams, and what may go from there: pure. */
import type { AppStatus, Pipeline } from '../api/types.ts';
import type { ResolvedApp } from '../desired/app.ts';
import type { AppKey, NewAppRegistration } from '../dataflow/port.ts';
import { registryKey, type Observed } from '../observed/observed.ts';
import { phases, type Step } from './step.ts';

/** `type/name version`, as people read it. */
export function titleOf({ type, name, version }: Pick<AppStatus, 'type' | 'name' | 'version'>): string {
  return `${type}/${name} ${version}`;
}

export function register(apps: readonly ResolvedApp[]): Step[] {
  const steps = new Map<string, Step>();
  for (const it of apps) {
    if (it.kind === 'unregistered') continue;
    const { app } = it;
    if (it.missing) {
      steps.set(titleOf(app), { kind: 'register', app, phase: phases.register, reason: app.uri });
    } else if (it.needsDefault) {
      steps.set(titleOf(app), makeDefault(app, 'the app has no default version'));
    }
  }
  return [...steps.values()];
}

function unregister(apps: readonly AppStatus[]): Step[] {
  return apps.map((app) => ({
    kind: 'unregister',
    app: keyOf(app),
    phase: phases.unregister,
    reason: 'no pipeline uses it any more',
  }));
}

/** Registrations of former images and versions. */
export interface Obsolete {
  readonly steps: readonly Step[];
  /** Not the pipeline's any more: they are gone, or others use them, who have them from now on. */
  readonly released: readonly AppKey[];
  /** Those that are there still. */
  readonly kept: readonly AppKey[];
  /** Nobody has looked yet whether others use them. */
  readonly unsettled: boolean;
}

export const nothingObsolete: Obsolete = { steps: [], released: [], kept: [], unsettled: false };

export interface Usage {
  /** The registrations that the streams use now. */
  readonly apps: readonly NewAppRegistration[];
  /**
   * App names of which SCDF lets no version go now: those that streams have for labels of other apps, as a worker of another repository has
   * (it mixes them up, and fails until those streams are gone), and those of streams that are stopped.
   */
  readonly held: ReadonlySet<string>;
  /** True for a registration that another pipeline of this operator uses. */
  readonly byPipelines: (app: AppKey) => boolean;
}

export function obsolete(pipeline: Pick<Pipeline, 'status'>, observed: Observed, usage: Usage): Obsolete {
  const { apps: used, held, byPipelines } = usage;
  const wanted = new Set(used.map(titleOf));
  const former = entriesOf(pipeline).filter((app) => !wanted.has(titleOf(app)));
  const gone = former.filter((app) => registeredAs(app, observed) === undefined);
  const there = former.filter((app) => !gone.includes(app));
  const candidates = there.filter((app) => !held.has(app.name) && !byPipelines(keyOf(app)));
  const { foreignApps } = observed;
  const foreign = candidates.filter((app) => foreignApps?.has(app.name) === true);
  const free = foreignApps === undefined ? [] : candidates.filter((app) => !foreign.includes(app));
  return {
    steps: [...heirs(free, used, observed), ...unregister(free)],
    released: [...gone, ...foreign].map(keyOf),
    kept: there.filter((app) => !foreign.includes(app)).map(keyOf),
    unsettled: foreignApps === undefined && candidates.length > 0,
  };
}

/** Without a default version SCDF takes an app for unregistered, so one that is used inherits it first. */
function heirs(free: readonly AppStatus[], used: readonly NewAppRegistration[], observed: Observed): Step[] {
  return free.flatMap((app) => {
    if (registeredAs(app, observed)?.defaultVersion !== true) return [];
    const heir = used.find(({ type, name }) => type === app.type && name === app.name);
    return heir === undefined ? [] : [makeDefault(heir, `version ${app.version} is being unregistered`)];
  });
}

function makeDefault({ type, name, version }: AppKey, reason: string): Step {
  return { kind: 'makeDefault', app: { type, name, version }, phase: phases.register, reason };
}

function entriesOf({ status }: Pick<Pipeline, 'status'>): AppStatus[] {
  return (status.apps ?? []).filter((app) => app.registeredByPipeline);
}

function registeredAs(app: AppStatus, { registry }: Observed) {
  const versions = registry.get(registryKey(app.type, app.name)) ?? [];
  return versions.find((it) => it.version === app.version && it.uri === app.uri);
}

function keyOf({ type, name, version }: AppStatus): AppKey {
  return { type: type as AppKey['type'], name, version };
}
