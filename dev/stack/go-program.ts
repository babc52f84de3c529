/** Programs and files of Go modules: programs are built, because no registry of packages carries them as binaries. */
import { join } from 'node:path';
import { cached } from './cache.ts';
import { run } from './command.ts';
import { pathsFor } from './paths.ts';
import { progressTo } from './progress.ts';

export interface GoProgram {
  /** The program's file, and its name in the cache. */
  readonly name: string;
  /** Exact, without the `v`. */
  readonly version: string;
  /** The Go package of its command. */
  readonly package: string;
}

export interface GoModule {
  /** The name in the cache of what is kept of it. */
  readonly name: string;
  readonly version: string;
  readonly module: string;
}

const root = new URL('../..', import.meta.url).pathname;

/**
 * Builds it when the cache has none of this version; gives the program's path.
 * @throws StackFailure with the last lines of the build
 */
export async function goProgram({ name, version, package: source }: GoProgram): Promise<string> {
  const folder = await cachedStep(`building ${name} ${version}`, `${name}-${version}`, async (bin, logs) => {
    const go = {
      GOBIN: bin,
      CGO_ENABLED: '0',
      GOFLAGS: '-buildvcs=false -trimpath',
      GOTOOLCHAIN: 'local',
    };
    const log = join(logs, `build-${name}.log`);
    await run('nice', ['go', 'install', `${source}@v${version}`], { env: go, log });
  });
  return join(folder, name);
}

/**
 * Files of a module that are no program; gives the folder with them.
 * @param keep copies them from the module's folder, unless the cache has them
 * @throws StackFailure with what Go said
 */
export function goModule(
  { name, version, module }: GoModule,
  keep: (module: string, into: string) => void,
): Promise<string> {
  return cachedStep(`fetching ${name} ${version}`, `${name}-${version}`, async (into) => {
    const said = await run('go', ['mod', 'download', '-json', `${module}@v${version}`], { cwd: into });
    keep((JSON.parse(said) as { Dir: string }).Dir, into);
  });
}

function cachedStep(
  title: string,
  entry: string,
  build: (folder: string, logs: string) => Promise<void>,
): Promise<string> {
  const { cache, logs } = pathsFor(root, process.env['XDG_CACHE_HOME']);
  const progress = progressTo(console.log, Date.now);
  return cached(join(cache, entry), (folder) => progress.step(title, () => build(folder, logs)));
}
