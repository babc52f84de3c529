/** Reads the fields of one entry of a configuration and notes, each in a sentence, what is wrong with them. Pure. */

/** A field that is known, with undefined; or one that people write instead, with what to do about it. */
export type KnownFields = Readonly<Record<string, string | undefined>>;

export class Fields {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #path: string;
  readonly #problems: string[];

  constructor(entry: unknown, path: string, known: KnownFields, problems: string[]) {
    this.#fields = isRecord(entry) ? entry : {};
    this.#path = path;
    this.#problems = problems;
    // Values are not repeated: what is in the wrong place may be a password.
    for (const key of Object.keys(this.#fields)) {
      if (!Object.hasOwn(known, key)) this.say(key, 'is not known');
      else if (known[key] !== undefined) this.say(key, known[key]);
    }
  }

  has(key: string): boolean {
    return (this.#fields[key] ?? undefined) !== undefined;
  }

  text(key: string): string | undefined {
    const value = this.#fields[key] ?? undefined;
    if (value === undefined || (typeof value === 'string' && value !== '')) return value;
    this.say(key, 'must be a text');
    return undefined;
  }

  required(key: string): string {
    const value = this.text(key);
    if (!this.has(key)) this.say(key, 'is missing');
    return value ?? '';
  }

  url(key: string, insteadOfPassword: string): string {
    const url = this.required(key);
    // Not repeated here, and before anything else: it may be a password, and problems are printed.
    if (url.includes('@'))
      this.say(key, `has an @: leave user and password out, and name ${insteadOfPassword}`);
    else if (url !== '' && !isHttp(url)) this.say(key, `is "${url}": give an http:// or https:// address`);
    return url;
  }

  flag(key: string, otherwise: boolean): boolean {
    const value = this.#fields[key] ?? otherwise;
    if (typeof value === 'boolean') return value;
    this.say(key, 'must be true or false');
    return otherwise;
  }

  one<T extends string>(key: string, allowed: readonly [T, ...T[]]): T {
    const value = this.#fields[key] ?? allowed[0];
    const found = allowed.find((it) => it === value);
    if (found === undefined) this.say(key, `must be one of ${allowed.join(', ')}`);
    return found ?? allowed[0];
  }

  /** In milliseconds. */
  seconds(key: string, otherwise: number): number {
    const value = this.#fields[key] ?? otherwise;
    if (typeof value === 'number' && value > 0) return value * 1000;
    this.say(key, 'must be a number of seconds greater than 0');
    return otherwise * 1000;
  }

  /** A whole number of at least 1. */
  count(key: string, otherwise: number): number {
    const value = this.#fields[key] ?? otherwise;
    if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value;
    this.say(key, 'must be a whole number of at least 1');
    return otherwise;
  }

  /** Texts without white space. */
  words(key: string): readonly string[] {
    const value = this.#fields[key] ?? [];
    if (Array.isArray(value) && value.every(isWord)) return value;
    this.say(key, 'must be a list of words: [one, another]');
    return [];
  }

  texts(key: string): Readonly<Record<string, string>> {
    const value = this.#fields[key] ?? {};
    if (isRecord(value) && Object.values(value).every((it) => typeof it === 'string')) {
      return value as Record<string, string>;
    }
    this.say(key, 'must have names with texts: {audience: scdf}');
    return {};
  }

  /** The entry below a field; undefined when there is none. */
  below(key: string): unknown {
    const value = this.#fields[key] ?? undefined;
    if (value === undefined || isRecord(value)) return value;
    this.say(key, 'must have fields of its own');
    return undefined;
  }

  /** @param what Goes on after the field's name, without a full stop. */
  say(key: string, what: string): void {
    this.#problems.push(`${this.#path}.${key} ${what}.`);
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isHttp(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}

function isWord(value: unknown): value is string {
  return typeof value === 'string' && /^\S+$/.test(value);
}
