/** Paths and parameters of SCDF's REST API, as far as the operator could ever use it. */
import type { AppKey } from '../port.ts';
import type { Platform } from './platform.ts';
import { appType, type Registry } from './registry.ts';
import {
  appResource,
  definitionResource,
  deploymentResource,
  halList,
  manifestText,
  releaseResource,
  runtimeResource,
  type Page,
} from './resources.ts';
import type { Scdf, SimulatedDefinition } from './scdf.ts';
import { ScdfError } from './scdf-error.ts';
import type { Operation, Settings } from './settings.ts';
import type { Skipper } from './skipper.ts';

export interface World {
  readonly settings: Settings;
  readonly registry: Registry;
  readonly scdf: Scdf;
  readonly skipper: Skipper;
  readonly platform: Platform;
}

export interface ApiRequest {
  readonly method: string;
  /** Decoded. */
  readonly path: string;
  /** Of the query and of a form. */
  readonly params: URLSearchParams;
  /** Of a JSON body. */
  readonly json: Readonly<Record<string, unknown>>;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body?: unknown;
}

type Handler = (world: World, request: ApiRequest, path: readonly string[]) => ApiAnswer;

export interface Route {
  readonly operation: Operation;
  readonly handle: (world: World, request: ApiRequest) => ApiAnswer;
}

const table: readonly [method: string, path: RegExp, operation: Operation, handler: Handler][] = [
  ['GET', /^\/apps$/, 'appVersions', listApps],
  ['GET', /^\/apps\/([^/]+)\/([^/]+)(?:\/([^/]+))?$/, 'app', getApp],
  ['POST', /^\/apps\/([^/]+)\/([^/]+)\/([^/]+)$/, 'register', register],
  ['PUT', /^\/apps\/([^/]+)\/([^/]+)\/([^/]+)$/, 'makeDefault', makeDefault],
  ['DELETE', /^\/apps\/([^/]+)\/([^/]+)\/([^/]+)$/, 'unregister', unregister],
  ['GET', /^\/streams\/definitions$/, 'definitions', listDefinitions],
  ['POST', /^\/streams\/definitions$/, 'create', create],
  ['GET', /^\/streams\/definitions\/([^/]+)$/, 'definition', getDefinition],
  ['DELETE', /^\/streams\/definitions\/([^/]+)$/, 'destroy', destroy],
  ['GET', /^\/streams\/deployments\/platform\/list$/, 'platforms', listPlatforms],
  ['GET', /^\/streams\/deployments\/history\/([^/]+)$/, 'history', getHistory],
  ['GET', /^\/streams\/deployments\/manifest\/([^/]+)\/(\d+)$/, 'manifest', getManifest],
  ['GET', /^\/streams\/deployments\/([^/]+)$/, 'deployment', getDeployment],
  ['POST', /^\/streams\/deployments\/update\/([^/]+)$/, 'update', update],
  ['POST', /^\/streams\/deployments\/scale\/([^/]+)\/([^/]+)\/instances\/(\d+)$/, 'scale', scale],
  ['POST', /^\/streams\/deployments\/([^/]+)$/, 'deploy', deploy],
  ['DELETE', /^\/streams\/deployments\/([^/]+)$/, 'undeploy', undeploy],
  ['GET', /^\/runtime\/streams\/([^/]+)$/, 'runtime', getRuntime],
  ['GET', /^\/about$/, 'about', about],
  ['GET', /^\/management\/health$/, 'health', () => ({ status: 200, body: { status: 'UP' } })],
];

export function routeOf(request: ApiRequest): Route {
  for (const [method, pattern, operation, handler] of table) {
    const match = method === request.method ? pattern.exec(request.path) : null;
    if (match !== null) {
      return { operation, handle: (world, asked) => handler(world, asked, match.slice(1)) };
    }
  }
  return { operation: 'unknown', handle: (_, { path }) => ({ status: 404, body: bootError(404, path) }) };
}

/** Spring Boot's own shape, for what is no controller's. */
export function bootError(status: number, path: string): unknown {
  const error = status === 404 ? 'Not Found' : 'Unauthorized';
  return { timestamp: '2026-11-23T20:28:00.029+0000', status, error, message: 'No message available', path };
}

function appKey(path: readonly string[]): AppKey {
  const [type = '', name = '', version = ''] = path;
  return { type: appType(type), name, version };
}

function first(path: readonly string[]): string {
  return path[0] ?? '';
}

function pageOf({ params }: ApiRequest): Page {
  const size = Math.min(Number(params.get('size') ?? 20), 2000);
  return { page: Number(params.get('page') ?? 0), size };
}

function required(request: ApiRequest, name: string): string {
  const value = request.params.get(name);
  if (value !== null) return value;
  const message = `Required request parameter '${name}' for method parameter type String is not present`;
  throw new ScdfError(400, 'MissingServletRequestParameterException', message);
}

function listApps({ registry }: World, request: ApiRequest): ApiAnswer {
  const type = request.params.get('type');
  const search = (request.params.get('search') ?? '').toLowerCase();
  const found = registry
    .all()
    .filter((app) => (type === null || app.type === type) && app.name.toLowerCase().includes(search));
  return {
    status: 200,
    body: halList('appRegistrationResourceList', found.map(appResource), pageOf(request)),
  };
}

function getApp(
  { registry }: World,
  _: ApiRequest,
  [type = '', name = '', version]: readonly string[],
): ApiAnswer {
  return { status: 200, body: appResource(registry.get(appType(type), name, version)) };
}

function register({ registry }: World, request: ApiRequest, path: readonly string[]): ApiAnswer {
  const key = appKey(path);
  const uri = required(request, 'uri');
  const bootVersion = request.params.get('bootVersion') ?? '2';
  registry.register({ ...key, uri, bootVersion }, request.params.get('force') === 'true');
  return { status: 201 };
}

function makeDefault({ registry }: World, _: ApiRequest, path: readonly string[]): ApiAnswer {
  const { type, name, version } = appKey(path);
  registry.makeDefault(type, name, version);
  return { status: 202 };
}

function unregister({ scdf }: World, _: ApiRequest, path: readonly string[]): ApiAnswer {
  scdf.unregister(appKey(path));
  return { status: 200 };
}

function listDefinitions({ scdf, skipper }: World, request: ApiRequest): ApiAnswer {
  skipper.reach('release/states');
  const found = scdf.search(request.params.get('search') ?? '');
  const shown = (definition: SimulatedDefinition): unknown =>
    definitionResource(definition, skipper.state(definition.name));
  return { status: 200, body: halList('streamDefinitionResourceList', found, pageOf(request), shown) };
}

function getDefinition({ scdf, skipper }: World, _: ApiRequest, path: readonly string[]): ApiAnswer {
  const definition = scdf.definition(first(path));
  skipper.reach('release/states');
  return { status: 200, body: definitionResource(definition, skipper.state(definition.name)) };
}

function create({ scdf, skipper }: World, request: ApiRequest): ApiAnswer {
  const name = required(request, 'name');
  const definition = required(request, 'definition');
  const made = scdf.create(name, definition, request.params.get('description') ?? '');
  return { status: 201, body: definitionResource(made, skipper.state(name)) };
}

function destroy({ scdf }: World, _: ApiRequest, path: readonly string[]): ApiAnswer {
  scdf.destroy(first(path));
  return { status: 200 };
}

function listPlatforms({ settings, skipper }: World): ApiAnswer {
  skipper.reach('deployers');
  const platforms = [...settings.platforms].map(([name, type]) => ({
    id: null,
    name,
    type,
    description: 'simulated',
    options: [],
  }));
  return { status: 200, body: platforms };
}

function getHistory({ skipper }: World, _: ApiRequest, path: readonly string[]): ApiAnswer {
  skipper.reach(`release/history/${first(path)}`);
  return { status: 200, body: skipper.history(first(path)).map(releaseResource) };
}

function getManifest(
  { skipper }: World,
  _: ApiRequest,
  [name = '', version = '0']: readonly string[],
): ApiAnswer {
  skipper.reach(`release/manifest/${name}`);
  return { status: 200, body: manifestText(skipper.release(name, Number(version))) };
}

function getDeployment({ scdf, skipper }: World, { params }: ApiRequest, path: readonly string[]): ApiAnswer {
  const definition = scdf.definition(first(path));
  const { name } = definition;
  const reuse = params.get('reuse-deployment-properties') === 'true';
  skipper.reach(`release/status/${name}`);
  return {
    status: 200,
    body: deploymentResource(definition, skipper.state(name), scdf.deploymentProperties(name, reuse)),
  };
}

function deploy({ scdf }: World, { json }: ApiRequest, path: readonly string[]): ApiAnswer {
  scdf.deploy(first(path), texts(json));
  return { status: 201 };
}

function undeploy({ scdf }: World, _: ApiRequest, path: readonly string[]): ApiAnswer {
  scdf.undeploy(first(path));
  return { status: 200 };
}

function update({ scdf }: World, { json }: ApiRequest, path: readonly string[]): ApiAnswer {
  const properties = json['updateProperties'];
  scdf.update(first(path), texts(typeof properties === 'object' && properties !== null ? properties : {}));
  return { status: 201 };
}

function scale({ scdf }: World, _: ApiRequest, [name = '', label = '', count]: readonly string[]): ApiAnswer {
  scdf.scale(name, label, Number(count));
  return { status: 201 };
}

/** A name without a definition, or never deployed, is 200 and not in the list. */
function getRuntime({ scdf, skipper, platform }: World, _: ApiRequest, path: readonly string[]): ApiAnswer {
  skipper.reach('release/statuses');
  const names = first(path)
    .split(',')
    .filter((name) => scdf.has(name) && skipper.latest(name) !== undefined);
  const streams = names.map((name) => runtimeResource(name, skipper, platform));
  return { status: 200, body: halList('streamStatusResourceList', streams, { page: 0, size: 20 }) };
}

function about({ settings }: World): ApiAnswer {
  const implementation = { name: 'spring-cloud-starter-dataflow-server', version: '2.11.5' };
  const platformSpecificInfo = Object.fromEntries(settings.platforms);
  return {
    status: 200,
    body: {
      featureInfo: { streamsEnabled: true },
      versionInfo: { implementation },
      runtimeEnvironment: { appDeployer: { platformSpecificInfo, platformType: 'Skipper Managed' } },
    },
  };
}

function texts(json: object): Record<string, string> {
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, String(value)]));
}
