/**
 * The packet filter: one rule of ours keeps pods on this machine, and those of kube-proxy and the kubelet are removed
 * with it, which they do not do themselves when they are killed.
 */
import { attempt, run } from './command.ts';
import { network } from './layout.ts';

const chain = 'BARISTA-STACK';

/** Refuses what pods send to anywhere but the bridge: a mistake is seen at once, and no test talks to the outside. */
export async function firewallUp(): Promise<void> {
  const outward = ['FORWARD', '-i', network.bridge, '!', '-o', network.bridge, '-j', chain];
  const refuse = [chain, '-j', 'REJECT', '--reject-with', 'icmp-net-unreachable'];
  await attempt('iptables', ['-w', '-N', chain]);
  for (const [add, rule] of [
    ['-A', refuse],
    ['-I', outward],
  ] as const) {
    if ((await attempt('iptables', ['-w', '-C', ...rule])).code !== 0)
      await run('iptables', ['-w', add, ...rule]);
  }
}

/**
 * Turns the output of `iptables-save` into input for `iptables-restore --noflush` that removes every rule and chain of
 * the stack and leaves all others; empty when there are none.
 */
export function removal(save: string): string {
  const tables = save.split(/^(?=\*)/m).filter((table) => table.startsWith('*'));
  return tables.map((table) => removalOfTable(table.split('\n'))).join('');
}

function removalOfTable(lines: readonly string[]): string {
  const rules = lines.filter((line) => line.startsWith('-A '));
  const chains = ownChains(lines);
  if (chains.size === 0) return '';
  const foreign = rules.filter((rule) => !chains.has(chainOf(rule)) && chains.has(targetOf(rule)));
  const commands = [
    ...foreign.map((rule) => rule.replace(/^-A /, '-D ')),
    ...[...chains].map((chain) => `-F ${chain}`),
    ...[...chains].map((chain) => `-X ${chain}`),
  ];
  return `${lines[0] ?? ''}\n${commands.join('\n')}\nCOMMIT\n`;
}

/** The declared chains that are Kubernetes' or ours. */
function ownChains(lines: readonly string[]): Set<string> {
  const declared = lines.flatMap((line) => /^:(\S+) /.exec(line)?.[1] ?? []);
  return new Set(declared.filter((name) => name === chain || name.startsWith('KUBE-')));
}

const chainOf = (rule: string): string => rule.split(' ')[1] ?? '';
const targetOf = (rule: string): string => / (?:-j|-g) (\S+)/.exec(rule)?.[1] ?? '';

/** Removes them from the packet filters of both IP versions. */
export async function firewallDown(): Promise<void> {
  for (const program of ['iptables', 'ip6tables']) {
    const { stdout } = await attempt(`${program}-save`, []);
    const input = removal(stdout);
    if (input !== '') await run(`${program}-restore`, ['--noflush'], { input });
  }
}
