/** Reads an unknown value field by field: wrong ones become problems with their path, and reading goes on. */

/** What is wrong with a field, and what to write instead. */
export interface Problem {
  /** As the API server writes it, e.g. `spec.customer.properties[log.level]`. */
  readonly path: string;
  readonly message: string;
}

/** What a text must be, and the sentence that says so. */
export interface Rule {
  readonly holds: (text: string) => boolean;
  readonly message: string;
}

export interface TextShape {
  readonly maxLength: number;
  readonly rules: readonly Rule[];
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value and its place. `null` counts as absent, as it does for the API server's defaults. */
export class Field {
  readonly path: string;
  readonly #value: unknown;
  readonly #problems: Problem[];

  constructor(value: unknown, path: string, problems: Problem[]) {
    this.path = path;
    this.#value = value ?? undefined;
    this.#problems = problems;
  }

  get present(): boolean {
    return this.#value !== undefined;
  }

  fail(message: string): void {
    this.#problems.push({ path: this.path, message });
  }

  /** A field within this one. Of what is within an absent or wrong whole nothing is said: the whole is at fault. */
  at(key: string): Field {
    const path = this.path === '' ? key : `${this.path}.${key}`;
    return isRecord(this.#value)
      ? new Field(this.#value[key], path, this.#problems)
      : new Field(undefined, path, []);
  }

  /** The field itself, after saying so when it is something else than an object. */
  object(): this {
    if (this.present && !isRecord(this.#value)) this.fail('must be an object with fields of its own');
    return this;
  }

  text(shape: TextShape): string | undefined {
    const value = this.#value;
    if (value === undefined) return undefined;
    if (typeof value !== 'string') {
      this.fail('must be a text: put it in quotes');
      return undefined;
    }
    const broken = shape.rules.filter((rule) => !rule.holds(value)).map((rule) => rule.message);
    if (Array.from(value).length > shape.maxLength) {
      broken.push(`may have at most ${shape.maxLength} characters`);
    }
    for (const message of broken) this.fail(message);
    return broken.length === 0 ? value : undefined;
  }

  requiredText(shape: TextShape): string {
    if (!this.present) this.fail('is required');
    return this.text(shape) ?? '';
  }

  oneOf<const T extends string>(values: readonly T[], fallback: T): T {
    if (!this.present) return fallback;
    const found = values.find((value) => value === this.#value);
    if (found === undefined) this.fail(`must be one of ${values.join(', ')}`);
    return found ?? fallback;
  }

  integer(range: readonly [least: number, most: number], fallback: number): number {
    const value = this.#value;
    if (value === undefined) return fallback;
    const [least, most] = range;
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
    this.fail(`must be a whole number from ${least} to ${most}`);
    return fallback;
  }

  flag(fallback: boolean): boolean {
    if (!this.present) return fallback;
    if (typeof this.#value === 'boolean') return this.#value;
    this.fail('must be true or false, without quotes');
    return fallback;
  }

  /** A text or a whole number, as Kubernetes takes amounts; always a text here. */
  amount(rule: Rule): string | undefined {
    const value = this.#value;
    if (value === undefined) return undefined;
    const text = typeof value === 'number' && Number.isInteger(value) ? String(value) : value;
    if (typeof text === 'string' && text.length <= 20 && rule.holds(text)) return text;
    this.fail(rule.message);
    return undefined;
  }

  /** A map of texts; `keyRules` hold for each key, `shape` for each value. */
  textMap(keyRules: readonly Rule[], shape: TextShape, maxEntries: number): Readonly<Record<string, string>> {
    this.object();
    if (!isRecord(this.#value)) return {};
    const keys = Object.keys(this.#value);
    if (keys.length > maxEntries) this.fail(`may have at most ${maxEntries} entries`);
    for (const rule of keyRules) {
      if (!keys.every(rule.holds)) this.fail(rule.message);
    }
    const record = this.#value;
    const entries = keys.map((key): readonly [string, string] => {
      // A value that was written into the key, as `password=…` is, is not repeated.
      const named = /^[\w.-]+$/.test(key) ? key : '…';
      const value = new Field(record[key], `${this.path}[${named}]`, this.#problems);
      return [key, value.requiredText(shape)];
    });
    return Object.fromEntries(entries);
  }
}
