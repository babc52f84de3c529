/** The cache of slow builds: an entry is there whole or not at all, so an interrupted build is only begun again. */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Builds `entry` unless it is there: `build` fills the folder it is given, which then gets its name in one step.
 * Two processes that build the same entry do not disturb each other; the first to finish has it.
 */
export async function cached(entry: string, build: (folder: string) => Promise<void>): Promise<string> {
  if (existsSync(entry)) return entry;
  const partial = `${entry}.partial-${process.pid}`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  try {
    await build(partial);
    mkdirSync(dirname(entry), { recursive: true });
    if (!existsSync(entry)) renameSync(partial, entry);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return entry;
}
