/** A corner of an SCDF server for one run of the conformance suite: own names, taken away at the end. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DataflowError,
  type AppKey,
  type Dataflow,
  type DataflowErrorKind,
  type Release,
  type StreamState,
} from './port.ts';

/** An app whose image is there and becomes ready. */
export interface UsableApp {
  /** e.g. `docker:springcloudstream/time-source-kafka`. */
  readonly repository: string;
  readonly tag: string;
}

export interface DataflowHarness {
  readonly dataflow: Dataflow;
  /** Becomes ready as type `app` and as type `source`. */
  readonly app: UsableApp;
  /** The platform to deploy to; its type is kubernetes. */
  readonly platform: string;
  /** Word that no other user of the server has in its names: lower-case letters, not more than 8. */
  readonly prefix: string;
  /** Deployer properties that let the app be ready soon, e.g. `kubernetes.startupProbeDelay`. */
  readonly probes: Readonly<Record<string, string>>;
  /** A version of the app that ends with an exit code, perhaps by deployer properties that make it. */
  readonly crash: {
    readonly tag: string;
    readonly deployer: Readonly<Record<string, string>>;
    readonly exitCode: number;
  };
  /** How long a new app may take to be ready. */
  readonly patienceMs: number;
  /** How long an upgrade waits for new apps to be healthy, when that is short enough for a test. */
  readonly healthCheckMs: number | undefined;
  deleteDeployments(stream: string): Promise<void>;
  close(): Promise<void>;
}

export const REVISION = 'barista.revision';

export class Corner {
  readonly #harness: DataflowHarness;
  readonly #apps: AppKey[] = [];
  readonly #streams = new Set<string>();

  constructor(harness: DataflowHarness) {
    this.#harness = harness;
  }

  /** Of type `app`, with the usable tag as its version. */
  appKey(part: string): AppKey {
    return { type: 'app', name: `${this.#harness.prefix}-${part}`, version: this.#harness.app.tag };
  }

  uri(tag = this.#harness.app.tag): string {
    return `${this.#harness.app.repository}:${tag}`;
  }

  stream(part: string): string {
    return `${this.#harness.prefix}-${part}`;
  }

  async register(app: AppKey, uri = this.uri()): Promise<void> {
    await this.#harness.dataflow.register({ ...app, uri, bootVersion: '3' });
    this.#apps.push(app);
  }

  /** The name of an app that is registered. */
  async registered(part: string): Promise<string> {
    const app = this.appKey(part);
    await this.register(app);
    return app.name;
  }

  /** Versions that are the default. */
  async defaults(app: AppKey): Promise<string[]> {
    const found = await this.#harness.dataflow.appVersions(app.type, app.name);
    return found.filter((it) => it.defaultVersion).map((it) => it.version);
  }

  /** The name of the stream. */
  async create(part: string, definition: string, description = ''): Promise<string> {
    const name = this.stream(part);
    await this.#harness.dataflow.create({ name, definition, description });
    this.#streams.add(name);
    return name;
  }

  /** To deploy one app with. */
  properties(label: string, app: Readonly<Record<string, string>>): Record<string, string> {
    const { platform, probes } = this.#harness;
    const properties: Record<string, string> = { 'spring.cloud.dataflow.skipper.platformName': platform };
    for (const [key, value] of Object.entries(probes)) properties[`deployer.${label}.${key}`] = value;
    for (const [key, value] of Object.entries(app)) properties[`app.${label}.${key}`] = value;
    return properties;
  }

  /** A property of the stream's only app, as it can be read back. */
  async property(stream: string, key: string): Promise<string | undefined> {
    const definition = await this.#harness.dataflow.definition(stream);
    return definition?.apps?.[0]?.properties[key];
  }

  /** Newest first. */
  async releases(stream: string): Promise<[number, Release['code'], string][]> {
    const history = await this.#harness.dataflow.history(stream);
    return history.map(({ version, code, description }) => [version, code, description]);
  }

  async becomes(stream: string, state: StreamState): Promise<void> {
    await this.until(`stream ${stream} is ${state}`, async () => {
      const definition = await this.#harness.dataflow.definition(stream);
      return definition?.state === state ? true : undefined;
    });
  }

  async settles(stream: string, version: number, code: Release['code'], extraMs = 0): Promise<void> {
    const look = async (): Promise<true | undefined> => {
      const [release] = await this.#harness.dataflow.history(stream);
      return release?.version === version && release.code === code ? true : undefined;
    };
    await this.until(`release ${version} of ${stream} is ${code}`, look, extraMs);
  }

  /** Looks again and again until there is something to see. */
  async until<T>(what: string, look: () => Promise<T | undefined>, extraMs = 0): Promise<T> {
    const deadline = performance.now() + this.#harness.patienceMs + extraMs;
    for (;;) {
      const seen = await look();
      if (seen !== undefined) return seen;
      if (performance.now() > deadline) throw new Error(`gave up waiting until ${what}`);
      await sleep(Math.min(300, this.#harness.patienceMs / 100));
    }
  }

  async cleanUp(): Promise<void> {
    const { dataflow } = this.#harness;
    for (const stream of this.#streams) {
      await this.until(`stream ${stream} is gone`, () => gone(dataflow.destroy(stream)), 120_000);
    }
    for (const app of this.#apps) {
      await this.until(`app ${app.name} is gone`, () => gone(dataflow.unregister(app)));
    }
  }
}

/** Undefined while an upgrade is under way, or the cluster still works on something. */
async function gone(removal: Promise<void>): Promise<true | undefined> {
  try {
    await removal;
    return true;
  } catch (error) {
    return error instanceof DataflowError && error.kind === 'notFound' ? true : undefined;
  }
}

export async function fails(kind: DataflowErrorKind, call: Promise<unknown>): Promise<void> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof DataflowError, `expected a DataflowError, got ${String(error)}`);
  assert.equal(error.kind, kind, error.message);
}
