/** Takes the stack down: nothing of it runs, is mounted or configured afterwards. Only the logs stay. */
import { existsSync, lstatSync, readFileSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { endContainers, removeIfEmpty, removePodGroups } from './containers.ts';
import type { Context } from './context.ts';
import { firewallDown } from './firewall.ts';
import { unmountBelow } from './mounts.ts';
import { networkDown, savedSettings } from './network.ts';
import { endProcess } from './parts.ts';
import type { Paths } from './paths.ts';
import { allProcesses, belongsTo, isShim, type Identity } from './process-table.ts';

/** Milliseconds a part gets to end by itself; what it has not written by then is removed anyway. */
const patience = 5_000;

/** First what starts containers, then the containers, then what they need. */
const order = [
  [
    'kubelet',
    'kube-proxy',
    'kube-scheduler',
    'kube-controller-manager',
    'dataflow',
    'prometheus',
    'pod-discovery',
  ],
  ['containerd', 'kube-apiserver', 'kafka'],
  ['etcd'],
];

export async function down(context: Context): Promise<void> {
  const { paths, parts, progress } = context;
  await unmountBelow(context.buildah.store);
  if (!somethingIsThere(context)) {
    await unmountBelow(paths.stack);
    removeFolders(paths);
    progress.note('nothing of the stack runs here');
    return;
  }
  const [starters = [], ...others] = order;
  await progress.step('stopping the pods', async () => {
    await Promise.all(starters.map((name) => parts.stop(name, patience)));
    await endContainers(paths);
  });
  await progress.step('stopping everything else', async () => {
    for (const names of others) await Promise.all(names.map((name) => parts.stop(name, patience)));
    for (const { name } of parts.status()) await parts.stop(name, patience);
    await endStrays(context, true);
  });
  await progress.step('removing mounts, network and data', async () => {
    await unmountBelow(paths.stack);
    await networkDown(paths);
    await firewallDown();
    removePodGroups();
    removeTraces(paths);
    removeFolders(paths);
  });
}

/** Ends processes of the stack that no record knows: those of a run that was killed before it could write one. */
export async function endStrays({ paths, parts }: Context, shims: boolean): Promise<void> {
  const known = new Set(parts.status().flatMap(({ pid }) => pid ?? []));
  const strays = allProcesses().filter(
    (process) => !known.has(process.pid) && belongsTo(paths.stack, process) && (shims || !isShim(process)),
  );
  await Promise.all(strays.map((stray) => endProcess(stray, patience)));
}

/** Without a sign of us, what looks like a cluster's rules and groups belongs to somebody else's cluster. */
function somethingIsThere({ paths }: Context): boolean {
  const isOurs = (process: Identity): boolean => belongsTo(paths.stack, process);
  return existsSync(savedSettings(paths)) || allProcesses().some(isOurs);
}

/** Removes all below `.stack` but the logs, and the lock that we hold. */
function removeFolders({ stack }: Paths): void {
  const kept = ['logs', 'lock'];
  for (const name of readdirSync(stack).filter((name) => !kept.includes(name))) {
    rmSync(join(stack, name), { recursive: true, force: true });
  }
}

/** Removes what Kubernetes and CNI write to fixed places. */
function removeTraces(paths: Paths): void {
  const remove = (folder: string, isOurs: (file: string) => boolean): void => {
    if (!existsSync(folder)) return;
    const files = readdirSync(folder).map((name) => join(folder, name));
    for (const file of files.filter(isOurs)) rmSync(file, { force: true });
    removeIfEmpty(folder);
  };
  remove('/var/log/containers', (file) => isLinkInto(paths.logs, file));
  remove('/var/lib/cni/results', (file) => readFileSync(file, 'utf8').includes(`${paths.stack}/`));
  remove('/var/lib/kubelet/device-plugins', () => true);
  removeIfEmpty('/var/lib/cni');
  removeIfEmpty('/var/lib/kubelet');
}

function isLinkInto(folder: string, file: string): boolean {
  return lstatSync(file).isSymbolicLink() && readlinkSync(file).startsWith(`${folder}/`);
}
