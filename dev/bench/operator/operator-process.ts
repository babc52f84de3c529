/** The built operator as a process of its own, as it runs in a pod: what it uses is read from the kernel, what it did from its metrics. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '../../cluster/wait.ts';
import { entrypoint, environment } from '../image.ts';
import { cpuSeconds, residentMemory } from '../usage.ts';
import { freePort } from '../../cluster/free-ports.ts';

export interface OperatorSetup {
  readonly root: string;
  readonly kubeconfig: string;
  readonly namespace: string;
  readonly scdfUrl: string;
  readonly concurrency: number;
  /** Calls to SCDF at a time, as in the servers file. */
  readonly bounds: { readonly concurrency: number; readonly deployConcurrency: number };
  /** True: Deployments and pods in the namespace stand for what SCDF runs. */
  readonly watchWorkloads: boolean;
  /** More settings of the operator. */
  readonly env?: Readonly<Record<string, string>>;
}

export class OperatorProcess {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #port: number;
  /** Where the debugger listens, once it does. */
  readonly #debugger: Promise<string>;
  /** With the benchmark, however that ends. */
  readonly #end = (): void => void this.#child.kill('SIGKILL');
  /** When the process was spawned, as performance.now(). */
  readonly startedAt: number;

  private constructor(child: ChildProcess, folder: string, port: number) {
    this.#child = child;
    this.#folder = folder;
    this.#port = port;
    this.#debugger = debuggerOf(child);
    process.once('exit', this.#end);
    this.startedAt = performance.now();
  }

  static async start(setup: OperatorSetup): Promise<OperatorProcess> {
    const folder = mkdtempSync(join(tmpdir(), 'barista-bench-'));
    const servers = join(folder, 'servers.yaml');
    const { scdfUrl: url, namespace, watchWorkloads, bounds } = setup;
    writeFileSync(
      servers,
      JSON.stringify({ servers: [{ name: 'default', url, namespace, watchWorkloads, ...bounds }] }),
    );
    const port = await freePort();
    const child = spawn(
      process.execPath,
      ['--inspect-port=127.0.0.1:0', ...entrypoint(setup.root, 'Dockerfile.operator')],
      {
        cwd: setup.root,
        stdio: ['ignore', openSync(join(folder, 'operator.log'), 'w'), 'pipe'],
        env: {
          PATH: process.env['PATH'],
          ...environment(setup.root, 'Dockerfile.operator'),
          KUBECONFIG: setup.kubeconfig,
          BARISTA_SERVERS_FILE: servers,
          BARISTA_WATCH_NAMESPACES: namespace,
          BARISTA_LEASE_NAME: 'barista-operator',
          BARISTA_CONCURRENCY: String(setup.concurrency),
          BARISTA_HTTP_PORT: String(port),
          BARISTA_INSTANCE: 'bench',
          BARISTA_WORKER_IMAGE: 'barista/worker:1',
          POD_NAMESPACE: namespace,
          POD_NAME: `bench-${port}`,
          ...setup.env,
        },
      },
    );
    return new OperatorProcess(child, folder, port);
  }

  /** Resolves when it leads and its caches are complete; the seconds since its start. */
  async whenInCharge(): Promise<number> {
    await waitFor(
      'the operator to lead',
      async () => (await this.isReady()) && (await this.metric('leader_election_master_status')) === 1,
      { within: 60_000, every: 25 },
    );
    return (performance.now() - this.startedAt) / 1000;
  }

  async isReady(): Promise<boolean> {
    return (await fetch(`http://127.0.0.1:${this.#port}/readyz`)).ok;
  }

  /** The sum over all series of this name whose labels contain the text. */
  async metric(name: string, labels: readonly string[] = []): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${this.#port}/metrics`)).text();
    return text
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      .filter((line) => labels.every((label) => line.includes(label)))
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  /** Writes to the API server but for the lease (PUT), which goes on by itself. */
  async kubeWrites(): Promise<{ readonly patches: number; readonly events: number }> {
    const of = (method: string) => this.metric('rest_client_requests_total', [`method="${method}"`]);
    return { patches: await of('PATCH'), events: Math.max(0, (await of('POST')) - 1) };
  }

  /** Resident memory in MB. */
  memory(): number {
    return residentMemory(this.#child.pid).now;
  }

  /** MB of what is really held: the heap after a full collection. From here on a debugger may connect, so it comes last. */
  async liveHeap(): Promise<number> {
    this.#child.kill('SIGUSR1');
    const socket = new WebSocket(await this.#debugger);
    await once(socket, 'open');
    const collected = once(socket, 'message');
    socket.send(JSON.stringify({ id: 1, method: 'HeapProfiler.collectGarbage' }));
    await collected;
    socket.close();
    return (await this.metric('nodejs_heap_size_used_bytes')) / 1024 ** 2;
  }

  /** CPU seconds used so far. */
  cpu(): number {
    return cpuSeconds(this.#child.pid);
  }

  /** What it has logged. */
  log(): string {
    return readFileSync(join(this.#folder, 'operator.log'), 'utf8');
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill(signal);
    await ended;
    process.off('exit', this.#end);
    rmSync(this.#folder, { recursive: true });
  }
}

function once(socket: WebSocket, event: 'open' | 'message'): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.addEventListener(event, () => resolve(), { once: true });
    socket.addEventListener('error', () => reject(new Error('the debugger does not answer')), { once: true });
  });
}

/** Its standard error, which is passed on, says where it listens. */
function debuggerOf({ stderr }: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    stderr?.on('data', (chunk: Buffer) => {
      const text = chunk.toString();
      const [url] = /ws:\/\/\S+/.exec(text) ?? [];
      if (url === undefined && !/inspector|Debugger/.test(text)) process.stderr.write(text);
      if (url !== undefined) resolve(url);
    });
  });
}
