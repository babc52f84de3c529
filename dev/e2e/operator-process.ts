/** The operator's process on this machine's node: SIGKILL leaves it no time for anything, which no kubectl command does. */
import { readdirSync, readFileSync } from 'node:fs';
import { waitFor } from '../cluster/wait.ts';
import { OPERATOR, OPERATOR_NAMESPACE } from '../install/install.ts';
import type { Harness } from './harness.ts';

/** Pids whose command line runs the operator inside a container of the stack. */
function operatorPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        const group = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
        return command.some((word) => word.endsWith('operator/main.js')) && group.includes('kubepods');
      } catch {
        return false; // it has ended meanwhile
      }
    });
}

/** Kills it at once and waits until Kubernetes has started it again. */
export async function killOperator(it: Harness): Promise<void> {
  const killed = operatorPids();
  if (killed.length === 0) throw new Error('no operator process is found on this machine');
  for (const pid of killed) process.kill(pid, 'SIGKILL');
  await waitFor(
    'another operator process',
    async () => Promise.resolve(operatorPids().some((pid) => !killed.includes(pid))),
    { within: 120_000 },
  );
  await it.kubectl.run([
    '-n',
    OPERATOR_NAMESPACE,
    'wait',
    '--for=condition=Available',
    `deployment/${OPERATOR}`,
    '--timeout=120s',
  ]);
}
