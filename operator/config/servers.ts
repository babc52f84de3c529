/** The servers file: which SCDF servers pipelines may name. Pure. */
import { parse } from 'yaml';
import type { Parsed } from './config.ts';

/** An SCDF server that pipelines may name. */
export interface ServerConfig {
  readonly name: string;
  /** e.g. `http://scdf-server:9393`; may have a path, and never a password: it is logged. */
  readonly url: string;
  /** Platform (Skipper's account) for pipelines that name none. */
  readonly platform: string;
  /** Namespace in this cluster in which the platform runs its apps; undefined: any. */
  readonly namespace: string | undefined;
  /** False when the platform is another cluster, whose workloads cannot be seen from here. */
  readonly watchWorkloads: boolean;
  /** File with a bearer token, read again for each call as it may rotate. */
  readonly tokenFile: string | undefined;
  /** File with the CA of the server, PEM. */
  readonly caFile: string | undefined;
  readonly readTimeoutMs: number;
  readonly writeTimeoutMs: number;
}

/** Parses the servers file: `servers: [{name, url, platform, …}]`. */
export function parseServers(text: string): Parsed<readonly ServerConfig[]> {
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    return {
      problems: [
        `The servers file is not YAML: ${error instanceof Error ? firstLine(error.message) : 'unreadable'}`,
      ],
    };
  }
  const entries = isRecord(document) ? document['servers'] : undefined;
  if (!Array.isArray(entries) || entries.length === 0) {
    return {
      problems: ['The servers file names no server: it needs `servers: [{name: default, url: http://…}]`.'],
    };
  }
  const problems: string[] = [];
  const servers = entries.map((entry: unknown, index) => parseServer(entry, `servers[${index}]`, problems));
  const names = servers.map((server) => server.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) problems.push(`The servers file names the server ${twice} twice.`);
  return problems.length > 0 ? { problems } : { ok: servers };
}

const known = new Set([
  'name',
  'url',
  'platform',
  'namespace',
  'watchWorkloads',
  'tokenFile',
  'caFile',
  'readTimeoutSeconds',
  'writeTimeoutSeconds',
]);

function parseServer(entry: unknown, path: string, problems: string[]): ServerConfig {
  const fields = new Fields(isRecord(entry) ? entry : {}, path, problems);
  const url = fields.required('url');
  // Not repeated here, and before anything else: it may be a password, and problems are printed.
  if (url.includes('@'))
    problems.push(
      `${path}.url has an @: leave user and password out, and name a file with a token as tokenFile.`,
    );
  else if (url !== '' && !isHttp(url))
    problems.push(`${path}.url is "${url}": give an http:// or https:// address.`);
  return {
    name: fields.required('name'),
    url: url.replace(/\/+$/, ''),
    platform: fields.text('platform') ?? 'default',
    namespace: fields.text('namespace'),
    watchWorkloads: fields.flag('watchWorkloads', true),
    tokenFile: fields.text('tokenFile'),
    caFile: fields.text('caFile'),
    readTimeoutMs: fields.seconds('readTimeoutSeconds', 15),
    writeTimeoutMs: fields.seconds('writeTimeoutSeconds', 60),
  };
}

/** Reads the fields of one entry and notes what is wrong with them. */
class Fields {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #path: string;
  readonly #problems: string[];

  constructor(fields: Readonly<Record<string, unknown>>, path: string, problems: string[]) {
    this.#fields = fields;
    this.#path = path;
    this.#problems = problems;
    for (const key of Object.keys(fields)) if (!known.has(key)) this.#say(key, 'is not known');
  }

  text(key: string): string | undefined {
    const value = this.#fields[key] ?? undefined;
    if (value === undefined || (typeof value === 'string' && value !== '')) return value;
    this.#say(key, 'must be a text');
    return undefined;
  }

  required(key: string): string {
    const value = this.text(key);
    if (value === undefined) this.#say(key, 'is missing');
    return value ?? '';
  }

  flag(key: string, otherwise: boolean): boolean {
    const value = this.#fields[key] ?? otherwise;
    if (typeof value === 'boolean') return value;
    this.#say(key, 'must be true or false');
    return otherwise;
  }

  /** In milliseconds. */
  seconds(key: string, otherwise: number): number {
    const value = this.#fields[key] ?? otherwise;
    if (typeof value === 'number' && value > 0) return value * 1000;
    this.#say(key, 'must be a number of seconds greater than 0');
    return otherwise * 1000;
  }

  #say(key: string, what: string): void {
    this.#problems.push(`${this.#path}.${key} ${what}.`);
  }
}

function isHttp(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? text;
}
