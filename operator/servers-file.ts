/** Looks whether the servers file has changed, and takes it up. One that is not valid changes nothing. */
import { parseServers, type ServerConfig } from './config/servers.ts';
import type { Clock } from './runtime/clock.ts';
import { readText } from './runtime/files.ts';
import type { Log } from './runtime/log.ts';
import type { Runnable } from './runtime/runnables.ts';
import type { ServerChanges } from './servers.ts';

export interface ServersFileParts {
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: { reloaded(successful: boolean): void };
  readonly take: (configs: readonly ServerConfig[]) => ServerChanges;
  /** Told which servers are others than before. */
  readonly onChange: (servers: ReadonlySet<string>) => void;
}

/** A mounted ConfigMap takes the kubelet a minute anyway. Reading is sure where watching is not: its files are links that are swapped. */
const POLL_MS = 5_000;
/** A text that has changed counts when it is the same a moment later: an editor may be writing it. */
const SETTLE_MS = 500;

export class ServersFile implements Runnable {
  readonly name = 'servers file';
  readonly #parts: ServersFileParts;
  /** What was read last; a problem of reading is one as well. */
  #read: string | undefined;
  /** What was taken up, or refused. */
  #judged: string | undefined;
  #cancel = (): void => undefined;
  #stopped = false;

  constructor(parts: ServersFileParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#after(SETTLE_MS);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  #after(ms: number): void {
    if (this.#stopped) return;
    this.#cancel = this.#parts.clock.after(ms, () => void this.#look());
  }

  async #look(): Promise<void> {
    const { path } = this.#parts;
    let problem: string | undefined;
    const text = await readText(path).catch((error: unknown) => {
      problem = (error as Error).message;
      return problem;
    });
    if (this.#stopped) return;
    const settled = text === this.#read;
    this.#read = text;
    if (settled && text !== this.#judged) {
      this.#judged = text;
      if (problem === undefined) this.#judge(text);
      else this.#refuse([`${problem}.`]);
    }
    this.#after(settled ? POLL_MS : SETTLE_MS);
  }

  #judge(text: string): void {
    const { path, log, metrics, take, onChange } = this.#parts;
    const parsed = parseServers(text);
    if ('problems' in parsed) {
      this.#refuse(parsed.problems);
      return;
    }
    const { added, changed, removed } = take(parsed.ok);
    metrics.reloaded(true);
    const others = new Set([...added, ...changed, ...removed]);
    if (others.size === 0) return;
    log.info('the servers file has changed and is in force', { file: path, added, changed, removed });
    onChange(others);
  }

  #refuse(problems: readonly string[]): void {
    const { path, log, metrics } = this.#parts;
    metrics.reloaded(false);
    log.error('the servers file is not valid: what was in force stays so', { file: path, problems });
  }
}
