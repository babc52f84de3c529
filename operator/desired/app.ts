/**
 * Which registration of SCDF an app of a pipeline is: pure.
 *
 * SCDF allows one repository per app name (a second one is a 500, "can only differ by a version"), and takes the version
 * of a docker uri from its tag, whatever the path says. So a name is taken as it is when it is free or has the same
 * repository; otherwise the pipeline registers the app under a name of its own.
 */
import { createHash } from 'node:crypto';
import { splitUri, versionOf } from '../api/app-uri.ts';
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

/** The name that an app has when its plain name is taken by another repository: stable for the repository. */
export function ownName(name: string, repository: string): string {
  return `${name}-${createHash('sha256').update(repository).digest('hex').slice(0, 8)}`;
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
  const { repository } = splitUri(wanted.uri);
  const own = ownName(wanted.name, repository);
  const fits = (name: string) => {
    const versions = registered.filter((app) => app.name === name);
    return versions.every((app) => splitUri(app.uri).repository === repository);
  };
  const candidates = inUse === own ? [own, wanted.name] : [wanted.name, own];
  const name = candidates.find(fits) ?? own;
  const version = wanted.version ?? versionOf(wanted.uri) ?? 'latest';
  const versions = registered.filter((app) => app.name === name);
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
