/** Archives that are the same, byte for byte, whoever makes them, when and where. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { run } from '../stack/command.ts';

/**
 * A tar of files and folders.
 * @param names of what is in `folder`, in the order that they are to have
 * @param epoch seconds since 1970, which all of it has as its time
 */
export async function tar(
  file: string,
  folder: string,
  names: readonly string[],
  epoch: number,
): Promise<void> {
  const owner = ['--owner=0', '--group=0', '--numeric-owner', '--mode=u+rw,go=u-w'];
  const same = ['--format=ustar', '--sort=name', `--mtime=@${epoch}`, ...owner];
  await run('tar', [...same, '-cf', file, '-C', folder, '--', ...names], { env: { LC_ALL: 'C' } });
}

/** As {@link tar}, and compressed. */
export async function tarGz(
  file: string,
  folder: string,
  names: readonly string[],
  epoch: number,
): Promise<void> {
  const plain = `${file}.tar`;
  await tar(plain, folder, names, epoch);
  // Node writes neither a name nor a time into it.
  writeFileSync(file, gzipSync(readFileSync(plain), { level: 9 }));
  rmSync(plain);
}

/** `SHA256SUMS` of the files in a folder, as `sha256sum --check` reads it. */
export function checksums(folder: string): string {
  const lines = readdirSync(folder)
    .sort()
    .map((name) => {
      const hash = createHash('sha256').update(readFileSync(join(folder, name)));
      return `${hash.digest('hex')}  ${name}\n`;
    });
  return lines.join('');
}
