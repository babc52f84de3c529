/** Where things are: what changes is below `.stack/` of the work tree, what is slow to build is in the user's cache. */
import { homedir } from 'node:os';
import { join } from 'node:path';

export interface Paths {
  /** The work tree. */
  readonly root: string;
  /** All that a running stack writes. */
  readonly stack: string;
  readonly logs: string;
  /** Process records, one JSON file for each part. */
  readonly run: string;
  readonly data: string;
  readonly config: string;
  readonly pki: string;
  readonly env: string;
  readonly kubeconfig: string;
  /** Slow builds, each in a folder named after its version. */
  readonly cache: string;
}

/** The folders for a work tree; `cacheHome` is XDG_CACHE_HOME, empty or absent for the default. */
export function pathsFor(root: string, cacheHome: string | undefined): Paths {
  const stack = join(root, '.stack');
  const home = cacheHome === undefined || cacheHome === '' ? join(homedir(), '.cache') : cacheHome;
  return {
    root,
    stack,
    logs: join(stack, 'logs'),
    run: join(stack, 'run'),
    data: join(stack, 'data'),
    config: join(stack, 'config'),
    pki: join(stack, 'pki'),
    env: join(stack, 'env'),
    kubeconfig: join(stack, 'kubeconfig'),
    cache: join(home, 'barista'),
  };
}
