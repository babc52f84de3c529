/** SCDF's JSON into the port's values: pure. Fields that are missing or of another type become what says least. */
import { parseDsl } from './dsl.ts';
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

/** The items of a HAL list; `_embedded` is absent when it is empty. */
export function items(body: unknown, name: string): readonly Json[] {
  return list(object(object(body)['_embedded'])[name]);
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

export function readDefinition(body: unknown): StreamDefinition {
  const json = object(body);
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

/** `deploymentProperties` is a JSON text: `{label: {key: value}}`, or empty. */
export function readDeployment(body: unknown): StreamDeployment {
  const json = object(body);
  const properties: Record<string, Record<string, string>> = {};
  for (const [label, fields] of Object.entries(object(parse(text(json['deploymentProperties']))))) {
    properties[label] = Object.fromEntries(
      Object.entries(object(fields)).map(([key, value]) => [
        key.startsWith(DEPLOYER) ? key.slice(DEPLOYER.length) : key,
        String(value),
      ]),
    );
  }
  return { state: oneOf(json['status'], states, 'unknown'), properties };
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

/** The history matches names by substring: only releases of exactly this stream, newest first. */
export function readHistory(body: unknown, stream: string): Release[] {
  return list(body)
    .filter((release) => release['name'] === stream)
    .map(readRelease)
    .sort((a, b) => b.version - a.version);
}

function readRelease(release: Json): Release {
  const info = object(release['info']);
  const deployed = Date.parse(text(info['lastDeployed']));
  return {
    version: whole(release['version']) ?? 0,
    code: oneOf(object(info['status'])['statusCode'], codes, 'UNKNOWN'),
    description: text(info['description']),
    lastDeployed: Number.isNaN(deployed) ? undefined : deployed,
  };
}

export function readPlatforms(body: unknown): Platform[] {
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
