/** What every step of the stack works with. */
import { Buildah } from './buildah.ts';
import { Parts } from './parts.ts';
import { pathsFor, type Paths } from './paths.ts';
import { progressTo, type Progress } from './progress.ts';

export interface Context {
  readonly paths: Paths;
  readonly parts: Parts;
  readonly buildah: Buildah;
  readonly progress: Progress;
}

/** The stack of this work tree; progress goes to standard output unless it is given. */
export function stackOf(
  root = new URL('../..', import.meta.url).pathname.replace(/\/$/, ''),
  progress: Progress = progressTo(
    (line) => console.log(line),
    () => performance.now(),
  ),
): Context {
  const paths = pathsFor(root, process.env['XDG_CACHE_HOME']);
  return { paths, parts: new Parts(paths), buildah: new Buildah(paths), progress };
}
