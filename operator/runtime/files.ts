/** Small files that somebody else replaces now and then, such as mounted Secrets. */
import { readFile } from 'node:fs/promises';
import type { Clock } from './clock.ts';

/** Throws an Error with a sentence that names the file, never with what is in it. */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new Error(`the file ${path} cannot be read (${code ?? 'unknown'})`, { cause });
  }
}

/** A file that is read often, and so not each time. */
export class RotatingFile {
  readonly path: string;
  readonly #clock: Clock;
  readonly #freshMs: number;
  #known: { readonly text: string; readonly readAt: number } | undefined;

  /** @param freshMs So long what was read is taken for what it holds. */
  constructor(path: string, clock: Clock, freshMs = 5_000) {
    this.path = path;
    this.#clock = clock;
    this.#freshMs = freshMs;
  }

  /** Throws as `readText`, when there is nothing from before either. */
  async text(): Promise<string> {
    const known = this.#known;
    const now = this.#clock.monotonic();
    if (known !== undefined && now - known.readAt < this.#freshMs) return known.text;
    try {
      const text = await readText(this.path);
      this.#known = { text, readAt: now };
      return text;
    } catch (error) {
      // A file that is being replaced is no reason to fail while the former one may still do.
      if (known === undefined) throw error;
      return known.text;
    }
  }
}
