/** Values that must not be told, wherever somebody quotes them: pure. */
import type { KubeObject } from '../kube/port.ts';

/** SCDF's own rule for keys, see its ArgumentSanitizer. */
const secretKey = /(username|password|secret|key|token|url)$|credentials|vcap_services$/i;
/** A password within the value of another key: `KAFKA_PASSWORD=…` among environment variables, `password="…"` of a login. */
const within = /([\w.-]+)\s*(?:=|:)\s*(?:'([^']*)'|"([^"]*)"|([^\s'",;}\]]+))/g;

/** Without one of these words a text has no such pair: looked for first, because it is asked of every text of every pipeline. */
const hint = /username|password|secret|key|token|url|credentials|vcap_services/i;
const userInfo = /:\/\/[^\s/@:]*:([^\s/@]+)@/g;

/** Shorter ones are words and numbers, of which every message is full. */
const SHORTEST = 4;
/** From this length on a value is looked for within words too. */
const TELLING = 8;

/**
 * The values of all keys that look secret, at any depth: of a spec, whether it is valid or not, or of the body of a request.
 * @param open texts that are told anyway: what stands in them is no secret, since a message has to name its stream
 */
export function secretsIn(value: unknown, open: readonly string[] = []): string[] {
  const found = new Set<string>();
  collect('', value, found);
  return [...found]
    .filter((secret) => secret.length >= SHORTEST && !open.some((text) => text.includes(secret)))
    .sort((a, b) => b.length - a.length);
}

function collect(key: string, value: unknown, secrets: Set<string>): void {
  if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) collect(name, item, secrets);
    return;
  }
  const text = String(value);
  if (secretKey.test(key)) secrets.add(text);
  // What was written into the name of a key, and what a value has of others.
  quotedIn(key, secrets);
  quotedIn(text, secrets);
}

function quotedIn(text: string, secrets: Set<string>): void {
  if (!text.includes('=') && !text.includes(':')) return;
  if (text.includes('@')) for (const [, password = ''] of text.matchAll(userInfo)) secrets.add(password);
  if (!hint.test(text)) return;
  for (const [, key = '', ...values] of text.matchAll(within)) {
    // Of the ways to quote it one has matched.
    if (secretKey.test(key)) secrets.add(values.join(''));
  }
}

/** Whether a property holds a secret, however short: by its key, or by the key of a part of its value. */
export function carriesSecret(key: string, value: string): boolean {
  const found = new Set<string>();
  collect(key, value, found);
  return found.size > 0;
}

/** Of a pipeline as it is stored; its names, topics and images are no secrets. */
export function secretsOf({ metadata, spec }: Pick<KubeObject, 'metadata' | 'spec'>): string[] {
  const open: string[] = [metadata.name, metadata.namespace ?? ''];
  collectOpen(spec, open);
  return secretsIn(spec, open);
}

function collectOpen(value: unknown, open: string[]): void {
  if (typeof value === 'string') open.push(value);
  if (typeof value !== 'object' || value === null) return;
  for (const [name, item] of Object.entries(value)) if (!/properties$/i.test(name)) collectOpen(item, open);
}

/** The text without these values, however they are written in it: plain, within JSON, within an address. */
export function hide(text: string, secrets: readonly string[]): string {
  let hidden = text;
  for (const secret of secrets) {
    if (secret.length < SHORTEST) continue;
    for (const form of new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])) {
      if (hidden.includes(form)) hidden = hidden.replaceAll(patternOf(form), '******');
    }
  }
  return hidden;
}

function patternOf(form: string): RegExp {
  const literal = form.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
  return new RegExp(form.length < TELLING ? String.raw`(?<!\w)${literal}(?!\w)` : literal, 'g');
}

/** Takes the values out of an error that is thrown or logged further up, and out of its causes. */
export function hideInError<E>(error: E, secrets: readonly string[]): E {
  if (secrets.length === 0 || !(error instanceof Error)) return error;
  error.message = hide(error.message, secrets);
  if (error.stack !== undefined) error.stack = hide(error.stack, secrets);
  hideInError(error.cause, secrets);
  return error;
}
