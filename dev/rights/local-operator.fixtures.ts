/** The operator as a process of this machine, with the credentials that it is given and no others. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../cluster/free-ports.ts';

const root = new URL('../..', import.meta.url).pathname;

export interface LocalOperatorOptions {
  /** As the operator's pod would be told. */
  readonly env: Readonly<Record<string, string>>;
  /** Of the API server, plain HTTP. */
  readonly server: string;
  readonly token: string;
  /** The servers file; JSON is YAML. */
  readonly servers: readonly object[];
}

export class LocalOperator {
  /** Of metrics and health. */
  readonly port: number;
  readonly #process: ChildProcess;
  readonly #folder: string;
  #said = '';

  private constructor(process: ChildProcess, folder: string, port: number) {
    this.port = port;
    this.#process = process;
    this.#folder = folder;
    for (const stream of [process.stdout, process.stderr])
      stream?.on('data', (chunk: Buffer) => (this.#said += chunk.toString()));
  }

  static async start({ env, server, token, servers }: LocalOperatorOptions): Promise<LocalOperator> {
    const folder = mkdtempSync(join(tmpdir(), 'barista-operator-'));
    const file = (name: string, content: object): string => {
      const path = join(folder, name);
      writeFileSync(path, JSON.stringify(content), { mode: 0o600 });
      return path;
    };
    const kubeconfig = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'u', user: { token } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    };
    const port = await freePort();
    const started = spawn(process.execPath, ['operator/main.ts'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...env,
        KUBECONFIG: file('kubeconfig', kubeconfig),
        BARISTA_SERVERS_FILE: file('servers.yaml', { servers }),
        BARISTA_HTTP_PORT: String(port),
      },
    });
    return new LocalOperator(started, folder, port);
  }

  /** All of its log. */
  get said(): string {
    return this.#said;
  }

  /** As Kubernetes stops a pod; killed when that takes too long. The exit code. */
  async stop(): Promise<number | null> {
    const ended = once(this.#process, 'exit');
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill('SIGTERM');
      const late = setTimeout(() => this.#process.kill('SIGKILL'), 15_000);
      await ended;
      clearTimeout(late);
    }
    rmSync(this.#folder, { recursive: true, force: true });
    return this.#process.exitCode;
  }
}
