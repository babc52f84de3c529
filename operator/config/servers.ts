/** The servers file: which SCDF servers pipelines may name. Pure. */
import { parse } from 'yaml';
import type { Parsed } from './config.ts';
import { Fields, isRecord, type KnownFields } from './fields.ts';
import { parseOAuth2, type OAuth2Config } from './oauth2.ts';

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
  /** Or where tokens are had; undefined as well: no authentication. */
  readonly oauth2: OAuth2Config | undefined;
  /** File with the CA of the server, PEM, read again as it may rotate; undefined: the public authorities. */
  readonly caFile: string | undefined;
  /** Calls that may be under way at a time. */
  readonly concurrency: number;
  /** Those among them that may be at work on the platform: they are slow, and more at a time get no faster. */
  readonly deployConcurrency: number;
  readonly readTimeoutMs: number;
  readonly writeTimeoutMs: number;
}

/** Parses the servers file: `servers: [{name, url, platform, …}]`. All its problems are told at once, without a value of a secret. */
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

/** docs/servers.md has a row for each that is known. */
export const serverFields: KnownFields = {
  name: undefined,
  url: undefined,
  platform: undefined,
  namespace: undefined,
  watchWorkloads: undefined,
  tokenFile: undefined,
  oauth2: undefined,
  caFile: undefined,
  concurrency: undefined,
  deployConcurrency: undefined,
  readTimeoutSeconds: undefined,
  writeTimeoutSeconds: undefined,
  token: 'does not belong here: put it into a file, and name that as tokenFile',
};

/** Enough to look at several pipelines at a time, and little for SCDF, which has others to serve as well. */
const CONCURRENCY = 16;
/** About four deploys in flight saturate SCDF and Skipper. */
const DEPLOY_CONCURRENCY = 4;

function parseServer(entry: unknown, path: string, problems: string[]): ServerConfig {
  const fields = new Fields(entry, path, serverFields, problems);
  const url = fields.url('url', 'a file with a token as tokenFile, or oauth2');
  const oauth2 = fields.below('oauth2');
  const concurrency = fields.count('concurrency', CONCURRENCY);
  if (fields.has('tokenFile') && fields.has('oauth2'))
    fields.say('tokenFile', 'is given, and oauth2 as well: keep one of them');
  return {
    name: fields.required('name'),
    url: url.replace(/\/+$/, ''),
    platform: fields.text('platform') ?? 'default',
    namespace: fields.text('namespace'),
    watchWorkloads: fields.flag('watchWorkloads', true),
    tokenFile: fields.text('tokenFile'),
    oauth2: oauth2 === undefined ? undefined : parseOAuth2(oauth2, `${path}.oauth2`, problems),
    caFile: fields.text('caFile'),
    concurrency,
    deployConcurrency: deployConcurrency(fields, concurrency),
    readTimeoutMs: fields.seconds('readTimeoutSeconds', 15),
    writeTimeoutMs: fields.seconds('writeTimeoutSeconds', 60),
  };
}

/** Not given, it leaves at least half of the places to calls that are fast. */
function deployConcurrency(fields: Fields, concurrency: number): number {
  const otherwise = Math.min(DEPLOY_CONCURRENCY, Math.ceil(concurrency / 2));
  const count = fields.count('deployConcurrency', otherwise);
  if (count > concurrency) fields.say('deployConcurrency', `must be at most concurrency (${concurrency})`);
  return count;
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? text;
}
