/** kubectl against the cluster of the stack, or of the user. */
import { attempt, run, type CommandResult } from '../stack/command.ts';

type Json = Readonly<Record<string, unknown>>;

export class Kubectl {
  readonly #env: Readonly<Record<string, string>>;

  /** @param env KUBECONFIG, and PATH when kubectl is not on the user's */
  constructor(env: Readonly<Record<string, string>>) {
    this.#env = env;
  }

  /** Standard output; throws StackFailure with what kubectl said. */
  run(args: readonly string[], input?: string): Promise<string> {
    return run('kubectl', args, { env: this.#env, ...(input === undefined ? {} : { input }) });
  }

  /** Never throws: for what may fail. */
  attempt(args: readonly string[], input?: string): Promise<CommandResult> {
    return attempt('kubectl', args, { env: this.#env, ...(input === undefined ? {} : { input }) });
  }

  /** The object or list that `kubectl get …` gives; undefined when there is none. */
  async get(...args: readonly string[]): Promise<Json | undefined> {
    const { code, stdout, tail } = await this.attempt(['get', ...args, '-o', 'json']);
    if (code === 0) return JSON.parse(stdout) as Json;
    if (tail.includes('NotFound')) return undefined;
    throw new Error(`kubectl get ${args.join(' ')}: ${tail}`);
  }

  async list(...args: readonly string[]): Promise<Json[]> {
    return ((await this.get(...args))?.['items'] ?? []) as Json[];
  }

  apply(object: unknown): Promise<string> {
    return this.run(['apply', '-f', '-'], JSON.stringify(object));
  }
}
