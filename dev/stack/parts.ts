/** The long-running processes of the stack: started detached, recorded, recognized again by a later run, stopped. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { lastLinesOf } from './command.ts';
import { StackFailure } from './failure.ts';
import type { Paths } from './paths.ts';
import { processAt, sameProcess, signal, type Identity } from './process-table.ts';
import { until } from './wait.ts';

/** One process of the stack. */
export interface Part {
  readonly name: string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Contents of its configuration files: when they change, the part is restarted. */
  readonly config?: readonly string[];
  /** Whether it serves. Asked often; must not throw. */
  readonly ready: () => Promise<boolean>;
  /** Milliseconds it may take to serve. */
  readonly deadline: number;
}

interface Record_ extends Identity {
  readonly name: string;
  readonly fingerprint: string;
}

export type PartState = 'running' | 'dead' | 'stopped';

export interface PartStatus {
  readonly name: string;
  readonly state: PartState;
  readonly pid: number | undefined;
  readonly log: string;
}

/** Milliseconds between SIGTERM and SIGKILL. */
const grace = 15_000;

/** Changes whenever the part has to be started anew. */
export function fingerprintOf(part: Part): string {
  const text = JSON.stringify([part.command, part.env ?? {}, part.config ?? []]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

export class Parts {
  readonly #paths: Paths;

  constructor(paths: Paths) {
    this.#paths = paths;
  }

  logOf(name: string): string {
    return join(this.#paths.logs, `${name}.log`);
  }

  /** The living process of a part, if its record still speaks of it. */
  running(name: string): Identity | undefined {
    const record = this.#read(name);
    if (record === undefined) return undefined;
    const live = processAt(record.pid);
    return sameProcess(record, live) ? live : undefined;
  }

  /** Every part that was ever started and not stopped. */
  status(): PartStatus[] {
    if (!existsSync(this.#paths.run)) return [];
    const names = readdirSync(this.#paths.run).flatMap((file) => /^(.+)\.json$/.exec(file)?.[1] ?? []);
    return names.sort().map((name) => {
      const live = this.running(name);
      return { name, state: live === undefined ? 'dead' : 'running', pid: live?.pid, log: this.logOf(name) };
    });
  }

  /**
   * Leaves a part alone that runs as it should and serves; starts it otherwise, and waits until it serves.
   * @returns whether it had to be started
   * @throws StackFailure with the part's name, its log and the log's last lines
   */
  async ensure(part: Part): Promise<boolean> {
    const live = this.running(part.name);
    const asItShould = this.#read(part.name)?.fingerprint === fingerprintOf(part);
    if (live !== undefined && asItShould && (await outcomeOf(part, live)) === 'serves') return false;
    await this.stop(part.name);
    const outcome = await outcomeOf(part, this.#start(part));
    if (outcome === 'ended') throw this.#failure(part, 'ended before it served');
    if (outcome === 'late')
      throw this.#failure(part, `did not serve within ${Math.round(part.deadline / 1000)} s`);
    return true;
  }

  /** SIGTERM, then SIGKILL; returns when it is gone. Somebody else's process under the same pid is not touched. */
  async stop(name: string, patience = grace): Promise<void> {
    const live = this.running(name);
    if (live !== undefined) await endProcess(live, patience);
    rmSync(this.#file(name), { force: true });
  }

  #start(part: Part): Identity {
    const [program = '', ...args] = part.command;
    const log = this.logOf(part.name);
    mkdirSync(this.#paths.logs, { recursive: true });
    mkdirSync(this.#paths.run, { recursive: true });
    if (existsSync(log)) renameSync(log, `${log}.1`);
    const output = openSync(log, 'a');
    try {
      const child = spawn(program, args, {
        detached: true,
        stdio: ['ignore', output, output],
        cwd: this.#paths.stack,
        env: { ...process.env, ...part.env },
      });
      // Without a pid there was nothing to start; the error event would end this process before we can say so.
      child.on('error', () => undefined);
      if (child.pid === undefined) throw this.#failure(part, `could not be started: is ${program} there?`);
      child.unref();
      return this.#record(part, child.pid);
    } finally {
      closeSync(output);
    }
  }

  #record(part: Part, pid: number): Identity {
    // The kernel shows this process's own command line until the exec has happened, so the one we asked for is kept.
    const startTime = processAt(pid)?.startTime ?? -1;
    const record: Record_ = {
      name: part.name,
      pid,
      startTime,
      command: part.command,
      fingerprint: fingerprintOf(part),
    };
    writeFileSync(`${this.#file(part.name)}.new`, JSON.stringify(record));
    renameSync(`${this.#file(part.name)}.new`, this.#file(part.name));
    return record;
  }

  #read(name: string): Record_ | undefined {
    try {
      return JSON.parse(readFileSync(this.#file(name), 'utf8')) as Record_;
    } catch {
      return undefined;
    }
  }

  #file(name: string): string {
    return join(this.#paths.run, `${name}.json`);
  }

  #failure(part: Part, what: string): StackFailure {
    const log = this.logOf(part.name);
    return new StackFailure(`${part.name} ${what}. The end of its log ${log}:\n${lastLinesOf(log)}`);
  }
}

/** Waits until a process serves, ends, or has used up its time. */
async function outcomeOf(part: Part, process: Identity): Promise<'serves' | 'ended' | 'late'> {
  // Not by the command line: the kernel shows none, or this process's own, until the exec is through.
  const ended = (): boolean => processAt(process.pid)?.startTime !== process.startTime;
  const isItself = (): boolean => sameProcess(process, processAt(process.pid));
  const decided = await until(async () => ended() || (isItself() && (await part.ready())), part.deadline);
  if (ended()) return 'ended';
  return decided ? 'serves' : 'late';
}

/** Ends a process, with SIGKILL when SIGTERM does not do it in time. */
export async function endProcess(target: Identity, patience = grace): Promise<void> {
  // A process that is ending has no command line any more, and is not gone yet.
  const gone = (): boolean => processAt(target.pid)?.startTime !== target.startTime;
  if (patience > 0) signal(target.pid, 'SIGTERM');
  if (patience > 0 && (await until(gone, patience, 50))) return;
  if (!gone()) signal(target.pid, 'SIGKILL');
  await until(gone, 5_000, 50);
}
