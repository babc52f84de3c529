/** What SCDF itself does: apps, definitions, and what it asks of Skipper. Every method is one request, done at once. */
import { NameIndex } from './name-index.ts';
import type { Registry, RegisteredApp } from './registry.ts';
import { ownProperties, redacted, renderDsl, streamApps, type StreamApp } from './render.ts';
import { illegalArgument, ScdfError } from './scdf-error.ts';
import type { Settings } from './settings.ts';
import type { ManifestApp, SimulatedRelease, Skipper } from './skipper.ts';
import type { AppKey } from '../port.ts';

type Properties = Readonly<Record<string, string>>;

export interface SimulatedDefinition {
  readonly name: string;
  readonly original: string;
  readonly description: string;
  readonly originalShown: string;
  /** Rewritten at each deployment. */
  dsl: string;
  /** As it is answered: rendered anew, without secrets. */
  shown: string;
}

const PLATFORM = 'spring.cloud.dataflow.skipper.platformName';
const DEPLOYER = 'spring.cloud.deployer.';
const MAX_NAME = 58;

export class Scdf {
  readonly #settings: Settings;
  readonly #registry: Registry;
  readonly #skipper: Skipper;
  readonly #definitions = new Map<string, SimulatedDefinition>();
  readonly #names = new NameIndex();

  constructor(settings: Settings, registry: Registry, skipper: Skipper) {
    this.#settings = settings;
    this.#registry = registry;
    this.#skipper = skipper;
  }

  definitions(): readonly SimulatedDefinition[] {
    return [...this.#definitions.values()];
  }

  /** Those whose names contain the text. */
  search(text: string): readonly SimulatedDefinition[] {
    return this.#names.containing(text).map((name) => this.definition(name));
  }

  has(name: string): boolean {
    return this.#definitions.has(name);
  }

  definition(name: string): SimulatedDefinition {
    const found = this.#definitions.get(name);
    if (found !== undefined) return found;
    const message = `Could not find stream definition named ${name}`;
    throw new ScdfError(404, 'NoSuchStreamDefinitionException', message);
  }

  unregister(app: AppKey): void {
    this.#registry.get(app.type, app.name, app.version);
    const user = this.#userOf(app);
    if (user !== undefined) {
      const named = `${app.name}:${app.type}:${app.version}`;
      const message = `The app [${named}] you're trying to unregister is currently used in stream '${user}'.`;
      throw new ScdfError(409, 'UnregisterAppException', message);
    }
    this.#registry.unregister(app.type, app.name, app.version);
  }

  /** With Skipper away the definition is made, and the answer is 500 all the same. */
  create(name: string, dsl: string, description: string): SimulatedDefinition {
    if (dsl.trim() === '') throw illegalArgument('dslText is required');
    const apps = this.#parse(name, dsl);
    for (const app of apps) {
      if (this.#registry.find(app.type, app.name) !== undefined) continue;
      throw invalid(
        `Application name '${app.name}' with type '${app.type}' does not exist in the app registry.`,
      );
    }
    if (this.#definitions.has(name)) {
      const message = `Cannot create stream ${name} because another one has already been created with the same name`;
      throw new ScdfError(409, 'DuplicateStreamDefinitionException', message);
    }
    const shown = redacted(name, dsl);
    const made = { name, original: dsl, originalShown: shown, description, dsl, shown };
    this.#definitions.set(name, made);
    this.#names.add(name);
    this.#skipper.reach('release/states');
    return made;
  }

  destroy(name: string): void {
    this.definition(name);
    this.#skipper.delete(name);
    this.#definitions.delete(name);
    this.#names.delete(name);
  }

  undeploy(name: string): void {
    this.definition(name);
    this.#skipper.delete(name);
  }

  scale(name: string, label: string, count: number): void {
    this.#skipper.reach(`release/scale/${name}`);
    this.#skipper.scale(name, label, count);
  }

  deploy(name: string, properties: Properties): void {
    const definition = this.definition(name);
    this.#skipper.reach(`release/status/${name}`);
    this.#checkNotDeployed(name);
    checkKeys(properties);
    const platform = this.#platformOf(properties);
    if (this.#settings.platforms.get(platform) === 'kubernetes') checkKubernetesName(name);
    const apps = this.#parse(name, definition.dsl);
    for (const app of apps) checkLength(name, app);
    const manifest = apps.map((app) => this.#manifestApp(name, app, properties));
    this.#skipper.upload(name);
    this.#skipper.install(name, platform, manifest);
    this.#rewrite(definition, apps, manifest);
  }

  update(name: string, properties: Properties): void {
    const definition = this.definition(name);
    this.#skipper.reach(`release/manifest/${name}`);
    const apps = this.#parse(name, definition.dsl);
    for (const app of apps) this.#checkVersion(app, properties);
    const release = this.#skipper.upgrade(name, (latest) =>
      latest.map((before) => {
        const app = apps.find((it) => it.label === before.label);
        return app === undefined ? before : this.#changed(before, app, properties);
      }),
    );
    this.#rewrite(definition, apps, release.apps);
  }

  /** SCDF's text for `GET …/deployments/{name}`: empty unless something is deployed, or the last properties are asked for. */
  deploymentProperties(name: string, reuse: boolean): string {
    const state = this.#skipper.state(name);
    const latest = this.#skipper.latest(name);
    if (latest === undefined || (!reuse && state !== 'deployed' && state !== 'deploying')) return '';
    const labels = latest.apps.map((app): [string, Properties] => [
      app.label,
      { ...app.deploymentProperties, resource: app.resource, version: app.version },
    ]);
    return JSON.stringify(Object.fromEntries(labels));
  }

  #parse(name: string, dsl: string): StreamApp[] {
    const apps = streamApps(name, dsl);
    if (apps !== undefined) return apps;
    const text = dsl.endsWith('\n') ? dsl : `${dsl}\n`;
    throw invalid(`112E:(pos ${dsl.length}): Unexpectedly ran out of input\n${text}    *  ^\n`);
  }

  /**
   * The stream that keeps an app from being unregistered: one that was ever deployed with a label like the app's name. Upstream mixes up
   * labels and names here, and fails when that label has an app of another name.
   */
  #userOf(app: AppKey): string | undefined {
    for (const { name, original } of this.definitions()) {
      this.#skipper.reach(`release/manifest/${name}`);
      const release = this.#skipper.latest(name);
      if (release?.apps.some((it) => it.label === app.name) !== true) continue;
      for (const { name: registered } of this.#parse(name, original).filter((it) => it.type === app.type)) {
        const deployed = release.apps.find((it) => it.label === registered);
        if (deployed === undefined) throw mixedUp();
        if (deployed.version === app.version) return name;
      }
    }
    return undefined;
  }

  #checkNotDeployed(name: string): void {
    const state = this.#skipper.state(name);
    if (state === 'deployed') {
      throw new ScdfError(409, 'StreamAlreadyDeployedException', `Stream '${name}' is already deployed`);
    }
    if (state === 'deploying') {
      const message = `Stream '${name}' is already being deployed`;
      throw new ScdfError(409, 'StreamAlreadyDeployingException', message);
    }
  }

  #platformOf(properties: Properties): string {
    const [first = 'default'] = this.#settings.platforms.keys();
    const wanted = properties[PLATFORM] ?? first;
    if (!this.#settings.platforms.has(wanted)) throw illegalArgument(`No platform named '${wanted}'`);
    return wanted;
  }

  #manifestApp(stream: string, app: StreamApp, properties: Properties): ManifestApp {
    const wanted = properties[`version.${app.label}`];
    const registered = this.#registry.find(app.type, app.name, wanted) ?? this.#default(app);
    const deployer = under('deployer', app.label, properties);
    const count = deployer['count'];
    return {
      label: app.label,
      resource: withoutTag(registered.uri),
      // Deploying takes any version for the image's tag; only an update asks whether it is registered.
      version: wanted ?? registered.version,
      applicationProperties: {
        ...ownProperties(stream, app),
        ...(count === undefined ? {} : { 'spring.cloud.stream.instanceCount': count }),
        ...app.properties,
        ...under('app', app.label, properties),
      },
      deploymentProperties: {
        [`${DEPLOYER}group`]: stream,
        [`${DEPLOYER}bootVersion`]: registered.bootVersion,
        ...prefixed(deployer),
      },
    };
  }

  #changed(before: ManifestApp, app: StreamApp, properties: Properties): ManifestApp {
    const wanted = properties[`version.${app.label}`];
    return {
      ...before,
      version: wanted ?? before.version,
      applicationProperties: { ...before.applicationProperties, ...under('app', app.label, properties) },
      deploymentProperties: {
        ...before.deploymentProperties,
        ...prefixed(under('deployer', app.label, properties)),
      },
    };
  }

  #default(app: StreamApp): RegisteredApp {
    const found = this.#registry.find(app.type, app.name);
    if (found !== undefined) return found;
    throw illegalArgument(`no application '${app.name}' of type '${app.type}' exists in the registry`);
  }

  #checkVersion(app: StreamApp, properties: Properties): void {
    const version = properties[`version.${app.label}`];
    if (version === undefined || this.#registry.find(app.type, app.name, version) !== undefined) return;
    const message = `The ${app.name}:${app.type}:${version} app is not registered!`;
    throw new ScdfError(500, 'IllegalStateException', message);
  }

  /** Writes all that was deployed into the definition, which therefore never forgets a property. */
  #rewrite(
    definition: SimulatedDefinition,
    apps: readonly StreamApp[],
    manifest: SimulatedRelease['apps'],
  ): void {
    const full = apps.map((app) => {
      const deployed = manifest.find((it) => it.label === app.label);
      return { ...app, properties: deployed?.applicationProperties ?? app.properties };
    });
    const dsl = renderDsl(definition.name, full);
    if (streamApps(definition.name, dsl) === undefined) {
      throw new ScdfError(
        500,
        'CheckPointedParseException',
        `105E:(pos ${dsl.length}): Found unexpected data`,
      );
    }
    definition.dsl = dsl;
    definition.shown = redacted(definition.name, dsl);
  }
}

function invalid(message: string): ScdfError {
  return new ScdfError(400, 'InvalidStreamDefinitionException', message);
}

function checkKeys(properties: Properties): void {
  const bad = Object.keys(properties).find(
    (key) => !/^(app\.|deployer\.|version\.|spring\.cloud\.dataflow\.skipper)/.test(key),
  );
  if (bad === undefined) return;
  throw illegalArgument(
    `Only deployment property keys starting with 'app.' or 'deployer.'  or 'version.' allowed, got '${bad}'`,
  );
}

function checkKubernetesName(name: string): void {
  if (/^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/.test(name)) return;
  throw invalid(
    `Stream name ${name} is invalid. Stream name must consist of alphanumeric characters or '-', start with an ` +
      "alphabetic character, and end with an alphanumeric character (e.g. 'my-name', or 'abc-123')",
  );
}

function checkLength(stream: string, app: StreamApp): void {
  const runtimeName = `${stream}-${app.name}-v`;
  if (runtimeName.length <= MAX_NAME) return;
  throw invalid(
    `The runtime application name for the app ${app.name} in the stream ${stream} should not exceed ` +
      `${MAX_NAME} in length. The runtime application name is: ${runtimeName}`,
  );
}

/** Properties of an app: `app.*.k` and `app.<label>.k`, of which the latter wins. */
function under(prefix: 'app' | 'deployer', label: string, properties: Properties): Record<string, string> {
  const found: Record<string, string> = {};
  for (const start of [`${prefix}.*.`, `${prefix}.${label}.`]) {
    for (const [key, value] of Object.entries(properties)) {
      if (key.startsWith(start)) found[key.slice(start.length)] = value;
    }
  }
  return found;
}

function prefixed(properties: Properties): Record<string, string> {
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [`${DEPLOYER}${key}`, value]));
}

function withoutTag(uri: string): string {
  return uri.replace(/:[^:/]*$/, '');
}

function mixedUp(): ScdfError {
  const message =
    'Cannot invoke "java.util.Map.containsKey(Object)" because "appDeploymentProperties" is null';
  return new ScdfError(500, 'NullPointerException', message);
}
