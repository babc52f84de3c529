/** Where the version stands in the tree, to read it from all places and to write it to all of them: pure but for files. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Place {
  readonly file: string;
  /** What stands before the version, the version, and what stands behind it. Matches once. */
  readonly pattern: RegExp;
}

/** The images' tags are not among them: in the tree they are `dev`, and a release puts its version in their place. */
export const places: readonly Place[] = [
  { file: 'package.json', pattern: /^( {2}"version": ")([^"]*)(")/m },
  { file: 'package-lock.json', pattern: /^( {2}"version": ")([^"]*)(")/m },
  { file: 'package-lock.json', pattern: /(\n {4}"": \{\n {6}"name": "[^"]*",\n {6}"version": ")([^"]*)(")/ },
  { file: 'manifests/chart/Chart.yaml', pattern: /^(version: )(\S*)($)/m },
  // What an operator calls itself that was not told.
  { file: 'operator/main.ts', pattern: /(process\.env\['BARISTA_VERSION'\] \?\? ')([^']*)(')/ },
];

/** As SemVer has it, without build metadata, which has no place in the tag of an image. */
const VERSION = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/;

/**
 * The version at each place, in their order.
 * @throws Error when a place does not look as it is known
 */
export function versionsIn(root: string): readonly { readonly file: string; readonly version: string }[] {
  return places.map(({ file, pattern }) => {
    const version = pattern.exec(readFileSync(join(root, file), 'utf8'))?.[2];
    if (version === undefined) throw new Error(unknownPlace(file));
    return { file, version };
  });
}

/**
 * Writes a version to all places, or to none.
 * @param version `X.Y.Z`, with `-rc.1` or the like behind it if wanted
 * @returns the files, each once
 * @throws Error when it is not a version, or a place does not look as it is known
 */
export function setVersion(root: string, version: string): readonly string[] {
  if (!VERSION.test(version))
    throw new Error(`"${version}" is not a version: give X.Y.Z, or X.Y.Z-rc.1 for one that comes before it.`);
  const texts = new Map<string, string>();
  for (const { file, pattern } of places) {
    const text = texts.get(file) ?? readFileSync(join(root, file), 'utf8');
    if (!pattern.test(text)) throw new Error(unknownPlace(file));
    texts.set(
      file,
      text.replace(pattern, (_, before: string, __, behind: string) => before + version + behind),
    );
  }
  for (const [file, text] of texts) writeFileSync(join(root, file), text);
  return [...texts.keys()];
}

const unknownPlace = (file: string): string =>
  `The version is not found in ${file}: tell dev/release/version.ts where it stands now.`;
