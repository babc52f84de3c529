/** The Debian packages of the stack: what is missing is installed, and nothing of it is started. */
import { join } from 'node:path';
import { attempt, run } from './command.ts';
import type { Context } from './context.ts';

const packages = [
  'buildah',
  'chromium',
  'conntrack',
  'containerd',
  'containernetworking-plugins',
  'debootstrap',
  'etcd-server',
  'fonts-dejavu-core',
  'gcc',
  'iproute2',
  'iptables',
  'kcat',
  'libc6-dev',
  'mount',
  'openssl',
  'prometheus',
  'runc',
  'socat',
] as const;

/** Those of the packages that the output of dpkg-query (`name status` lines) does not show as installed. */
export function missingPackages(wanted: readonly string[], installed: string): string[] {
  const present = new Set(
    installed
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return wanted.filter((name) => !present.has(name));
}

export async function installPackages({ paths, progress }: Context): Promise<void> {
  const query = ['--show', '--showformat', '${Package} ${db:Status-Status}\n', ...packages];
  const missing = missingPackages(packages, (await attempt('dpkg-query', query)).stdout);
  if (missing.length === 0) return;
  await progress.step(`installing ${missing.join(', ')}`, async () => {
    const log = join(paths.logs, 'packages.log');
    // The packages bring services of their own, which would take our ports: at this run level none is started.
    const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
    // An installation that was interrupted has to be ended before another may begin.
    await run('dpkg', ['--configure', '-a'], { log, env });
    await run('apt-get', ['update', '-q'], { log, env });
    const wait = ['-o', 'DPkg::Lock::Timeout=300'];
    await run('apt-get', [...wait, 'install', '-y', '-q', '--no-install-recommends', ...missing], {
      log,
      env,
    });
  });
}
