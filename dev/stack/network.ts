/** The bridge that pods hang on, and the kernel settings that Kubernetes changes: made by `up`, undone by `down`. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, run } from './command.ts';
import { firewallUp } from './firewall.ts';
import { generate } from './files.ts';
import { network } from './layout.ts';
import type { Paths } from './paths.ts';

/** What kubelet, kube-proxy and we set, below /proc/sys. */
const settings = [
  'net/ipv4/ip_forward',
  'net/ipv4/conf/all/route_localnet',
  'vm/overcommit_memory',
  'vm/panic_on_oom',
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxkeys',
  'kernel/keys/root_maxbytes',
] as const;

type Settings = Record<string, string>;

/** The machine's own settings; there from the first `up` until `down`, so it also tells that there is something to undo. */
export const savedSettings = (paths: Paths): string => join(paths.data, 'sysctl.json');

/** Makes the bridge and lets the machine forward; harmless when both are there. */
export async function networkUp(paths: Paths): Promise<void> {
  // The values found first are the machine's own; those of a later `up` over remains would be Kubernetes'.
  if (!existsSync(savedSettings(paths))) generate(savedSettings(paths), JSON.stringify(readSettings()));
  const { bridge, gateway, pods } = network;
  if ((await attempt('ip', ['link', 'show', bridge])).code !== 0) {
    await run('ip', ['link', 'add', bridge, 'type', 'bridge']);
  }
  await run('ip', ['addr', 'replace', `${gateway}/${pods.split('/')[1] ?? '16'}`, 'dev', bridge]);
  await run('ip', ['link', 'set', bridge, 'up']);
  writeFileSync('/proc/sys/net/ipv4/ip_forward', '1');
  await firewallUp();
}

/** Removes the bridge with what hangs on it and puts the kernel settings back. */
export async function networkDown(paths: Paths): Promise<void> {
  await attempt('ip', ['link', 'delete', network.bridge]);
  if (existsSync(savedSettings(paths)))
    writeSettings(JSON.parse(readFileSync(savedSettings(paths), 'utf8')) as Settings);
}

function readSettings(): Settings {
  const present = settings.filter((name) => existsSync(`/proc/sys/${name}`));
  return Object.fromEntries(present.map((name) => [name, readFileSync(`/proc/sys/${name}`, 'utf8').trim()]));
}

function writeSettings(values: Settings): void {
  for (const [name, value] of Object.entries(values)) {
    const file = `/proc/sys/${name}`;
    if (readFileSync(file, 'utf8').trim() !== value) writeFileSync(file, value);
  }
}
