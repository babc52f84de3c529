/** Progress for a person who waits: one line when a step ends, and one every so often while it takes long. */

export interface Progress {
  /** Runs a step and reports it. Short steps say nothing until they are done; `quiet` ones say nothing at all then. */
  step<T>(what: string, work: () => Promise<T>): Promise<T>;
  note(line: string): void;
}

/** `75_000` as `1 m 15 s`. */
export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} m ${seconds % 60} s`;
}

/** @param every milliseconds between two lines about the same step */
export function progressTo(write: (line: string) => void, clock: () => number, every = 20_000): Progress {
  return {
    note: (line) => write(`  ${line}`),
    async step(what, work) {
      const started = clock();
      const timer = setInterval(() => write(`  ${what} … ${duration(clock() - started)}`), every);
      try {
        const result = await work();
        const took = clock() - started;
        if (took >= 1000) write(`✔ ${what} (${duration(took)})`);
        return result;
      } catch (error) {
        write(`✖ ${what} (${duration(clock() - started)})`);
        throw error;
      } finally {
        clearInterval(timer);
      }
    },
  };
}
