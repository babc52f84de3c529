/** Reads `.stack/env`, the shell file by which the running stack tells where it is. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The variables of `.stack/env` below `root`, with `$PATH` filled in; empty when no stack is up. */
export function readStackEnv(root: string): Record<string, string> {
  const file = join(root, '.stack', 'env');
  if (!existsSync(file)) return {};
  return parseStackEnv(readFileSync(file, 'utf8'), process.env['PATH'] ?? '');
}

/** Parses lines of the form `export NAME="value"`. */
export function parseStackEnv(text: string, path: string): Record<string, string> {
  const env: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const match = /^export ([A-Z_]+)="?([^"]*)"?$/.exec(line.trim());
    if (match?.[1] !== undefined) env[match[1]] = (match[2] ?? '').replaceAll('$PATH', path);
  }
  return env;
}
