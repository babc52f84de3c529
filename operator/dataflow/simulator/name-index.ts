/**
 * Finds the names that contain a text, as a database does that has an index for it: with tens of thousands of streams, looking through all of them for each
 * question would make the simulator slower than what is measured with it. By trigrams.
 */
const LENGTH = 3;

function trigrams(text: string): Set<string> {
  const found = new Set<string>();
  for (let at = 0; at + LENGTH <= text.length; at++) found.add(text.slice(at, at + LENGTH));
  return found;
}

/** Without regard to upper and lower case. */
export class NameIndex {
  readonly #all = new Set<string>();
  readonly #having = new Map<string, Set<string>>();

  add(name: string): void {
    this.#all.add(name);
    for (const part of trigrams(name.toLowerCase())) {
      const names = this.#having.get(part) ?? new Set();
      this.#having.set(part, names.add(name));
    }
  }

  delete(name: string): void {
    this.#all.delete(name);
    for (const part of trigrams(name.toLowerCase())) {
      const names = this.#having.get(part);
      names?.delete(name);
      if (names?.size === 0) this.#having.delete(part);
    }
  }

  /** In the order in which they were added. */
  containing(text: string): string[] {
    const wanted = text.toLowerCase();
    let fewest: ReadonlySet<string> = this.#all;
    for (const part of trigrams(wanted)) {
      const names = this.#having.get(part);
      if (names === undefined) return [];
      if (names.size < fewest.size) fewest = names;
    }
    return [...fewest].filter((name) => name.toLowerCase().includes(wanted));
  }
}
