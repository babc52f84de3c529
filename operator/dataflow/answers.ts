/** SCDF's JSON into the port's values: pure. Fields that are missing or of another type become what says least. */
import { parseDsl } from './dsl.ts';
import { masked } from './masked.ts';
import type {
  AppInstance,
  AppRegistration,
  AppType,
  Platform,
  Release,
  RuntimeApp,
  StreamDefinition,
  StreamDeployment,
  StreamRuntime,
  StreamState,
} from './port.ts';

type Json = Readonly<Record<string, unknown>>;

const states: readonly StreamState[] = [
  'deploying',
  'deployed',
  'undeployed',
  'partial',
  'failed',
  'error',
  'unknown',
];
const appTypes: readonly AppType[] = ['app', 'source', 'processor', 'sink', 'task'];
const codes: readonly Release['code'][] = ['UNKNOWN', 'DEPLOYED', 'DELETED', 'FAILED'];

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function list(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(object) : [];
}

/** The items of a HAL list inside another value; `_embedded` is absent when it is empty. */
function items(body: unknown, name: string): readonly Json[] {
  return list(object(object(body)['_embedded'])[name]);
}

/**
 * The items of an answer that is a HAL list. Undefined when it is none: such an answer must not read as "there is nothing",
 * for then things would be made or given up that are there.
 */
export function listed(body: unknown, name: string): readonly Json[] | undefined {
  const { page, _embedded } = object(body);
  const isList = typeof page === 'object' && page !== null;
  return isList || Array.isArray(object(_embedded)[name]) ? items(body, name) : undefined;
}

/** How many pages a HAL list has. */
export function pages(body: unknown): number {
  const total = object(object(body)['page'])['totalPages'];
  return typeof total === 'number' ? total : 1;
}

function oneOf<T extends string>(value: unknown, allowed: readonly T[], otherwise: T): T {
  return allowed.find((it) => it === value) ?? otherwise;
}

export function readApp(body: Json): AppRegistration {
  return {
    type: oneOf(body['type'], appTypes, 'app'),
    name: text(body['name']),
    version: text(body['version']),
    uri: text(body['uri']),
    defaultVersion: body['defaultVersion'] === true,
  };
}

/** Undefined when it is no definition. */
export function readDefinition(body: unknown): StreamDefinition | undefined {
  const json = object(body);
  if (text(json['name']) === '' || typeof json['dslText'] !== 'string') return undefined;
  const dsl = text(json['dslText']);
  return {
    name: text(json['name']),
    originalDsl: text(json['originalDslText']),
    dsl,
    apps: parseDsl(dsl)?.apps,
    description: text(json['description']),
    state: oneOf(json['status'], states, 'unknown'),
    stateDescription: text(json['statusDescription']),
  };
}

const DEPLOYER = 'spring.cloud.deployer.';

/** `deploymentProperties` is a JSON text: `{label: {key: value}}`, or empty. Undefined when the body is no deployment. */
export function readDeployment(body: unknown): StreamDeployment | undefined {
  const json = object(body);
  if (text(json['streamName']) === '') return undefined;
  const labels = Object.entries(object(parse(text(json['deploymentProperties']))));
  return {
    state: oneOf(json['status'], states, 'unknown'),
    properties: Object.fromEntries(labels.map(([label, fields]) => [label, deployerProperties(fields)])),
  };
}

function deployerProperties(fields: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(object(fields)).map(([key, value]) => [
      key.startsWith(DEPLOYER) ? key.slice(DEPLOYER.length) : key,
      String(value),
    ]),
  );
}

/** Of a list that may hold others, the stream of exactly this name. */
export function readRuntime(body: unknown, stream: string): StreamRuntime | undefined {
  const found = items(body, 'streamStatusResourceList').find((it) => it['name'] === stream);
  if (found === undefined) return undefined;
  const version = text(found['version']);
  return {
    version: version === '' || version === 'no apps' ? undefined : version,
    apps: items(found['applications'], 'appStatusResourceList').map(readRuntimeApp),
  };
}

function readRuntimeApp(app: Json): RuntimeApp {
  return {
    deploymentId: text(app['deploymentId']),
    name: text(app['name']),
    state: oneOf(app['state'], states, 'unknown'),
    instances: items(app['instances'], 'appInstanceStatusResourceList').map(readInstance),
  };
}

function readInstance(instance: Json): AppInstance {
  const attributes = object(instance['attributes']);
  const reason = text(attributes['container.lastState.terminated.reason']);
  return {
    id: text(instance['instanceId']),
    state: oneOf(instance['state'], states, 'unknown'),
    restarts: whole(attributes['container.restartCount']),
    exitCode: whole(attributes['container.lastState.terminated.exitCode']),
    exitReason: reason === '' ? undefined : reason,
  };
}

/** The history matches names by substring: only releases of exactly this stream, newest first. Undefined when it is none. */
export function readHistory(body: unknown, stream: string): Release[] | undefined {
  if (!Array.isArray(body)) return undefined;
  return list(body)
    .filter((release) => release['name'] === stream)
    .map(readRelease)
    .sort((a, b) => b.version - a.version);
}

function readRelease(release: Json): Release {
  const info = object(release['info']);
  const deployed = Date.parse(text(info['lastDeployed']));
  const platform = text(release['platformName']);
  return {
    version: whole(release['version']) ?? 0,
    code: oneOf(object(info['status'])['statusCode'], codes, 'UNKNOWN'),
    // Skipper quotes what it could not deploy, properties and all.
    description: masked(text(info['description'])),
    lastDeployed: Number.isNaN(deployed) ? undefined : deployed,
    ...(platform === '' ? {} : { platform }),
  };
}

export function readPlatforms(body: unknown): Platform[] | undefined {
  if (!Array.isArray(body)) return undefined;
  return list(body).map((platform) => ({ name: text(platform['name']), type: text(platform['type']) }));
}

function whole(value: unknown): number | undefined {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) ? number : undefined;
}

function parse(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
