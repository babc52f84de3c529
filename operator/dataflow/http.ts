/** One SCDF server over its REST API. */
import {
  items,
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
import { Rest, type Call, type DataflowOptions } from './rest.ts';

export type { DataflowOptions, RequestHook } from './rest.ts';

type Properties = Readonly<Record<string, string>>;
type Signal = AbortSignal | undefined;

/** SCDF answers at most so many a page. */
const PAGE = 2000;

const encoded = encodeURIComponent;
const definitionPath = (stream: string) => `/streams/definitions/${encoded(stream)}`;
const deploymentPath = (stream: string) => `/streams/deployments/${encoded(stream)}`;
const appPath = (app: AppKey) => `/apps/${app.type}/${encoded(app.name)}/${encoded(app.version)}`;
const titled = (app: AppKey) => `${app.type} ${app.name} ${app.version}`;

export class HttpDataflow implements Dataflow {
  readonly #rest: Rest;

  constructor(options: DataflowOptions) {
    this.#rest = new Rest(options);
  }

  async appVersions(type: AppType, name: string, signal?: AbortSignal): Promise<AppRegistration[]> {
    const query = new URLSearchParams({ type, search: name, size: String(PAGE) });
    const body = await this.#read('appVersions', `look up app ${name}`, `/apps?${query.toString()}`, signal);
    const found = items(body, 'appRegistrationResourceList').map(readApp);
    return found.filter((app) => app.type === type && app.name === name);
  }

  definition(stream: string, signal?: AbortSignal): Promise<StreamDefinition | undefined> {
    return orUndefined(async () =>
      readDefinition(
        await this.#read('definition', `look at stream ${stream}`, definitionPath(stream), signal),
      ),
    );
  }

  deployment(stream: string, signal?: AbortSignal): Promise<StreamDeployment | undefined> {
    return orUndefined(async () =>
      readDeployment(
        await this.#read('deployment', `look at stream ${stream}`, deploymentPath(stream), signal),
      ),
    );
  }

  runtime(stream: string, signal?: AbortSignal): Promise<StreamRuntime | undefined> {
    const path = `/runtime/streams/${encoded(stream)}`;
    return orUndefined(async () =>
      readRuntime(await this.#read('runtime', `look at stream ${stream}`, path, signal), stream),
    );
  }

  async history(stream: string, signal?: AbortSignal): Promise<Release[]> {
    const path = `/streams/deployments/history/${encoded(stream)}`;
    return readHistory(await this.#read('history', `look at stream ${stream}`, path, signal), stream);
  }

  async definitions(signal?: AbortSignal): Promise<StreamDefinition[]> {
    const found: StreamDefinition[] = [];
    for (let page = 0, total = 1; page < total; page++) {
      const path = `/streams/definitions?page=${page}&size=${PAGE}`;
      const body = await this.#read('definitions', 'list streams', path, signal);
      found.push(...items(body, 'streamDefinitionResourceList').map(readDefinition));
      total = pages(body);
    }
    return found;
  }

  async platforms(signal?: AbortSignal): Promise<Platform[]> {
    const path = '/streams/deployments/platform/list';
    return readPlatforms(await this.#read('platforms', 'list platforms', path, signal));
  }

  register(app: NewAppRegistration, signal?: AbortSignal): Promise<void> {
    const form = { uri: app.uri, bootVersion: app.bootVersion };
    return this.#write({
      operation: 'register',
      what: `register ${titled(app)}`,
      path: appPath(app),
      form,
      signal,
    });
  }

  makeDefault(app: AppKey, signal?: AbortSignal): Promise<void> {
    const what = `make ${titled(app)} the default`;
    return this.#write({ operation: 'makeDefault', what, method: 'PUT', path: appPath(app), signal });
  }

  unregister(app: AppKey, signal?: AbortSignal): Promise<void> {
    return this.#delete('unregister', `unregister ${titled(app)}`, appPath(app), signal);
  }

  create(
    { name, definition, description }: { name: string; definition: string; description: string },
    signal?: AbortSignal,
  ): Promise<void> {
    const form = { name, definition, description };
    return this.#write({
      operation: 'create',
      what: `create stream ${name}`,
      path: '/streams/definitions',
      form,
      signal,
    });
  }

  destroy(stream: string, signal?: AbortSignal): Promise<void> {
    return this.#delete('destroy', `delete stream ${stream}`, definitionPath(stream), signal);
  }

  deploy(stream: string, properties: Properties, signal?: AbortSignal): Promise<void> {
    const what = `deploy stream ${stream}`;
    return this.#write({ operation: 'deploy', what, path: deploymentPath(stream), json: properties, signal });
  }

  undeploy(stream: string, signal?: AbortSignal): Promise<void> {
    return this.#delete('undeploy', `undeploy stream ${stream}`, deploymentPath(stream), signal);
  }

  update(stream: string, properties: Properties, signal?: AbortSignal): Promise<void> {
    const path = `/streams/deployments/update/${encoded(stream)}`;
    const json = {
      releaseName: stream,
      packageIdentifier: { packageName: stream, packageVersion: null },
      updateProperties: properties,
    };
    return this.#write({ operation: 'update', what: `update stream ${stream}`, path, json, signal });
  }

  scale(stream: string, label: string, count: number, signal?: AbortSignal): Promise<void> {
    const path = `/streams/deployments/scale/${encoded(stream)}/${encoded(label)}/instances/${count}`;
    return this.#write({ operation: 'scale', what: `scale stream ${stream}`, path, signal });
  }

  #read(operation: string, what: string, path: string, signal: Signal): Promise<unknown> {
    return this.#rest.json({ operation, what, method: 'GET', path, signal });
  }

  #delete(operation: string, what: string, path: string, signal: Signal): Promise<void> {
    return this.#write({ operation, what, method: 'DELETE', path, signal });
  }

  async #write(call: Omit<Call, 'method'> & { readonly method?: Call['method'] }): Promise<void> {
    await this.#rest.send({ method: 'POST', ...call });
  }
}

async function orUndefined<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof DataflowError && error.kind === 'notFound') return undefined;
    throw error;
  }
}
