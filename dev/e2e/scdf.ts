/** SCDF as its users see it: plain REST calls, to check what the operator did and to interfere with it. */

interface Definition {
  readonly name: string;
  readonly dslText: string;
  readonly originalDslText: string;
  readonly description: string;
  readonly status: string;
}

export class Scdf {
  readonly #uri: string;

  constructor(uri: string) {
    this.#uri = uri;
  }

  async definition(name: string): Promise<Definition | undefined> {
    const response = await this.#call('GET', `/streams/definitions/${name}`);
    if (response.status === 404) return undefined;
    return (await response.json()) as Definition;
  }

  /** Names of all streams. */
  async streams(): Promise<string[]> {
    const response = await this.#call('GET', '/streams/definitions?size=2000');
    const body = (await response.json()) as {
      _embedded?: { streamDefinitionResourceList?: { name: string }[] };
    };
    return (body._embedded?.streamDefinitionResourceList ?? []).map((stream) => stream.name);
  }

  /** Registered apps as `type/name:version`. */
  async apps(): Promise<string[]> {
    const response = await this.#call('GET', '/apps?size=2000');
    const body = (await response.json()) as {
      _embedded?: { appRegistrationResourceList?: { type: string; name: string; version: string }[] };
    };
    return (body._embedded?.appRegistrationResourceList ?? []).map(
      (app) => `${app.type}/${app.name}:${app.version}`,
    );
  }

  async undeploy(name: string): Promise<void> {
    await this.#change('DELETE', `/streams/deployments/${name}`);
  }

  async destroy(name: string): Promise<void> {
    await this.#change('DELETE', `/streams/definitions/${name}`);
  }

  async create(name: string, definition: string, description: string): Promise<void> {
    const form = new URLSearchParams({ name, definition, description });
    await this.#change('POST', `/streams/definitions?${form.toString()}`);
  }

  /** As the shell's `stream deploy --properties`. */
  async deploy(name: string, properties: Readonly<Record<string, string>>): Promise<void> {
    await this.#change('POST', `/streams/deployments/${name}`, properties);
  }

  /** @param app `type/name/version` */
  async unregister(app: string): Promise<void> {
    await this.#change('DELETE', `/apps/${app}`);
  }

  async register(app: string, uri: string): Promise<void> {
    await this.#change('POST', `/apps/${app}?${new URLSearchParams({ uri, force: 'true' }).toString()}`);
  }

  async #change(method: string, path: string, json?: unknown): Promise<void> {
    const response = await this.#call(method, path, json);
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  }

  #call(method: string, path: string, json?: unknown): Promise<Response> {
    return fetch(this.#uri + path, {
      method,
      headers: {
        Accept: 'application/json',
        ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      signal: AbortSignal.timeout(60_000),
    });
  }
}
