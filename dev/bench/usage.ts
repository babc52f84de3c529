/** What the kernel says that a process has used. */
import { readFileSync } from 'node:fs';

/** Clock ticks of /proc/<pid>/stat in a second: fixed on Linux. */
const TICKS = 100;

type Pid = number | undefined;

/** Seconds of CPU so far, its start included. */
export function cpuSeconds(pid: Pid): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** MB resident: now, and at its peak. */
export function residentMemory(pid: Pid): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024;
  return { now: megabytes('VmRSS'), peak: megabytes('VmHWM') };
}
