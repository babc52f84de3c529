/** The images that the node needs of the stack itself: pause, and the `time` and `log` apps under their public names. */
import { existsSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { dockerfile, keyOf } from './base-images.ts';
import type { Buildah } from './buildah.ts';
import { cached, remove } from './cache.ts';
import { run } from './command.ts';
import { importImage, nodeImages } from './containerd-images.ts';
import type { Context } from './context.ts';
import { generate } from './files.ts';
import { images } from './layout.ts';
import type { Paths } from './paths.ts';

/** An image as a file that containerd can read. */
export interface Archive {
  readonly name: string;
  readonly file: string;
}

/** The archive of the image that holds a pod's network. */
export async function pauseArchive({ paths, buildah }: Context): Promise<Archive> {
  const source = dockerfile('pause.c');
  const { file: recipe, text } = dockerfile('Dockerfile.pause');
  const key = keyOf(source.text, text);
  const file = archiveFile(paths.cache, 'pause', key);
  if (!existsSync(file)) {
    const context = await cached(join(paths.cache, `pause-${key}`), async (folder) => {
      await run('gcc', ['-static', '-Os', '-s', '-o', join(folder, 'pause'), source.file]);
    });
    await buildah.image({ name: images.pause, key, dockerfile: recipe, context });
    await saveArchive(buildah, images.pause, file);
  }
  return { name: images.pause, file };
}

/** Where the archive of an image built from `key` is kept. */
export function archiveFile(cache: string, name: string, key: string): string {
  return join(cache, 'images', `${name}-${key}.tar`);
}

/** How many builds of an image are kept, for a quick way back. */
const keptArchives = 3;

/** Writes an image into its archive and removes archives of builds long past. */
export async function saveArchive(buildah: Buildah, name: string, file: string): Promise<void> {
  await buildah.archive(name, file);
  const prefix = file.slice(0, file.lastIndexOf('-') + 1);
  const age = (path: string): number => statSync(path).mtimeMs;
  const siblings = readdirSync(dirname(file))
    .map((sibling) => join(dirname(file), sibling))
    .filter((path) => path.startsWith(prefix) && path.endsWith('.tar'));
  for (const path of siblings.sort((one, other) => age(other) - age(one)).slice(keptArchives)) {
    rmSync(path, { force: true });
  }
  await buildah.prune();
}

/** Hands archives to containerd, those it has not got from the same file. */
export async function importArchives(context: Context, archives: readonly Archive[]): Promise<void> {
  const { paths, progress } = context;
  const present = await nodeImages(paths);
  const imported = readImported(paths);
  for (const { name, file } of archives) {
    if (present.has(name) && imported[name] === file) continue;
    await progress.step(`handing ${name} to the node`, () => importImage(paths, file));
    // Read again: another run may have imported something meanwhile.
    generate(importedFile(paths), JSON.stringify({ ...readImported(paths), [name]: file }));
  }
}

/** Which file each image of the node came from. */
const importedFile = (paths: Paths): string => join(paths.data, 'imported.json');

function readImported(paths: Paths): Record<string, string> {
  const file = importedFile(paths);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>) : {};
}

/** The archive of a stream app, from its runnable jar. */
export async function streamAppArchive(context: Context, app: 'time' | 'log', jar: string): Promise<Archive> {
  const { paths, buildah, progress } = context;
  const { file: recipe, text } = dockerfile('Dockerfile.stream-app');
  // The jar's path has the hash of its sources in it.
  const key = keyOf(text, dockerfile('Dockerfile.java').text, basename(dirname(jar)));
  const file = archiveFile(paths.cache, app, key);
  if (!existsSync(file)) {
    await progress.step(`building the image of ${app}`, async () => {
      const folder = await cached(join(paths.cache, `context-${app}-${key}`), async (partial) => {
        await run('cp', ['--reflink=auto', jar, join(partial, 'app.jar')]);
      });
      await buildah.image({ name: images[app], key, dockerfile: recipe, context: folder });
      await saveArchive(buildah, images[app], file);
      await remove(folder);
    });
  }
  return { name: images[app], file };
}
