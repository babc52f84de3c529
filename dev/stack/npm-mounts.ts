/**
 * Lets `RUN npm ci` of an unmodified Dockerfile work as npm does on this machine, also behind a mirror or a proxy with
 * an authority of its own: npm's configuration is mounted where npm looks for it, and nothing of it ends up in an image.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { attempt } from './command.ts';
import { generate } from './files.ts';
import type { Paths } from './paths.ts';

/** Where the authorities are mounted: not where the system has its own, which a Dockerfile may copy. */
const authoritiesInside = '/usr/local/etc/npm-authorities.crt';

/** Where npm of the base image looks for what this machine's npm calls by these names. */
const configs = { userconfig: '/root/.npmrc', globalconfig: '/usr/local/etc/npmrc' } as const;

/** Arguments for `buildah bud`. */
export async function npmMounts(paths: Paths): Promise<string[]> {
  const mounts: string[] = [];
  for (const [name, target] of Object.entries(configs)) {
    const file = await npmConfig(name);
    if (!file.startsWith('/') || !existsSync(file)) continue;
    const own = join(paths.config, 'npm', name);
    generate(own, withAuthorities(readFileSync(file, 'utf8'), authoritiesInside));
    mounts.push(`${own}:${target}:ro`);
  }
  const authorities = await npmConfig('cafile');
  if (authorities.startsWith('/') && existsSync(authorities)) {
    mounts.push(`${authorities}:${authoritiesInside}:ro`);
  }
  return mounts.flatMap((mount) => ['--volume', mount]);
}

/** The text of an npmrc with another place for the authorities, if it names one. */
export function withAuthorities(npmrc: string, file: string): string {
  return npmrc.replace(/^[ \t]*cafile[ \t]*=.*$/gm, `cafile=${file}`);
}

async function npmConfig(name: string): Promise<string> {
  return (await attempt('npm', ['config', 'get', name])).stdout.trim();
}
