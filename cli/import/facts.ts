/** What SCDF tells of each stream of a bar: reads only, and leaves out what SCDF and the operator add themselves. */
import type { Role } from '../../operator/api/types.ts';
import { splitImage } from '../../operator/api/app-uri.ts';
import type { HttpDataflow } from '../../operator/dataflow/http.ts';
import type {
  AppRegistration,
  AppType,
  Release,
  StreamDeployment,
  StreamRuntime,
} from '../../operator/dataflow/port.ts';
import { KEYS, keyHash, PLATFORM, REVISION } from '../../operator/desired/desired.ts';
import { underWay, upgradeUnderWay } from '../../operator/plan/upgrade.ts';
import { deployerAdded } from '../../operator/plan/verdict.ts';
import { CliError } from '../errors.ts';
import { isBaristas, type Bar, type BarStream } from './bar.ts';

type Properties = Readonly<Record<string, string>>;

export interface StreamFacts {
  readonly role: Role;
  readonly name: string;
  readonly description: string;
  /** False: undeployed, or never deployed. */
  readonly runs: boolean;
  readonly state: string;
  /** Its app's name in the registry. */
  readonly app: string;
  /** Undefined: neither what is deployed nor the registry tells. */
  readonly version: string | undefined;
  readonly uri: string | undefined;
  readonly bootVersion: '2' | '3' | undefined;
  /** Those that somebody gave; secrets among them as SCDF shows them. */
  readonly properties: Properties;
  /** Undefined: it was never deployed. */
  readonly deployerProperties: Properties | undefined;
  /** Instances; undefined when nothing tells. */
  readonly count: number | undefined;
  readonly platform: string | undefined;
}

export type Asked = Pick<HttpDataflow, 'lastDeployment' | 'history' | 'runtimes' | 'appVersions'>;

interface Asking {
  readonly dataflow: Asked;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly signal: AbortSignal;
}

const types: Readonly<Record<Role, AppType>> = {
  hotDrink: 'sink',
  coldDrink: 'sink',
  bar: 'app',
  orders: 'source',
};

/** @throws CliError when a stream is in between two versions; DataflowError */
export async function factsOf(bar: Bar, asking: Asking): Promise<readonly StreamFacts[]> {
  const names = bar.streams.map(({ definition }) => definition.name);
  const runtimes = await asking.dataflow.runtimes(names, asking.signal);
  return Promise.all(
    bar.streams.map((stream) => factsOfOne(stream, runtimes.get(stream.definition.name), asking)),
  );
}

async function factsOfOne(
  { role, definition, app }: BarStream,
  runtime: StreamRuntime | undefined,
  { dataflow, now, signal }: Asking,
): Promise<StreamFacts> {
  const { name, state, description } = definition;
  const [deployment, history, registered] = await Promise.all([
    dataflow.lastDeployment(name, signal),
    dataflow.history(name, signal),
    dataflow.appVersions(types[role], app.name, signal),
  ]);
  refuseUpgrade(name, history, now);
  const given = deployment?.properties[app.label];
  const platform =
    app.properties[PLATFORM] ?? history.find((release) => release.platform !== undefined)?.platform;
  return {
    role,
    name,
    description,
    runs: state !== 'undeployed' && state !== 'unknown',
    state,
    app: app.name,
    ...versionOf(given, registered),
    properties: isBaristas(definition) ? chosen(app.properties) : withoutAdded(app.properties),
    deployerProperties: given === undefined ? undefined : filtered(given, (key) => !deployerAdded.test(key)),
    count: countOf(given, runtime),
    platform,
  };
}

function refuseUpgrade(name: string, history: readonly Release[], now: number): void {
  const release = upgradeUnderWay({ history }, now);
  if (release !== undefined)
    throw new CliError(`${underWay(name, release)}. Import it when that has come to its end.`);
}

type Versioned = Pick<StreamFacts, 'version' | 'uri' | 'bootVersion'>;

/** What is deployed counts; of what never was, the registry's default. */
function versionOf(given: Properties | undefined, registered: readonly AppRegistration[]): Versioned {
  const standard = registered.find(({ defaultVersion }) => defaultVersion);
  const version = given?.['version'] ?? standard?.version;
  const found = registered.find((app) => app.version === version);
  const boot = given?.['bootVersion'];
  return {
    version,
    uri: found?.uri ?? uriOf(given?.['resource'], version),
    bootVersion: boot === '2' || boot === '3' ? boot : undefined,
  };
}

/** Of a version whose registration is gone: the deployer is given the image without its tag. */
function uriOf(resource: string | undefined, version: string | undefined): string | undefined {
  if (resource === undefined || version === undefined || !resource.startsWith('docker:')) return undefined;
  if (splitImage(resource.slice('docker:'.length)).version === version) return resource;
  return `${resource.replace(/@sha256$/, '')}${/^[0-9a-f]{64}$/.test(version) ? '@sha256:' : ':'}${version}`;
}

/** A stream of Barista's says which of its properties were given. */
function chosen(all: Properties): Properties {
  const given = all[KEYS]?.split('.');
  return given === undefined ? withoutAdded(all) : filtered(all, (key) => given.includes(keyHash(key)));
}

/** What SCDF gives all apps, unless somebody has given them another value. */
const ADDED = /^(management\.metrics\.tags|wavefront\.application|spring\.cloud\.dataflow\.stream)\./;

function withoutAdded(all: Properties): Properties {
  const operators = [REVISION, PLATFORM, KEYS, 'spring.cloud.stream.instanceCount'];
  return filtered(
    all,
    (key, value) =>
      !operators.includes(key) &&
      !(ADDED.test(key) && value.includes('${')) &&
      !(key === 'management.endpoints.web.exposure.include' && value === 'health,info,bindings'),
  );
}

function filtered(all: Properties, is: (key: string, value: string) => boolean): Properties {
  return Object.fromEntries(Object.entries(all).filter(([key, value]) => is(key, value)));
}

/** What runs counts: a stream that was scaled does not say so otherwise. */
function countOf(
  given: StreamDeployment['properties'][string] | undefined,
  runtime: StreamRuntime | undefined,
): number | undefined {
  const running = runtime?.apps[0]?.instances.length ?? 0;
  if (running > 0) return running;
  const count = Number(given?.['count']);
  return Number.isInteger(count) && count >= 0 ? count : undefined;
}
