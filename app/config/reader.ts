import type { SettingName } from './settings.ts';

/** Reads values and notes what is wrong with them, so that a user sees all mistakes at once. */
export interface Reader<Name extends string = SettingName> {
  readonly get: (name: Name) => string | undefined;
  readonly problem: (sentence: string) => void;
}

export function oneOf<T extends string>(
  reader: Reader,
  name: SettingName,
  allowed: readonly T[],
  fallback: T,
): T {
  const text = reader.get(name);
  if (text === undefined) return fallback;
  const found = allowed.find((value) => value.toLowerCase() === text.toLowerCase());
  if (found === undefined) reader.problem(`${name} is "${text}": use one of ${allowed.join(', ')}.`);
  return found ?? fallback;
}

export interface Range {
  readonly least: number;
  readonly most: number;
}

export function integer(reader: Reader, name: SettingName, { least, most }: Range): number | undefined {
  const text = reader.get(name);
  if (text === undefined) return undefined;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  reader.problem(`${name} is "${text}": use a whole number from ${least} to ${most}.`);
  return undefined;
}

export function flag(reader: Reader, name: SettingName, fallback = true): boolean {
  return oneOf(reader, name, ['true', 'false'], String(fallback)) === 'true';
}
