/** The project's own images, from its own unmodified Dockerfiles: rebuilt when what they copy has changed. */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { images } from './layout.ts';
import { keyOf } from './base-images.ts';
import { removeImage, retagImage as retag } from './containerd-images.ts';
import type { Context } from './context.ts';
import { npmMounts } from './npm-mounts.ts';
import { archiveFile, importArchives, saveArchive, type Archive } from './stack-images.ts';

export type ProjectImage = 'operator' | 'app';

/** What `up` builds, as far as the Dockerfile is there. */
export const projectImages: readonly (readonly [ProjectImage, string])[] = [
  ['operator', images.operator],
  ['app', images.worker],
];

/** Never part of an image, whatever a Dockerfile copies. */
const ignored = new Set(['node_modules', '.git', '.stack', 'dist', 'target']);

/**
 * Builds one of the project's images from `Dockerfile.<name>`; undefined when there is no such file.
 * @param tag the full name, such as `docker.io/barista/worker:dev`
 */
export async function projectArchive(
  { paths, buildah, progress }: Context,
  name: ProjectImage,
  tag: string,
): Promise<Archive | undefined> {
  const dockerfile = join(paths.root, `Dockerfile.${name}`);
  if (!existsSync(dockerfile)) return undefined;
  const key = contextKey(paths.root, dockerfile, tag);
  const file = archiveFile(paths.cache, `barista-${name}`, key);
  if (!existsSync(file)) {
    await progress.step(`building the image ${tag}`, async () => {
      const args = ['--layers', ...(await npmMounts(paths))];
      await buildah.image({ name: tag, key, dockerfile, context: paths.root, args });
      await saveArchive(buildah, tag, file);
    });
  }
  return { name: tag, file };
}

/** Builds one of the project's images and hands it to the node; an image that has the tag already is replaced. */
export async function buildProjectImage(context: Context, name: ProjectImage, tag: string): Promise<void> {
  const archive = await projectArchive(context, name, tag);
  if (archive !== undefined) await importArchives(context, [archive]);
}

/** Gives an image of the node another name, so that a test has a second tag to update to. */
export const retagImage = ({ paths }: Context, from: string, to: string): Promise<void> =>
  retag(paths, from, to);

/** Takes such a name away again. */
export const untagImage = ({ paths }: Context, name: string): Promise<void> => removeImage(paths, name);

/** A hash of the Dockerfile and of every file that it copies into the image. */
export function contextKey(root: string, dockerfile: string, tag: string): string {
  const text = readFileSync(dockerfile, 'utf8');
  const ignoreFile = join(root, '.dockerignore');
  const ignore = existsSync(ignoreFile) ? readFileSync(ignoreFile) : '';
  const files = copiedBy(text)
    .flatMap((source) => filesIn(root, source))
    .sort();
  const contents = files.flatMap((file) => [file, readFileSync(join(root, file))]);
  return keyOf(tag, text, ignore, ...contents);
}

/** The sources of a Dockerfile's COPY and ADD lines that come from the build context. */
export function copiedBy(dockerfile: string): string[] {
  const joined = dockerfile.replace(/\\\n/g, ' ');
  return [...joined.matchAll(/^\s*(?:COPY|ADD)\s+(.*)$/gim)].flatMap(([, rest = '']) => {
    const words = rest.trim().split(/\s+/);
    if (words.some((word) => word.startsWith('--from'))) return [];
    return words.filter((word) => !word.startsWith('--')).slice(0, -1);
  });
}

/** Files at or below `source`, relative to the context; a pattern stands for all that is in its folder. */
function filesIn(root: string, source: string): string[] {
  const path = source.includes('*') ? dirname(source) : source.replace(/^\.\//, '').replace(/\/$/, '');
  const full = join(root, path);
  if (!existsSync(full)) return [];
  if (statSync(full).isFile()) return [path];
  return readdirSync(full)
    .filter((name) => !ignored.has(name))
    .flatMap((name) => filesIn(root, join(path, name)));
}
