/** Writing generated files. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Writes a generated file and gives its content back, so that the part that reads it can be restarted by it. A file
 * that has that content is not touched: kube-proxy ends when its own is written to.
 */
export function generate(file: string, content: string): string {
  if (existsSync(file) && readFileSync(file, 'utf8') === content) return content;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content, { mode: 0o600 });
  return content;
}

/** A value as a YAML document; JSON is YAML, and nobody edits these. */
export const document = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
