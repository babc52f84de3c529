/** One `up` or `down` at a time: a lock file that names its holder, so that a killed one holds nothing. */
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { StackFailure } from './failure.ts';
import { processAt, sameProcess, type Identity } from './process-table.ts';
import type { Progress } from './progress.ts';
import { until } from './wait.ts';

/** Runs `work` while holding the lock; waits for another holder, as long as that lives. */
export async function locked<T>(file: string, progress: Progress, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  if (!take(file)) {
    const wait = (): Promise<boolean> => until(() => take(file), 30 * 60_000, 500);
    const got = await progress.step(`waiting for another run (pid ${holder(file)?.pid ?? '?'})`, wait);
    if (!got)
      throw new StackFailure(`another run holds ${file} for half an hour: end it, then run this again`);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function take(file: string): boolean {
  const other = holder(file);
  if (other !== undefined && sameProcess(other, processAt(other.pid))) return false;
  // Only the remains of a dead holder are removed; the link then succeeds for one of those who try.
  if (other !== undefined) rmSync(file, { force: true });
  const own = `${file}.${process.pid}`;
  writeFileSync(own, JSON.stringify(processAt(process.pid)));
  try {
    linkSync(own, file);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

function holder(file: string): Identity | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Identity;
  } catch {
    return undefined;
  }
}
