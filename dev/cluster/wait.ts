/** Waiting for a condition with a deadline: no sleeping for luck. */

export interface WaitOptions {
  /** Milliseconds. */
  readonly within: number;
  /** Milliseconds between two looks. Default 500. */
  readonly every?: number;
  /** What to show when the time is up. */
  readonly seen?: () => unknown;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Looks until `look` gives a value; throws with what was seen last when the time is up. */
export async function waitFor<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  { within, every = 500, seen }: WaitOptions,
): Promise<T> {
  const deadline = performance.now() + within;
  let last: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) {
      const reason = last instanceof Error ? `: ${last.message}` : '';
      const shown = seen === undefined ? '' : `\nlast seen: ${JSON.stringify(await seen(), null, 1)}`;
      throw new Error(`${what}: not within ${within / 1000} s${reason}${shown}`);
    }
    await pause(every);
  }
}

/** Throws as soon as `look` gives false within the time: for what must stay as it is. */
export async function staysTrue(what: string, look: () => Promise<boolean>, forMs: number): Promise<void> {
  const end = performance.now() + forMs;
  while (performance.now() < end) {
    if (!(await look())) throw new Error(`${what}: it did not stay so for ${forMs / 1000} s`);
    await pause(500);
  }
}
