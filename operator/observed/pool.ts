/** Equal values as one value: of ten thousand pipelines nearly all say the same of images, defaults, and that all is well. */

/** Values that are kept in mind. Should there be more different ones it begins anew, which costs little of what it saves. */
const most = 4_000;
/** Of what is longer in JSON the parts are shared, and not the whole. */
const longest = 400;

export class Pool {
  readonly #strings = new Map<string, string>();
  readonly #objects = new Map<string, unknown>();

  /**
   * @param value JSON
   * @returns the same JSON, which nobody may change
   */
  share<T>(value: T): T {
    if (typeof value === 'string') return known(this.#strings, value, value) as T;
    if (typeof value !== 'object' || value === null) return value;
    const parts: unknown = Array.isArray(value)
      ? value.map((part) => this.share<unknown>(part))
      : this.#fields(value);
    const text = JSON.stringify(parts);
    return (text.length > longest ? parts : known(this.#objects, text, parts)) as T;
  }

  #fields(object: object): Record<string, unknown> {
    // So that a field may be called `__proto__`.
    return Object.fromEntries(
      Object.entries(object).map(([name, part]) => [name, this.share<unknown>(part)]),
    );
  }
}

function known<T>(values: Map<string, T>, text: string, value: T): T {
  const found = values.get(text);
  if (found !== undefined) return found;
  if (values.size >= most) values.clear();
  values.set(text, value);
  return value;
}
