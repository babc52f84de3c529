/** One SCDF server over its REST API. */
import {
  listed,
  pages,
  readApp,
  readDefinition,
  readDeployment,
  readHistory,
  readPlatforms,
  readRuntime,
} from './answers.ts';
import {
  DataflowError,
  type AppKey,
  type AppRegistration,
  type AppType,
  type Dataflow,
  type NewAppRegistration,
  type Platform,
  type Release,
  type StreamDefinition,
  type StreamDeployment,
  type StreamRuntime,
} from './port.ts';
import { notScdf, Rest, type Call, type DataflowOptions, type Transport } from './rest.ts';

export type { DataflowOptions, RequestHook } from './rest.ts';

type Properties = Readonly<Record<string, string>>;
type Signal = AbortSignal | undefined;

/** Apps of one name come on one page. */
const APPS = 2000;
/** A deployed stream costs SCDF some 20 ms, so that a page of them is answered within a read's time-out. */
const STREAMS = 100;
/** Streams of which one call asks what runs: SCDF's own page. */
const RUNTIMES = 20;
/** So many letters of a name tell enough to search by. */
const TELLING = 4;
/** Beginnings that are kept in mind. */
const CROWDED = 1000;

const definitionPath = (stream: string) => `/streams/definitions/${segment(stream)}`;
const deploymentPath = (stream: string) => `/streams/deployments/${segment(stream)}`;
const appPath = (app: AppKey) => `/apps/${app.type}/${segment(app.name)}/${segment(app.version)}`;
const streamsTitle = (names: readonly string[]) =>
  names.length === 1 ? `stream ${names[0]}` : `the streams ${names.join(', ')}`;
const titled = (app: AppKey) => `${app.type} ${app.name} ${app.version}`;

/**
 * One part of a path. An empty one, or one with dots or slashes alone, would make another path, and `DELETE` of a shorter one deletes
 * all streams or apps: such a name is refused here.
 */
function segment(name: string): string {
  if (/^\.*$|[/\\;%\p{Cc}]/u.test(name)) {
    throw new DataflowError('rejected', 'call SCDF', `${JSON.stringify(name)} cannot be a name in SCDF.`);
  }
  return encodeURIComponent(name);
}

export class HttpDataflow implements Dataflow {
  readonly #rest: Transport;
  /** Beginnings with which more streams are called than a look asks for. */
  readonly #crowded = new Set<string>();

  constructor(server: DataflowOptions | Transport) {
    this.#rest = 'send' in server ? server : new Rest(server);
  }

  /** Closes the connections that are kept; the object may still be used. */
  close(): void {
    this.#rest.close();
  }

  /** As `close`, but calls that run come to their end. */
  retire(): void {
    this.#rest.retire();
  }

  /** Calls under way, and calls that wait for their turn. */
  get load(): { readonly inFlight: number; readonly waiting: number } {
    return this.#rest.load;
  }

  async appVersions(type: AppType, name: string, signal?: AbortSignal): Promise<AppRegistration[]> {
    const query = new URLSearchParams({ type, search: name, size: String(APPS) });
    const what = `look up app ${name}`;
    const body = await this.#read('appVersions', what, `/apps?${query.toString()}`, signal);
    const found = known(listed(body, 'appRegistrationResourceList'), what).map(readApp);
    return found.filter((app) => app.type === type && app.name === name);
  }

  async definition(stream: string, signal?: AbortSignal): Promise<StreamDefinition | undefined> {
    const what = `look at stream ${stream}`;
    const body = await this.#find('definition', what, definitionPath(stream), signal);
    return body === undefined ? undefined : known(readDefinition(body), what);
  }

  /** A pipeline's streams mostly begin alike, and SCDF searches by a part of the name. */
  async definitionsOf(
    streams: readonly string[],
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, StreamDefinition>> {
    const wanted = new Set(streams);
    const found = (await this.#search([...wanted], signal)) ?? (await this.#each([...wanted], signal));
    return new Map(found.filter(({ name }) => wanted.has(name)).map((it) => [it.name, it]));
  }

  /** All streams with the beginning that these have in common; undefined when that says too little. */
  async #search(names: readonly string[], signal: Signal): Promise<StreamDefinition[] | undefined> {
    const beginning = commonBeginning(names);
    if (names.length < 2 || beginning.length < TELLING || this.#crowded.has(beginning)) return undefined;
    // A deployed stream costs SCDF the same on a page as alone, so that few are asked for besides those that are wanted.
    const size = 2 * names.length;
    const query = new URLSearchParams({ search: beginning, size: String(size) });
    const what = `look at ${streamsTitle(names)}`;
    const path = `/streams/definitions?${query.toString()}`;
    const body = await this.#readable('definitions', what, path, signal);
    if (body === undefined) return undefined;
    if (pages(body) > 1) {
      if (this.#crowded.size >= CROWDED) this.#crowded.clear();
      this.#crowded.add(beginning);
      return undefined;
    }
    return known(listed(body, 'streamDefinitionResourceList'), what).map((item) =>
      known(readDefinition(item), what),
    );
  }

  /** The answer; undefined when SCDF trips over a stream in its list, which need not be one of those that are wanted. */
  async #readable(operation: string, what: string, path: string, signal: Signal): Promise<unknown> {
    try {
      return await this.#read(operation, what, path, signal);
    } catch (error) {
      if (error instanceof DataflowError && error.status === 500 && error.kind === 'unexpected')
        return undefined;
      throw error;
    }
  }

  async #each(names: readonly string[], signal: Signal): Promise<StreamDefinition[]> {
    const found = await Promise.all(names.map((name) => this.definition(name, signal)));
    return found.filter((it) => it !== undefined);
  }

  async deployment(stream: string, signal?: AbortSignal): Promise<StreamDeployment | undefined> {
    return this.#deployment(stream, deploymentPath(stream), signal);
  }

  /** As `deployment`; of a stream that is undeployed, with the properties that it was deployed with last. */
  async lastDeployment(stream: string, signal?: AbortSignal): Promise<StreamDeployment | undefined> {
    return this.#deployment(stream, `${deploymentPath(stream)}?reuse-deployment-properties=true`, signal);
  }

  async #deployment(stream: string, path: string, signal: Signal): Promise<StreamDeployment | undefined> {
    const what = `look at the deployment of stream ${stream}`;
    const body = await this.#find('deployment', what, path, signal);
    return body === undefined ? undefined : known(readDeployment(body), what);
  }

  async runtimes(
    streams: readonly string[],
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, StreamRuntime>> {
    const found = new Map<string, StreamRuntime>();
    for (const names of inGroups(streams, RUNTIMES)) {
      const what = `look at what runs of ${streamsTitle(names)}`;
      const path = `/runtime/streams/${names.map(segment).join(',')}?size=${RUNTIMES}`;
      const body = await this.#find('runtime', what, path, signal);
      if (body === undefined) continue;
      known(listed(body, 'streamStatusResourceList'), what);
      for (const name of names) {
        const runtime = readRuntime(body, name);
        if (runtime !== undefined) found.set(name, runtime);
      }
    }
    return found;
  }

  async history(stream: string, signal?: AbortSignal): Promise<Release[]> {
    const what = `look at the releases of stream ${stream}`;
    const path = `/streams/deployments/history/${segment(stream)}`;
    const body = await this.#find('history', what, path, signal);
    return body === undefined ? [] : known(readHistory(body, stream), what);
  }

  /** A stream that is made or deleted meanwhile may be missing; none is there twice. */
  async definitions(signal?: AbortSignal): Promise<StreamDefinition[]> {
    const what = 'list streams';
    const found = new Map<string, StreamDefinition>();
    for (let page = 0, total = 1; page < total; page++) {
      const path = `/streams/definitions?page=${page}&size=${STREAMS}&sort=name,asc`;
      const body = await this.#read('definitions', what, path, signal);
      for (const item of known(listed(body, 'streamDefinitionResourceList'), what)) {
        const definition = known(readDefinition(item), what);
        found.set(definition.name, definition);
      }
      total = pages(body);
    }
    return [...found.values()];
  }

  async platforms(signal?: AbortSignal): Promise<Platform[]> {
    const what = 'list platforms';
    const body = await this.#read('platforms', what, '/streams/deployments/platform/list', signal);
    return known(readPlatforms(body), what);
  }

  async register(app: NewAppRegistration, signal?: AbortSignal): Promise<void> {
    const form = { uri: app.uri, bootVersion: app.bootVersion };
    await this.#write({
      operation: 'register',
      what: `register ${titled(app)}`,
      path: appPath(app),
      form,
      signal,
    });
  }

  async makeDefault(app: AppKey, signal?: AbortSignal): Promise<void> {
    const what = `make ${titled(app)} the default`;
    await this.#write({ operation: 'makeDefault', what, method: 'PUT', path: appPath(app), signal });
  }

  async unregister(app: AppKey, signal?: AbortSignal): Promise<void> {
    await this.#delete('unregister', `unregister ${titled(app)}`, appPath(app), signal);
  }

  async create(
    { name, definition, description }: { name: string; definition: string; description: string },
    signal?: AbortSignal,
  ): Promise<void> {
    const form = { name, definition, description };
    await this.#write({
      operation: 'create',
      what: `create stream ${name}`,
      path: '/streams/definitions',
      form,
      signal,
    });
  }

  async destroy(stream: string, signal?: AbortSignal): Promise<void> {
    await this.#delete('destroy', `delete stream ${stream}`, definitionPath(stream), signal);
  }

  async deploy(stream: string, properties: Properties, signal?: AbortSignal): Promise<void> {
    const what = `deploy stream ${stream}`;
    await this.#write({ operation: 'deploy', what, path: deploymentPath(stream), json: properties, signal });
  }

  async undeploy(stream: string, signal?: AbortSignal): Promise<void> {
    await this.#delete('undeploy', `undeploy stream ${stream}`, deploymentPath(stream), signal);
  }

  async update(stream: string, properties: Properties, signal?: AbortSignal): Promise<void> {
    const path = `/streams/deployments/update/${segment(stream)}`;
    const json = {
      releaseName: stream,
      packageIdentifier: { packageName: stream, packageVersion: null },
      updateProperties: properties,
    };
    await this.#write({ operation: 'update', what: `update stream ${stream}`, path, json, signal });
  }

  async scale(stream: string, label: string, count: number, signal?: AbortSignal): Promise<void> {
    const path = `/streams/deployments/scale/${segment(stream)}/${segment(label)}/instances/${count}`;
    await this.#write({ operation: 'scale', what: `scale stream ${stream}`, path, signal });
  }

  /** The answer, or undefined when there is no such thing. */
  async #find(operation: string, what: string, path: string, signal: Signal): Promise<unknown> {
    try {
      return await this.#read(operation, what, path, signal);
    } catch (error) {
      if (error instanceof DataflowError && error.kind === 'notFound') return undefined;
      throw error;
    }
  }

  async #read(operation: string, what: string, path: string, signal: Signal): Promise<unknown> {
    const { body } = await this.#rest.send({ operation, what, method: 'GET', path, signal });
    try {
      return JSON.parse(body);
    } catch {
      throw notScdf(what, 'something that is not JSON');
    }
  }

  #delete(operation: string, what: string, path: string, signal: Signal): Promise<void> {
    return this.#write({ operation, what, method: 'DELETE', path, signal });
  }

  async #write(call: Omit<Call, 'method'> & { readonly method?: Call['method'] }): Promise<void> {
    await this.#rest.send({ method: 'POST', ...call });
  }
}

function commonBeginning([first = '', ...others]: readonly string[]): string {
  let length = first.length;
  for (const other of others) while (!other.startsWith(first.slice(0, length))) length -= 1;
  return first.slice(0, length);
}

function inGroups<T>(items: readonly T[], size: number): T[][] {
  const groups: T[][] = [];
  for (let at = 0; at < items.length; at += size) groups.push(items.slice(at, at + size));
  return groups;
}

/** What was read of an answer, which must be SCDF's. */
function known<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw notScdf(what, 'something that is not what SCDF says');
  return value;
}
