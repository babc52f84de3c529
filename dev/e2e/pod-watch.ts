/** Which pods of a stream there are at the same time, as the API server tells it: a watch sees each of them come and go. */
import { spawn, type ChildProcess } from 'node:child_process';

const FIELDS = ['.type', '.object.metadata.name', '.object.metadata.labels.spring-deployment-id'];
const LINE = `${FIELDS.map((field) => `{${field}}`).join(' ')}\n`;

export class PodWatch {
  readonly #kubectl: ChildProcess;
  readonly #there = new Map<string, string>();
  readonly #together: string[][] = [];
  #text = '';

  /** @param env KUBECONFIG, and PATH when kubectl is not on the user's */
  constructor(env: Readonly<Record<string, string>>, stream: string) {
    const what = ['get', 'pods', '-A', '-l', `spring-group-id=${stream}`];
    const how = ['--watch', '--output-watch-events', '-o', `jsonpath=${LINE}`];
    this.#kubectl = spawn('kubectl', [...what, ...how], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#kubectl.stdout?.setEncoding('utf8').on('data', (text: string) => this.#take(text));
  }

  /** Versions (`<stream>-<label>-v<release>`) that have been seen. */
  versions(): string[] {
    return [...new Set(this.#together.flat())];
  }

  /** Each time that pods of two versions were there together. */
  overlaps(): string[][] {
    return this.#together.filter((versions) => versions.length > 1);
  }

  get isEmpty(): boolean {
    return this.#there.size === 0;
  }

  stop(): void {
    this.#kubectl.kill();
  }

  #take(text: string): void {
    const lines = (this.#text + text).split('\n');
    this.#text = lines.pop() ?? '';
    for (const line of lines) {
      const [type, name = '', version = ''] = line.split(' ');
      if (type === 'DELETED') this.#there.delete(name);
      else this.#there.set(name, version);
      this.#together.push([...new Set(this.#there.values())]);
    }
  }
}
