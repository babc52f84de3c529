/** Helm, built from its Go module: no registry of packages carries it as a binary. */
import { join } from 'node:path';
import { cached } from '../stack/cache.ts';
import { attempt, run, type CommandResult } from '../stack/command.ts';
import { pathsFor } from '../stack/paths.ts';
import { progressTo } from '../stack/progress.ts';

const version = '4.3.1';
const root = new URL('../..', import.meta.url).pathname;

export const chart = join(root, 'manifests', 'chart');

export class Helm {
  readonly #program: string;
  readonly #env: Readonly<Record<string, string>>;

  private constructor(program: string, env: Readonly<Record<string, string>>) {
    this.#program = program;
    this.#env = env;
  }

  /**
   * Builds it when the cache has none (about two minutes on 2 cores).
   * @param env KUBECONFIG, for what goes to a cluster
   */
  static async get(env: Readonly<Record<string, string>> = {}): Promise<Helm> {
    const paths = pathsFor(root, process.env['XDG_CACHE_HOME']);
    const progress = progressTo(console.log, Date.now);
    const folder = await cached(join(paths.cache, `helm-${version}`), (bin) =>
      progress.step(`building Helm ${version}`, async () => {
        const go = {
          GOBIN: bin,
          CGO_ENABLED: '0',
          GOFLAGS: '-buildvcs=false -trimpath',
          GOTOOLCHAIN: 'local',
        };
        const log = join(paths.logs, 'build-helm.log');
        await run('nice', ['go', 'install', `helm.sh/helm/v4/cmd/helm@v${version}`], { env: go, log });
      }),
    );
    return new Helm(join(folder, 'helm'), env);
  }

  /** Standard output; throws StackFailure with what Helm said. */
  run(args: readonly string[], input?: string): Promise<string> {
    return run(this.#program, args, this.#options(input));
  }

  /** Never throws: for what has to fail. */
  attempt(args: readonly string[], input?: string): Promise<CommandResult> {
    return attempt(this.#program, args, this.#options(input));
  }

  #options(input: string | undefined) {
    return { env: this.#env, ...(input === undefined ? {} : { input }) };
  }
}
