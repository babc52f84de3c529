/** A Prometheus of the test's own, with the job of docs/monitoring.md for metrics that are for some only. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { freePort } from '../cluster/free-ports.ts';

const page = new URL('../../docs/monitoring.md', import.meta.url).pathname;

interface Job {
  readonly tls_config: object;
  readonly kubernetes_sd_configs?: unknown;
  readonly relabel_configs?: unknown;
}

/** As the page has it, but for files and pods: Debian builds its Prometheus without the discovery of pods. */
export function guardedJob(port: number, files: { readonly token: string; readonly ca: string }): object {
  const [, block = ''] =
    /```yaml\n(- job_name: barista-operator\n[^`]*)```/.exec(readFileSync(page, 'utf8')) ?? [];
  const [job] = (parse(block) ?? []) as readonly Job[];
  if (job === undefined) throw new Error(`${page} has no job barista-operator`);
  const { kubernetes_sd_configs: _, relabel_configs: __, ...kept } = job;
  return {
    ...kept,
    tls_config: { ...job.tls_config, ca_file: files.ca },
    authorization: { credentials_file: files.token },
    static_configs: [{ targets: [`127.0.0.1:${port}`] }],
    scrape_interval: '2s',
    scrape_timeout: '2s',
  };
}

export class ScrapingPrometheus {
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #url: string;
  #said = '';

  private constructor(process: ChildProcess, folder: string, url: string) {
    this.#process = process;
    this.#folder = folder;
    this.#url = url;
    process.stderr?.on('data', (chunk: Buffer) => (this.#said += chunk.toString()));
  }

  static async start(job: object): Promise<ScrapingPrometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'barista-prometheus-'));
    const file = join(folder, 'prometheus.yaml');
    writeFileSync(file, stringify({ scrape_configs: [job] }));
    const address = `127.0.0.1:${await freePort()}`;
    const args = [
      `--config.file=${file}`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=${address}`,
    ];
    const started = spawn('prometheus', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const prometheus = new ScrapingPrometheus(started, folder, `http://${address}`);
    started.once('error', (error) => (prometheus.#said += error.message));
    return prometheus;
  }

  /** All of its log. */
  get said(): string {
    return this.#said;
  }

  /** Of the only series that the query gives; undefined while there is none. */
  async value(query: string): Promise<string | undefined> {
    const answer = await fetch(`${this.#url}/api/v1/query?query=${encodeURIComponent(query)}`);
    const { data } = (await answer.json()) as { data?: { result: readonly { value: [number, string] }[] } };
    return data?.result[0]?.value[1];
  }

  async stop(): Promise<void> {
    if (this.#process.pid !== undefined && this.#process.exitCode === null) {
      const ended = once(this.#process, 'exit');
      this.#process.kill('SIGKILL');
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
