/**
 * Reads the stream DSL as SCDF renders it: pure and total. Only as much as the operator asks of it: which apps a stream has, under
 * which labels, with which properties.
 *
 *   customer: time --a=b > :orders        :hotDrinks > hot-drink-log: log        one || two: app --k='v w'
 */
import type { DslApp } from './port.ts';

/** The apps of a definition; undefined when the text is none. */
export function parseDsl(text: string): readonly DslApp[] | undefined {
  const tokens = tokenize(text);
  if (tokens === undefined) return undefined;
  const apps: DslApp[] = [];
  for (const node of split(tokens)) {
    if (isDestination(node)) continue;
    const app = parseApp(node);
    if (app === undefined) return undefined;
    apps.push(app);
  }
  return apps.length === 0 ? undefined : apps;
}

/** Words and separators; a word keeps what its quotes hold together. Undefined for a quote that is not closed. */
function tokenize(text: string): string[] | undefined {
  const tokens: string[] = [];
  const token = /\s*(\|\||\||>|(?:'(?:[^']|'')*'|"(?:[^"]|"")*"|[^\s'"|>])+)/y;
  let at = 0;
  while (text.slice(at).trim() !== '') {
    token.lastIndex = at;
    const match = token.exec(text);
    if (match?.[1] === undefined) return undefined;
    tokens.push(match[1]);
    at = token.lastIndex;
  }
  return tokens;
}

const separators = new Set(['|', '||', '>']);

function split(tokens: readonly string[]): string[][] {
  const nodes: string[][] = [[]];
  for (const token of tokens) {
    if (separators.has(token)) nodes.push([]);
    else nodes.at(-1)?.push(token);
  }
  return nodes;
}

function isDestination(node: readonly string[]): boolean {
  return node[0]?.startsWith(':') === true;
}

function parseApp(node: readonly string[]): DslApp | undefined {
  const [first = '', second = ''] = node;
  const labelled = first.endsWith(':');
  const name = labelled ? second : first;
  const properties = parseArguments(node.slice(labelled ? 2 : 1));
  if (name === '' || name.startsWith('--') || properties === undefined) return undefined;
  return { label: labelled ? first.slice(0, -1) : name, name, properties };
}

function parseArguments(words: readonly string[]): Record<string, string> | undefined {
  const properties: Record<string, string> = {};
  for (const word of words) {
    const [, key, value] = /^--([^=]+)=(.*)$/s.exec(word) ?? [];
    if (key === undefined || value === undefined) return undefined;
    properties[key] = unquote(value);
  }
  return properties;
}

function unquote(value: string): string {
  const quote = value[0];
  if (value.length < 2 || (quote !== "'" && quote !== '"') || value.at(-1) !== quote) return value;
  return value.slice(1, -1).replaceAll(quote + quote, quote);
}
