/** Mounts that the stack made: containers' file systems, volumes, network namespaces. */
import { readFileSync } from 'node:fs';
import { attempt } from './command.ts';
import { StackFailure } from './failure.ts';

/** Mount points at or below a folder in the text of /proc/self/mountinfo, the innermost and latest first. */
export function mountsBelow(folder: string, mountinfo: string): string[] {
  return mountinfo
    .split('\n')
    .map((line) => unescapeOctal(line.split(' ')[4] ?? ''))
    .filter((point) => point === folder || point.startsWith(`${folder}/`))
    .reverse();
}

/** The kernel writes white space and backslashes in paths as `\040`. */
function unescapeOctal(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}

/**
 * Unmounts everything at or below a folder. Must come before the folder is removed, or what is mounted is removed too.
 * @throws StackFailure when something stays mounted
 */
export async function unmountBelow(folder: string): Promise<void> {
  for (const point of mountsBelow(folder, readFileSync('/proc/self/mountinfo', 'utf8'))) {
    await attempt('umount', ['--lazy', point]);
  }
  const left = mountsBelow(folder, readFileSync('/proc/self/mountinfo', 'utf8'));
  if (left.length > 0)
    throw new StackFailure(`cannot unmount ${left.join(', ')}: unmount it by hand, then run this again`);
}
