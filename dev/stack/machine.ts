/** Looks at this machine for the preflight. */
import { accessSync, constants, existsSync, readFileSync, statfsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { arch } from 'node:os';
import { attempt } from './command.ts';
import type { Context } from './context.ts';
import { ports } from './layout.ts';
import { requiredPrograms, type Machine, type TakenPort } from './preflight.ts';
import { allProcesses, belongsTo, processAt, type Identity } from './process-table.ts';
import { listeners, ownersOf } from './sockets.ts';

export async function thisMachine({ paths, parts }: Context, path: string): Promise<Machine> {
  const release = osRelease(existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '');
  const ours = new Set(parts.status().flatMap(({ pid }) => pid ?? []));
  for (const process of allProcesses()) if (belongsTo(paths.stack, process)) ours.add(process.pid);
  return {
    linuxId: release.get('ID') ?? '',
    linuxVersion: release.get('VERSION_ID') ?? '',
    architecture: arch(),
    user: process.getuid?.() ?? -1,
    missing: Object.keys(requiredPrograms).filter((name) => !onPath(name, path)),
    go: (await attempt('go', ['env', 'GOVERSION'])).stdout.trim(),
    java: Number(/^javac (\d+)/.exec((await attempt('javac', ['-version'])).stdout)?.[1] ?? 0),
    freeBytes: [paths.root, paths.cache].map((folder) => ({ folder, bytes: freeBytes(folder) })),
    taken: takenPorts(ours),
    root: paths.root,
  };
}

/** Reads lines of `NAME=value` or `NAME="value"`. */
export function osRelease(text: string): Map<string, string> {
  const lines = text.split('\n').map((line) => /^([A-Z_]+)="?([^"]*)"?$/.exec(line));
  return new Map(lines.flatMap((match) => (match ? [[match[1] ?? '', match[2] ?? ''] as const] : [])));
}

/** Whether a program of this name is in one of the folders of a PATH. */
export function onPath(name: string, path: string): boolean {
  return path.split(':').some((folder) => {
    try {
      accessSync(join(folder || '.', name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Free bytes where a folder is or would be. */
function freeBytes(folder: string): number {
  let existing = folder;
  while (!existsSync(existing)) existing = dirname(existing);
  const { bavail, bsize } = statfsSync(existing);
  return bavail * bsize;
}

function takenPorts(ours: ReadonlySet<number>): TakenPort[] {
  const wanted = new Map<number, string>(Object.entries(ports).map(([purpose, port]) => [port, purpose]));
  const busy = listeners().filter(({ port }) => wanted.has(port));
  const owners = ownersOf(new Set(busy.map(({ inode }) => inode)));
  const taken = new Map<number, TakenPort>();
  for (const { port, inode } of busy) {
    const pid = owners.get(inode);
    if (pid !== undefined && ours.has(pid)) continue;
    const owner = pid === undefined ? undefined : processAt(pid);
    taken.set(port, { port, purpose: wanted.get(port) ?? '', by: describe(owner), tree: treeOf(owner) });
  }
  return [...taken.values()];
}

function describe(owner: Identity | undefined): string | undefined {
  return owner === undefined ? undefined : `${basename(owner.command[0] ?? 'a process')} (pid ${owner.pid})`;
}

/** The work tree whose stack a process is part of. */
function treeOf(owner: Identity | undefined): string | undefined {
  const tree = owner?.command.flatMap((arg) => /(\/.*)\/\.stack\//.exec(arg)?.[1] ?? [])[0];
  return tree !== undefined && owner !== undefined && belongsTo(`${tree}/.stack`, owner) ? tree : undefined;
}
