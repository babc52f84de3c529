/**
 * A server's app registry, asked once for many pipelines: they share a few apps, and a fleet that is created or swept would ask for the
 * same ones thousands of times.
 */
import type { AppKey, AppRegistration, Dataflow } from '../dataflow/port.ts';
import type { Clock } from '../runtime/clock.ts';

/** So long an answer is passed on, if it has what is wanted. */
const FRESH_MS = 5000;

/** Version absent: the default one. */
type Wanted = Omit<AppKey, 'version'> & Partial<Pick<AppKey, 'version'>>;

interface Answer {
  readonly versions: Promise<readonly AppRegistration[]>;
  /** By the monotonic clock. */
  readonly until: number;
}

export class AppLookup {
  readonly #dataflow: Pick<Dataflow, 'appVersions'>;
  readonly #clock: Clock;
  readonly #answers = new Map<string, Answer>();

  constructor(dataflow: Pick<Dataflow, 'appVersions'>, clock: Clock) {
    this.#dataflow = dataflow;
    this.#clock = clock;
  }

  /**
   * All registered versions under a name. What lacks the wanted one, or a default, is not believed for long: somebody may just have
   * registered it. Throws DataflowError.
   */
  async versions(app: Wanted): Promise<readonly AppRegistration[]> {
    const key = `${app.type}/${app.name}`;
    const known = this.#answers.get(key);
    if (known !== undefined && this.#clock.monotonic() < known.until) {
      const versions = await known.versions;
      if (has(versions, app) || this.#answers.get(key) !== known) return versions;
    }
    return this.#ask(key, app);
  }

  /** Something was written to the registry. */
  forget(): void {
    this.#answers.clear();
  }

  async #ask(key: string, { type, name }: Wanted): Promise<readonly AppRegistration[]> {
    // Without the signal of the one who asks: others wait for the same answer.
    const versions = this.#dataflow.appVersions(type, name);
    const answer = { versions, until: this.#clock.monotonic() + FRESH_MS };
    this.#answers.set(key, answer);
    try {
      return await versions;
    } catch (error) {
      if (this.#answers.get(key) === answer) this.#answers.delete(key);
      throw error;
    }
  }
}

function has(versions: readonly AppRegistration[], { version }: Wanted): boolean {
  const isThere = version === undefined || versions.some((it) => it.version === version);
  return isThere && versions.some((it) => it.defaultVersion);
}
