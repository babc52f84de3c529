/** Who a bundle's libraries are from: their licenses ask that their text goes with each copy. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/** The files of which something is in a bundle. */
export function inputsOf({ outputs }: Metafile): string[] {
  return Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
}

/** The folders of packages of whose files something is in the bundle, sorted. */
export function packagesOf(inputs: readonly string[]): string[] {
  const folders = inputs.flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input) ?? []);
  return [...new Set(folders)].sort();
}

/**
 * Names, versions and license texts of packages.
 * @param folders as {@link packagesOf} gives them
 * @throws Error when a package neither names its license nor has its text
 */
export async function licenseTexts(folders: readonly string[]): Promise<string> {
  const sections = await Promise.all(folders.map(licenseText));
  return sections.join(`\n${'-'.repeat(80)}\n\n`);
}

async function licenseText(folder: string): Promise<string> {
  const about = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
  const names = (await readdir(folder)).filter((name) => /^(licen[cs]e|copying|notice)/i.test(name)).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  const license = typeof about['license'] === 'string' ? about['license'] : undefined;
  if (license === undefined && texts.length === 0) throw new Error(`${folder} says nothing of its license.`);
  const title = `${String(about['name'])} ${String(about['version'])} (${license ?? 'see below'})`;
  return [title, ...texts.map((text) => text.trim())].join('\n\n') + '\n';
}
