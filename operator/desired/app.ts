/**
 * Which registration of SCDF an app of a pipeline is: pure.
 *
 * SCDF allows one repository per app name (a second one is a 500, "can only differ by a version"; `repositoryOf` says what it takes
 * for one), and takes the version of a docker uri from its tag, whatever the path says. So a name is taken as it is when it is free
 * or has the same repository; otherwise the pipeline registers the app under a name of its own.
 */
import { createHash } from 'node:crypto';
import { repositoryOf, versionOf } from '../api/app-uri.ts';
import type { AppSpec } from '../api/types.ts';
import type { AppRegistration, AppType, NewAppRegistration } from '../dataflow/port.ts';

/** An app as the spec wants it, before SCDF's registry has been looked at. */
export interface WantedApp {
  readonly type: AppType;
  readonly name: string;
  /** Absent: the app is registered already, by whomever. */
  readonly uri?: string;
  /** Absent only without a uri: SCDF's default version then. */
  readonly version?: string;
  readonly bootVersion: '2' | '3';
}

export type ResolvedApp =
  | {
      readonly kind: 'app';
      readonly app: NewAppRegistration;
      /** True when this version is not registered yet. */
      readonly missing: boolean;
      /** True when the name has no default version: SCDF then says it does not exist. */
      readonly needsDefault: boolean;
    }
  | { readonly kind: 'unregistered'; readonly message: string };

export function wantedApp(type: AppType, spec: AppSpec): WantedApp {
  const version = spec.version ?? (spec.uri === undefined ? undefined : versionOf(spec.uri));
  return {
    type,
    name: spec.name,
    bootVersion: spec.bootVersion,
    ...(spec.uri === undefined ? {} : { uri: spec.uri }),
    ...(version === undefined ? {} : { version }),
  };
}

/**
 * The name that an app has when its plain name is taken by another repository: stable for the repository.
 *
 * @param repository the colon before a tag may be left out
 */
export function ownName(name: string, repository: string): string {
  const hash = createHash('sha256').update(repository.replace(/:$/, ''));
  return `${name}-${hash.digest('hex').slice(0, 8)}`;
}

/** Whether SCDF takes an app of this repository under a name that has these versions. */
function fits(repository: string, versions: readonly AppRegistration[]): boolean {
  return versions.every((app) => repositoryOf(app.uri, app.version) === repository);
}

/**
 * The name of its own under which `wanted` may be registered; undefined when nothing turns on that.
 *
 * @param plain all versions registered under the plain name
 * @param inUse the app names that the streams' definitions have now
 */
export function ownNameNeeded(
  wanted: WantedApp,
  plain: readonly AppRegistration[],
  inUse: ReadonlySet<string>,
): string | undefined {
  if (wanted.uri === undefined) return undefined;
  const repository = repositoryOf(wanted.uri, wanted.version);
  const own = ownName(wanted.name, repository);
  return inUse.has(own) || !fits(repository, plain) ? own : undefined;
}

/**
 * Chooses the registration for `wanted`.
 *
 * @param registered all versions registered under the plain name and under `ownName`
 * @param inUse the app name that the stream's definition has now: kept as long as it fits, so that a registration which
 *   somebody else removes does not rename, and so replace, a running stream
 */
export function resolveApp(
  wanted: WantedApp,
  registered: readonly AppRegistration[],
  inUse: string | undefined,
): ResolvedApp {
  if (wanted.uri === undefined) return resolveRegistered(wanted, registered);
  const repository = repositoryOf(wanted.uri, wanted.version);
  const own = ownName(wanted.name, repository);
  const versionsOf = (name: string) => registered.filter((app) => app.name === name);
  const candidates = inUse === own ? [own, wanted.name] : [wanted.name, own];
  const name = candidates.find((candidate) => fits(repository, versionsOf(candidate))) ?? own;
  const version = wanted.version ?? versionOf(wanted.uri) ?? 'latest';
  const versions = versionsOf(name);
  return {
    kind: 'app',
    app: { type: wanted.type, name, version, uri: wanted.uri, bootVersion: wanted.bootVersion },
    missing: !versions.some((app) => app.version === version),
    needsDefault: versions.length > 0 && !versions.some((app) => app.defaultVersion),
  };
}

function resolveRegistered(wanted: WantedApp, registered: readonly AppRegistration[]): ResolvedApp {
  const versions = registered.filter((app) => app.name === wanted.name);
  const found = versions.find((app) =>
    wanted.version === undefined ? app.defaultVersion : app.version === wanted.version,
  );
  if (found === undefined) {
    const what = `${wanted.type} ${wanted.name}${wanted.version === undefined ? '' : ` ${wanted.version}`}`;
    const there = versions.map((app) => app.version).join(', ');
    return {
      kind: 'unregistered',
      message:
        `The app ${what} is not registered in SCDF${there === '' ? '' : ` (there is ${there})`}. ` +
        'Register it, or give its uri in the spec.',
    };
  }
  return {
    kind: 'app',
    app: {
      type: wanted.type,
      name: found.name,
      version: found.version,
      uri: found.uri,
      bootVersion: wanted.bootVersion,
    },
    missing: false,
    needsDefault: !versions.some((app) => app.defaultVersion),
  };
}
