/**
 * SCDF's stream DSL as the server renders it: `:hotDrinks > hot-drink-log: log --a=b`, `time | log`, `a || b`.
 * Total: a text that does not parse gives undefined. Pure.
 */
import type { DslApp } from './port.ts';

export interface DslStream {
  readonly apps: readonly DslApp[];
  /** The topic of `:topic > …`. */
  readonly from: string | undefined;
  /** The topic of `… > :topic`. */
  readonly to: string | undefined;
  /** `one`: a single app; `|`: source to sink; `||`: side by side. */
  readonly join: 'one' | '|' | '||';
}

export function parseDsl(text: string): DslStream | undefined {
  const cursor = new Cursor(text);
  const from = cursor.topicBefore();
  const to = from === undefined ? undefined : cursor.take(topicPattern);
  const stream: DslStream | undefined =
    to === undefined ? body(cursor, from) : { apps: [], from, to, join: 'one' };
  cursor.space();
  return cursor.atEnd ? stream : undefined;
}

/** `:a > :b` has no app of its own: SCDF puts a bridge between. */
const topicPattern = /:([^\s>|]+)/y;
const name = String.raw`[\p{L}\p{N}_][\p{L}\p{N}_$-]*`;
const labelPattern = new RegExp(String.raw`(${name}):(?=\s)`, 'uy');
const namePattern = new RegExp(`(${name})(?![^\\s|>])`, 'uy');
const keyPattern = new RegExp(String.raw`--(${name}(?:\.${name})*)=`, 'uy');

function body(cursor: Cursor, from: string | undefined): DslStream | undefined {
  const apps: DslApp[] = [];
  let join: DslStream['join'] = 'one';
  do {
    const app = readApp(cursor);
    if (app === undefined || apps.some((it) => it.label === app.label)) return undefined;
    apps.push(app);
    const next = cursor.joint();
    if (next === undefined) {
      const to = cursor.topicAfter();
      return join === '||' && (from ?? to) !== undefined ? undefined : { apps, from, to, join };
    }
    if (join !== 'one' && join !== next) return undefined;
    join = next;
  } while (!cursor.atEnd);
  return undefined;
}

function readApp(cursor: Cursor): DslApp | undefined {
  cursor.space();
  const label = cursor.take(labelPattern);
  cursor.space();
  const app = cursor.take(namePattern);
  if (app === undefined) return undefined;
  const properties = readProperties(cursor);
  return properties && { label: label ?? app, name: app, properties };
}

function readProperties(cursor: Cursor): Record<string, string> | undefined {
  const entries: [string, string][] = [];
  for (;;) {
    cursor.space();
    const key = cursor.take(keyPattern);
    if (key === undefined) return Object.fromEntries(entries);
    const value = cursor.value();
    if (value === undefined) return undefined;
    entries.push([key, value]);
  }
}

/** A position in the text; every method leaves it where it was when it finds nothing. */
class Cursor {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  space(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at += 1;
  }

  /** The first group of a sticky pattern, or all it matched. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.#at = pattern.lastIndex;
    return match[1] ?? match[0];
  }

  /** `:topic >`, with `--group=g` perhaps. */
  topicBefore(): string | undefined {
    const start = this.#at;
    this.space();
    const topic = this.take(topicPattern);
    if (topic !== undefined && readProperties(this) !== undefined && this.#arrow()) return topic;
    this.#at = start;
    return undefined;
  }

  /** `> :topic`. */
  topicAfter(): string | undefined {
    const start = this.#at;
    const topic = this.#arrow() ? this.take(topicPattern) : undefined;
    if (topic === undefined) this.#at = start;
    return topic;
  }

  joint(): '|' | '||' | undefined {
    this.space();
    const joint = this.take(/\|\|?/y);
    return joint === '|' || joint === '||' ? joint : undefined;
  }

  /** Up to the next white space, `|`, `;` or `>` outside of quotes; unquoted when it is quoted as a whole. */
  value(): string | undefined {
    const start = this.#at;
    const first = this.#text[start] ?? '';
    const quote = isQuote(first) ? first : undefined;
    const end = quote === undefined ? this.#endOfPlain(start) : this.#endOfQuoted(start, quote);
    if (end === undefined || end === start) return undefined;
    this.#at = end;
    return quote === undefined ? this.#text.slice(start, end) : unquote(this.#text.slice(start, end), quote);
  }

  #arrow(): boolean {
    this.space();
    if (this.#text[this.#at] !== '>') return false;
    this.#at += 1;
    this.space();
    return true;
  }

  /** Quotes in the middle hold together what is between them. */
  #endOfPlain(start: number, quote?: string): number {
    let open = false;
    let at = start;
    while (at < this.#text.length) {
      const char = this.#text[at] ?? '';
      if (!open && /[\s|;>]/.test(char)) break;
      if (quote === undefined ? isQuote(char) : char === quote) open = !open;
      at += 1;
    }
    return at;
  }

  /** Undefined when the quote never closes; a quote that closes early (`'a'b`) goes on as plain text. */
  #endOfQuoted(start: number, quote: string): number | undefined {
    // In single quotes two of them stand for one, and do not close.
    const quoted = quote === "'" ? /'(?:[^']|'')*'/y : /"[^"]*"/y;
    quoted.lastIndex = start;
    return quoted.test(this.#text) ? this.#endOfPlain(quoted.lastIndex, quote) : undefined;
  }
}

function isQuote(char: string): boolean {
  return char === "'" || char === '"';
}

/** SCDF takes quotes away only when one pair is around the whole value. */
function unquote(text: string, quote: string): string {
  const inner = text.slice(1, -1);
  const pairs = quote === "'" ? inner.replaceAll("''", '') : inner;
  const whole = text.length > 1 && text.endsWith(quote) && !pairs.includes(quote);
  return whole ? inner.replaceAll(quote + quote, quote) : text;
}
