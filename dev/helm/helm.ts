/** Helm, built from its Go module. */
import { join } from 'node:path';
import { attempt, run, type CommandResult } from '../stack/command.ts';
import { goProgram } from '../stack/go-program.ts';

const source = { name: 'helm', version: '4.3.1', package: 'helm.sh/helm/v4/cmd/helm' };
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
    return new Helm(await goProgram(source), env);
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
