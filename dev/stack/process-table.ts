/** Processes as /proc shows them. A pid alone says nothing: it may be somebody else's by now. */
import { readFileSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';

/** What tells a process from any other: a pid is used again, but not with the same start and the same command line. */
export interface Identity {
  readonly pid: number;
  /** Clock ticks between boot and its start. */
  readonly startTime: number;
  readonly command: readonly string[];
}

/** Start time from the text of /proc/<pid>/stat; undefined for a zombie, which is as good as gone. */
export function startTimeFrom(stat: string): number | undefined {
  // The second field is the program's name in parentheses, which may hold spaces and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  if (state === 'Z' || state === 'X') return undefined;
  const started = Number(fields[19]);
  return Number.isFinite(started) ? started : undefined;
}

/** The command line from the text of /proc/<pid>/cmdline. */
export function commandFrom(cmdline: string): string[] {
  return cmdline.split('\0').slice(0, -1);
}

/** Whether two sightings are of one process. */
export function sameProcess(one: Identity, other: Identity | undefined): boolean {
  return (
    other !== undefined &&
    one.pid === other.pid &&
    one.startTime === other.startTime &&
    one.command.join('\0') === other.command.join('\0')
  );
}

/** The living process with this pid. */
export function processAt(pid: number): Identity | undefined {
  try {
    const startTime = startTimeFrom(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    if (startTime === undefined) return undefined;
    return { pid, startTime, command: commandFrom(readFileSync(`/proc/${pid}/cmdline`, 'utf8')) };
  } catch {
    return undefined;
  }
}

/** Every living process of the machine. */
export function allProcesses(): Identity[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => processAt(Number(name)) ?? []);
}

const shim = 'containerd-shim-runc-v2';

/** Programs of the stack. Only these are ever taken for remains of it, never an editor or a `tail` in its folder. */
const programs = new Set([
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kube-proxy',
  'kubelet',
  'containerd',
  shim,
  'java',
]);

/** Whether this is a program of the stack that works in the folder `stack`: a remainder, if no record knows it. */
export function belongsTo(stack: string, process: Identity): boolean {
  const [program = '', ...args] = process.command;
  const folders = ['data', 'config', 'pki', 'run'].map((name) => `${stack}/${name}/`);
  return (
    programs.has(basename(program)) && args.some((arg) => folders.some((folder) => arg.includes(folder)))
  );
}

/** Whether it is what holds a container while containerd is away. A new containerd takes it up again. */
export const isShim = ({ command }: Identity): boolean => basename(command[0] ?? '') === shim;

/** Sends a signal; whether there was somebody to get it. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}
