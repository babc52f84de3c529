/** Who listens on which TCP port, from /proc. */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

export interface Listener {
  readonly port: number;
  readonly inode: string;
}

const listening = '0A';

/** The listening sockets in the text of /proc/net/tcp or tcp6. */
export function listenersFrom(text: string): Listener[] {
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .flatMap(([, local = '', , state, , , , , , inode = '']) =>
      state === listening ? [{ port: parseInt(local.split(':')[1] ?? '', 16), inode }] : [],
    );
}

/** All listening TCP sockets of this machine. */
export function listeners(): Listener[] {
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => {
    try {
      return listenersFrom(readFileSync(file, 'utf8'));
    } catch {
      return [];
    }
  });
}

/** The pid of each process that holds one of these sockets. */
export function ownersOf(inodes: ReadonlySet<string>): Map<string, number> {
  const owners = new Map<string, number>();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const inode of socketsOf(pid)) {
      if (inodes.has(inode)) owners.set(inode, Number(pid));
    }
  }
  return owners;
}

/** Inodes of the sockets a process has open; none when it is gone meanwhile. */
function socketsOf(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => socketAt(`/proc/${pid}/fd/${fd}`) ?? []);
  } catch {
    return [];
  }
}

function socketAt(file: string): string | undefined {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(file))?.[1];
  } catch {
    return undefined;
  }
}
