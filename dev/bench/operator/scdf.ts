/** The simulated SCDF from the side of the benchmark. */
import { fork, type ChildProcess } from 'node:child_process';
import type { ProfileName } from './profiles.ts';

/** Requests since the start. */
export interface Counts {
  readonly reads: number;
  readonly writes: number;
  /** Those of the writes that registered an app. */
  readonly registrations: number;
}

export type Question = { readonly id: number } & (
  | { readonly ask: 'counts' }
  | { readonly ask: 'created' | 'undeployed' | 'loseWorkload'; readonly stream: string }
);

/** To the question with this id; the first, with id 0, is the URL and comes unasked. */
export interface Answer {
  readonly id: number;
  readonly value: unknown;
}

type Asked<T> = T extends unknown ? Omit<T, 'id'> : never;

export class SimulatedScdf {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (value: unknown) => void>();
  #asked = 0;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
    child.on('message', ({ id, value }: Answer) => {
      this.#waiting.get(id)?.(value);
      this.#waiting.delete(id);
    });
  }

  static async start(profile: ProfileName): Promise<SimulatedScdf> {
    const child = fork(new URL('scdf-process.ts', import.meta.url), [profile]);
    const first = await new Promise<Answer>((resolve, reject) => {
      child.once('message', resolve);
      child.once('exit', () => reject(new Error('the simulated SCDF ended at once')));
    });
    return new SimulatedScdf(child, String(first.value));
  }

  async counts(): Promise<Counts> {
    return (await this.#ask({ ask: 'counts' })) as Counts;
  }

  /** When the stream was created or first undeployed, in milliseconds since the epoch; undefined: it was not. */
  async when(what: 'created' | 'undeployed', stream: string): Promise<number | undefined> {
    return (await this.#ask({ ask: what, stream })) as number | undefined;
  }

  /** Somebody deletes what runs of the stream. */
  async loseWorkload(stream: string): Promise<void> {
    await this.#ask({ ask: 'loseWorkload', stream });
  }

  stop(): void {
    this.#child.disconnect();
  }

  #ask(question: Asked<Question>): Promise<unknown> {
    this.#asked += 1;
    const id = this.#asked;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#child.send({ id, ...question });
    });
  }
}
