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
  readonly #byStream = new Map<string, Set<string>>();

  /** Takes what a pipeline wants now; undefined: it is gone, or its spec is not valid. */
  set(key: string, pipeline: Pipeline | undefined): void {
    const old = this.#claims.get(key);
    for (const stream of old?.known ?? []) this.#byStream.get(stream)?.delete(key);
    if (pipeline === undefined) {
      this.#claims.delete(key);
      return;
    }
    const claim = claimOf(key, pipeline);
    this.#claims.set(key, claim);
    for (const stream of claim.known) {
      const keys = this.#byStream.get(stream) ?? new Set<string>();
      keys.add(key);
      this.#byStream.set(stream, keys);
    }
  }

  /** True for a pipeline that is there and whose spec is valid. */
  has(key: string): boolean {
    return this.#claims.has(key);
  }

  /** Keys of the pipelines that a stream concerns. */
  concernedBy(stream: string): string[] {
    return [...(this.#byStream.get(stream) ?? [])];
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
    return this.#others(key, server, app).some(
      ({ claim, entry }) => entry.obsolete !== true && !this.#leavesBefore(claim, key),
    );
  }

  /** Keys of pipelines that use the registration, are being deleted, and leave it to this one to see to it. */
  leavingBefore(key: string, server: string, app: AppKey): string[] {
    return this.#others(key, server, app).flatMap(({ claim }) =>
      this.#leavesBefore(claim, key) ? [claim.key] : [],
    );
  }

  /** True when another pipeline on the server has the registration and it is this operator's. */
  registeredByOthers(key: string, server: string, app: NewAppRegistration): boolean {
    return this.#others(key, server, app).some(({ entry }) => entry.registeredByPipeline);
  }

  #leavesBefore(other: Claim, key: string): boolean {
    const mine = this.#claims.get(key);
    return mine?.deleting === true && other.deleting && other.uid < mine.uid;
  }

  #others(key: string, server: string, app: AppKey): { claim: Claim; entry: AppStatus }[] {
    const claims = [...this.#claims.values()].filter((it) => it.key !== key && it.server === server);
    return claims.flatMap((claim) =>
      claim.apps
        .filter((it) => it.type === app.type && it.name === app.name && it.version === app.version)
        .map((entry) => ({ claim, entry })),
    );
  }
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
