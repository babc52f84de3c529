/** SCDF's app registry with its traps. */
import type { AppRegistration, AppType } from '../port.ts';
import { illegalArgument, ScdfError } from './scdf-error.ts';

export interface RegisteredApp extends AppRegistration {
  readonly bootVersion: string;
}

const types: readonly AppType[] = ['app', 'source', 'processor', 'sink', 'task'];

export class Registry {
  #apps: RegisteredApp[] = [];

  all(): readonly RegisteredApp[] {
    return this.#apps;
  }

  /** Version undefined: the default one. */
  find(type: AppType, name: string, version?: string): RegisteredApp | undefined {
    return this.#named(type, name).find((app) =>
      version === undefined ? app.defaultVersion : app.version === version,
    );
  }

  get(type: AppType, name: string, version?: string): RegisteredApp {
    const found = this.find(type, name, version);
    if (found !== undefined) return found;
    const key = version === undefined ? `${type}:${name}` : `${type}:${name}:${version}`;
    const message = `The '${key}' application could not be found.`;
    throw new ScdfError(404, 'NoSuchAppRegistrationException', message);
  }

  register(app: Omit<RegisteredApp, 'defaultVersion'>, force: boolean): void {
    const { type, name, version, uri } = app;
    if (name.includes(':')) {
      const message = `Application name: '${name}' cannot contain: ':'`;
      throw new ScdfError(400, 'InvalidApplicationNameException', message);
    }
    const existing = this.find(type, name);
    if (existing !== undefined) checkSameBut(existing, app);
    const same = this.find(type, name, version);
    if (same !== undefined && !force) {
      const message = `The '${type}:${name}' application is already registered as ${same.uri}`;
      throw new ScdfError(409, 'AppAlreadyRegisteredException', message);
    }
    if (same === undefined) this.#apps.push({ ...app, defaultVersion: existing === undefined });
    // Upstream keeps the boot version of an app that is registered again.
    else this.#replace(same, { ...same, uri });
  }

  makeDefault(type: AppType, name: string, version: string): void {
    this.get(type, name, version);
    for (const app of this.#named(type, name)) {
      this.#replace(app, { ...app, defaultVersion: app.version === version });
    }
  }

  unregister(type: AppType, name: string, version: string): void {
    const found = this.get(type, name, version);
    this.#apps = this.#apps.filter((app) => app !== found);
  }

  #named(type: AppType, name: string): RegisteredApp[] {
    return this.#apps.filter((app) => app.type === type && app.name === name);
  }

  #replace(before: RegisteredApp, after: RegisteredApp): void {
    this.#apps = this.#apps.map((app) => (app === before ? after : app));
  }
}

/** @throws ScdfError as SCDF does for a type in a path that it does not know */
export function appType(text: string): AppType {
  const found = types.find((type) => type === text);
  if (found !== undefined) return found;
  const message = `The parameter 'type' must contain one of the following values: '${types.join(', ')}'.`;
  throw new ScdfError(400, 'MethodArgumentTypeMismatchException', message);
}

/** Two versions of an app may differ in nothing but the version in their uri. */
function checkSameBut(
  existing: { uri: string; version: string },
  wanted: { uri: string; version: string },
): void {
  if (beforeVersion(existing) === beforeVersion(wanted)) return;
  throw illegalArgument(
    `Existing default application [${existing.uri}] can only differ by a version but is [${wanted.uri}]`,
  );
}

function beforeVersion({ uri, version }: { uri: string; version: string }): string {
  const at = uri.lastIndexOf(version);
  if (at >= 0) return uri.slice(0, at);
  const message = `begin 0, end -1, length ${uri.length}`;
  throw new ScdfError(500, 'StringIndexOutOfBoundsException', message);
}
