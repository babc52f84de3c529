/**
 * Which pipeline wants which stream names and uses which registrations: what one pipeline must know of the others. Kept up
 * to date by the reflector's events.
 */
import type { AppStatus, Pipeline } from '../api/types.ts';
import type { AppKey, NewAppRegistration } from '../dataflow/port.ts';

interface Claim {
  readonly key: string;
  readonly uid: string;
  readonly createdAt: number;
  readonly server: string;
  /** Wanted now. */
  readonly streams: readonly string[];
  /** Wanted now, or known from before. */
  readonly known: readonly string[];
  readonly apps: readonly AppStatus[];
  readonly deleting: boolean;
}

export class Claims {
  readonly #claims = new Map<string, Claim>();
  readonly #byStream = new Groups();
  /** By registration: thousands of pipelines share the same few. */
  readonly #byApp = new Groups();
  /** As that, but only where this operator has made it. */
  readonly #byOwnApp = new Groups();

  /** Takes what a pipeline wants now; undefined: it is gone, or its spec is not valid. */
  set(key: string, pipeline: Pipeline | undefined): void {
    const old = this.#claims.get(key);
    const claim = pipeline === undefined ? undefined : claimOf(key, pipeline);
    this.#byStream.move(key, old?.known, claim?.known);
    this.#byApp.move(key, appIds(old), appIds(claim));
    this.#byOwnApp.move(key, appIds(old, isOwn), appIds(claim, isOwn));
    if (claim === undefined) this.#claims.delete(key);
    else this.#claims.set(key, claim);
  }

  /** True for a pipeline that is there and whose spec is valid. */
  has(key: string): boolean {
    return this.#claims.has(key);
  }

  /** The server that a pipeline names. */
  serverOf(key: string): string | undefined {
    return this.#claims.get(key)?.server;
  }

  /** Keys of all pipelines, by the server that they name. */
  byServer(): ReadonlyMap<string, readonly string[]> {
    const servers = new Map<string, string[]>();
    for (const { key, server } of this.#claims.values()) {
      const keys = servers.get(server);
      if (keys === undefined) servers.set(server, [key]);
      else keys.push(key);
    }
    return servers;
  }

  /** Keys of the pipelines that a stream concerns. */
  concernedBy(stream: string): string[] {
    return [...this.#byStream.get(stream)];
  }

  /** Keys of the pipelines that share a stream name with this one: they may go on when it changes or goes. */
  rivals(key: string): string[] {
    const streams = this.#claims.get(key)?.known ?? [];
    return [...new Set(streams.flatMap((stream) => this.concernedBy(stream)))].filter(
      (other) => other !== key,
    );
  }

  /** Of two pipelines that want the same name the older one has it: the names that others have, and who. */
  olderClaims(key: string): ReadonlyMap<string, string> {
    const mine = this.#claims.get(key);
    const older = new Map<string, string>();
    for (const stream of mine?.streams ?? []) {
      const rival = this.concernedBy(stream)
        .flatMap((other) => this.#claims.get(other) ?? [])
        .find((other) => other.streams.includes(stream) && mine !== undefined && hasPriority(other, mine));
      if (rival !== undefined) older.set(stream, rival.key);
    }
    return older;
  }

  /**
   * True when another pipeline on the server uses the registration. Of pipelines that are being deleted together the last one by
   * uid sees to what they shared: for it the others do not count.
   */
  usedByOthers(key: string, server: string, app: AppKey): boolean {
    for (const { claim, entry } of this.#others(key, server, app)) {
      if (entry.obsolete !== true && !this.#leavesBefore(claim, key)) return true;
    }
    return false;
  }

  /** Keys of pipelines that use the registration, are being deleted, and leave it to this one to see to it. */
  leavingBefore(key: string, server: string, app: AppKey): string[] {
    return [...this.#others(key, server, app)].flatMap(({ claim }) =>
      this.#leavesBefore(claim, key) ? [claim.key] : [],
    );
  }

  /** True when another pipeline on the server has the registration and it is this operator's. */
  registeredByOthers(key: string, server: string, app: NewAppRegistration): boolean {
    const those = this.#byOwnApp.get(appId(server, app));
    return those.size > (those.has(key) ? 1 : 0);
  }

  #leavesBefore(other: Claim, key: string): boolean {
    const mine = this.#claims.get(key);
    return mine?.deleting === true && other.deleting && other.uid < mine.uid;
  }

  /** Lazily, since mostly the first answers the question. */
  *#others(key: string, server: string, app: AppKey): Generator<{ claim: Claim; entry: AppStatus }> {
    const id = appId(server, app);
    for (const other of this.#byApp.get(id)) {
      const claim = other === key ? undefined : this.#claims.get(other);
      const entry = claim?.apps.find((it) => appId(server, it) === id);
      if (claim !== undefined && entry !== undefined) yield { claim, entry };
    }
  }
}

/** Which pipelines have to do with what. Mostly it is one, which takes no set: a fleet has tens of thousands of streams. */
class Groups {
  readonly #groups = new Map<string, string | Set<string>>();

  get(what: string): ReadonlySet<string> {
    const group = this.#groups.get(what) ?? nobody;
    return typeof group === 'string' ? new Set([group]) : group;
  }

  /** A pipeline had to do with these, and has to do with those. */
  move(key: string, before: readonly string[] = [], after: readonly string[] = []): void {
    for (const what of before) this.#remove(what, key);
    for (const what of after) {
      const group = this.#groups.get(what);
      if (group === undefined) this.#groups.set(what, key);
      else if (typeof group !== 'string') group.add(key);
      else if (group !== key) this.#groups.set(what, new Set([group, key]));
    }
  }

  #remove(what: string, key: string): void {
    const group = this.#groups.get(what);
    if (typeof group === 'object') group.delete(key);
    if (group === key || (typeof group === 'object' && group.size === 0)) this.#groups.delete(what);
  }
}

const nobody: ReadonlySet<string> = new Set();

function appId(
  server: string,
  { type, name, version }: Pick<AppStatus, 'type' | 'name' | 'version'>,
): string {
  return `${server} ${type}/${name} ${version}`;
}

const isOwn = (app: AppStatus): boolean => app.registeredByPipeline;

function appIds(claim: Claim | undefined, which: (app: AppStatus) => boolean = () => true): string[] {
  return claim === undefined ? [] : claim.apps.filter(which).map((app) => appId(claim.server, app));
}

function claimOf(key: string, pipeline: Pipeline): Claim {
  const streams = Object.values(pipeline.spec.streamNames);
  const earlier = (pipeline.status.streams ?? []).map((stream) => stream.name);
  return {
    key,
    uid: pipeline.uid,
    createdAt: pipeline.createdAt,
    server: pipeline.spec.dataflow.server,
    streams: pipeline.deleting ? [] : streams,
    known: [...new Set([...streams, ...earlier])],
    apps: pipeline.status.apps ?? [],
    deleting: pipeline.deleting,
  };
}

function hasPriority(other: Claim, mine: Claim): boolean {
  return other.key !== mine.key && other.server === mine.server && precedes(other, mine);
}

type Age = Pick<Pipeline, 'createdAt' | 'uid'>;

/** Whether a pipeline is the older of two; of the same second the uid decides. */
export function precedes(other: Age, mine: Age): boolean {
  if (other.createdAt !== mine.createdAt) return other.createdAt < mine.createdAt;
  return other.uid < mine.uid;
}
