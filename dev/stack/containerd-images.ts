/** The images of the node: archives are handed to containerd, which the kubelet asks. */
import { attempt, run } from './command.ts';
import { containerdSocket } from './node.ts';
import type { Paths } from './paths.ts';

/** Imports an archive whose one image has the name `name`. */
export async function importImage(paths: Paths, file: string): Promise<void> {
  await run('ctr', [...address(paths), 'images', 'import', file]);
}

/** The names of the images the node has, each with its digest. */
export async function nodeImages(paths: Paths): Promise<Map<string, string>> {
  const { stdout } = await attempt('ctr', [...address(paths), 'images', 'ls']);
  return imagesFrom(stdout);
}

/** Reads the table of `ctr images ls`. */
export function imagesFrom(table: string): Map<string, string> {
  const rows = table
    .split('\n')
    .slice(1)
    .map((row) => row.split(/\s+/));
  return new Map(rows.flatMap(([name, , digest]) => (name && digest ? [[name, digest] as const] : [])));
}

/** Gives an image of the node a second name. */
export async function retagImage(paths: Paths, from: string, to: string): Promise<void> {
  await run('ctr', [...address(paths), 'images', 'tag', '--force', from, to]);
}

/** Takes a name away from the node. */
export async function removeImage(paths: Paths, name: string): Promise<void> {
  await attempt('ctr', [...address(paths), 'images', 'rm', '--sync', name]);
}

const address = (paths: Paths): string[] => ['--address', containerdSocket(paths), '--namespace', 'k8s.io'];
