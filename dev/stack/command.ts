/** Runs the programs the stack is built with: output is captured or goes to a log, a failure shows its last lines. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { StackFailure } from './failure.ts';

export interface CommandOptions {
  readonly cwd?: string;
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Output (both streams) is appended to this file instead of being returned. */
  readonly log?: string;
  readonly input?: string;
  /** Milliseconds until the command is killed; default 20 minutes, which only something stuck takes. */
  readonly timeout?: number;
}

export interface CommandResult {
  /** Exit code, or 1 when it died of a signal or could not be started. */
  readonly code: number;
  /** Standard output; empty when it went to a log. */
  readonly stdout: string;
  /** The last of what it said; standard error comes last. */
  readonly tail: string;
}

const stuckAfter = 20 * 60_000;

/** The last `count` lines of a text that say something, without colours. */
export function lastLines(text: string, count = 12): string {
  const lines = stripVTControlCharacters(text).split('\n');
  return lines
    .filter((line) => line.trim() !== '')
    .slice(-count)
    .join('\n');
}

/** The last lines of a log file; empty when there is none. */
export function lastLinesOf(file: string, count = 12): string {
  try {
    return lastLines(readFileSync(file, 'utf8'), count);
  } catch {
    return '';
  }
}

/** Runs a program to its end and never throws: one that cannot be started fails, and says why in `tail`. */
export function attempt(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const log = options.log === undefined ? undefined : openLog(options.log);
  return new Promise((resolve) => {
    const [file, ...rest] = endingWithUs([program, ...args]);
    const child = spawn(file, rest, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['pipe', log ?? 'pipe', log ?? 'pipe'],
      timeout: options.timeout ?? stuckAfter,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    // A program that ends before it has read its input is judged by its exit code, not by the broken pipe.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input ?? '');
    const end = (code: number, tail: string): void => {
      if (log !== undefined) closeSync(log);
      resolve({ code, stdout, tail });
    };
    child.on('error', (error) => end(1, error.message));
    child.on('close', (code) => {
      const said = options.log === undefined ? lastLines(`${stdout}\n${stderr}`) : lastLinesOf(options.log);
      end(code ?? 1, said);
    });
  });
}

/**
 * Runs a program that has to succeed; gives its standard output.
 * @throws StackFailure with the command, the log file and its last lines.
 */
export async function run(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const result = await attempt(program, args, options);
  if (result.code === 0) return result.stdout;
  const where = options.log === undefined ? '' : ` (log: ${options.log})`;
  throw new StackFailure(
    `${program} ${args.slice(0, 3).join(' ')} ended with code ${result.code}${where}:\n${result.tail}`,
  );
}

/**
 * When this process is killed its builds end too, so that the next run does not share the machine with them. Where Linux's way to
 * say so is not to be had, as on a Mac with a cluster of its own, nothing is built either.
 */
export function endingWithUs(command: readonly [string, ...string[]]): readonly [string, ...string[]] {
  return process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'TERM', '--', ...command] : command;
}

function openLog(file: string): number {
  mkdirSync(dirname(file), { recursive: true });
  return openSync(file, 'a');
}
