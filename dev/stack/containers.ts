/** Ends the containers of the node without anybody's help: containerd, or a shim, may have been killed before. */
import { existsSync, readFileSync, readdirSync, rmSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { containerdState } from './node.ts';
import type { Paths } from './paths.ts';
import { allProcesses, belongsTo, isShim, signal } from './process-table.ts';
import { accepts } from './probes.ts';
import { until } from './wait.ts';

const cgroups = '/sys/fs/cgroup';

/** Kills every container of ours, and what holds it. */
export async function endContainers(paths: Paths): Promise<void> {
  const own = new Set(containersOf(paths));
  for (const shim of allProcesses().filter((process) => isShim(process) && belongsTo(paths.stack, process))) {
    signal(shim.pid, 'SIGKILL');
  }
  const groups = podGroups().filter((group) => own.has(group.slice(group.lastIndexOf('/') + 1)));
  const killAll = (): boolean => {
    const pids = groups.flatMap(processesIn);
    for (const pid of pids) signal(pid, 'SIGKILL');
    return pids.length === 0;
  };
  await until(killAll, 10_000);
  await removeDeadSockets('/run/containerd/s');
  removeIfEmpty('/run/containerd');
}

/** Removes the sockets in a folder that nobody listens on: those of killed shims, whoever's they were. */
async function removeDeadSockets(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  for (const path of readdirSync(folder).map((name) => join(folder, name))) {
    if (!(await accepts({ path }))) rmSync(path, { force: true });
  }
  removeIfEmpty(folder);
}

/** Removes the control groups that the kubelet made, once nothing runs in them. */
export function removePodGroups(): void {
  // Children come after their parents in the list, and a parent can only go after them.
  for (const group of podGroups().reverse()) removeIfEmpty(group);
}

/** The ids of our containers: containerd keeps a folder of that name for each. */
function containersOf(paths: Paths): string[] {
  const folder = join(containerdState(paths), 'io.containerd.runtime.v2.task', 'k8s.io');
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** Every control group of pods, of each hierarchy there is. */
function podGroups(): string[] {
  const hierarchies = [cgroups, ...foldersIn(cgroups)];
  return hierarchies
    .map((folder) => join(folder, 'kubepods'))
    .filter(existsSync)
    .flatMap(withChildren);
}

function withChildren(folder: string): string[] {
  return [folder, ...foldersIn(folder).flatMap(withChildren)];
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(folder, entry.name));
  } catch {
    return [];
  }
}

function processesIn(group: string): number[] {
  try {
    return readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** Removes a folder that has nothing in it, and leaves any other. */
export function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Somebody still uses it, or it is not there.
  }
}
