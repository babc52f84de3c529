/** The cache of slow builds: an entry is there whole or not at all, so an interrupted build is only begun again. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { unmountBelow } from './mounts.ts';

/**
 * Builds `entry` unless it is there: `build` fills the folder it is given, which then gets its name in one step.
 * Two processes that build the same entry do not disturb each other; the first to finish has it.
 */
export async function cached(entry: string, build: (folder: string) => Promise<void>): Promise<string> {
  if (existsSync(entry)) return entry;
  mkdirSync(dirname(entry), { recursive: true });
  await sweep(entry);
  const partial = partialOf(entry);
  mkdirSync(partial);
  try {
    await build(partial);
    if (!existsSync(entry)) renameSync(partial, entry);
  } finally {
    await remove(partial);
  }
  return entry;
}

/** The name that an unfinished entry has, which tells whose it is. */
export const partialOf = (entry: string): string => `${entry}.partial-${process.pid}`;

/** Removes a folder; what is mounted in it is unmounted first. */
export async function remove(folder: string): Promise<void> {
  await unmountBelow(folder);
  rmSync(folder, { recursive: true, force: true });
}

/** Removes what interrupted builds of this entry have left. */
async function sweep(entry: string): Promise<void> {
  const prefix = `${basename(entry)}.partial-`;
  for (const name of readdirSync(dirname(entry)).filter((name) => name.startsWith(prefix))) {
    const owner = Number(name.slice(prefix.length));
    if (owner === process.pid || !existsSync(`/proc/${owner}`)) await remove(join(dirname(entry), name));
  }
}
