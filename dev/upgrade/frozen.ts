/** What each release's people have in their clusters: copies of its CRD and its samples, in a folder of its version. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';

const crd = 'crds/baristapipelines.yaml';
const samples = 'manifests/samples';

export interface Frozen {
  readonly version: string;
  /** The text of its CRD. */
  readonly crd: string;
  /** Its samples by the names of their files, each the text of one resource. */
  readonly samples: ReadonlyMap<string, string>;
}

const folderOf = (root: string, version: string): string => join(root, 'dev', 'upgrade', version);

/** All that are kept, the oldest first. */
export function frozen(root: string): readonly Frozen[] {
  const entries = readdirSync(join(root, 'dev', 'upgrade'), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort((one, other) => one.localeCompare(other, 'en', { numeric: true }))
    .map((version) => {
      const folder = folderOf(root, version);
      const read = (name: string) => readFileSync(join(folder, 'samples', name), 'utf8');
      const names = readdirSync(join(folder, 'samples')).sort();
      return {
        version,
        crd: readFileSync(join(folder, basename(crd)), 'utf8'),
        samples: new Map(names.map((name) => [name, read(name)])),
      };
    });
}

/** Keeps the CRD and the samples of the tree as those of a version. */
export function freeze(root: string, version: string): void {
  const folder = folderOf(root, version);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(join(root, crd), join(folder, basename(crd)));
  cpSync(join(root, samples), join(folder, 'samples'), { recursive: true });
}

/** The files of the tree that are not kept for a version, or not as they are. */
export function notFrozen(root: string, version: string): readonly string[] {
  const folder = folderOf(root, version);
  const wanted = [
    [crd, basename(crd)] as const,
    ...readdirSync(join(root, samples)).map((name) => [join(samples, name), join('samples', name)] as const),
  ];
  return wanted.flatMap(([file, copy]) => {
    const isSame =
      existsSync(join(folder, copy)) &&
      readFileSync(join(folder, copy), 'utf8') === readFileSync(join(root, file), 'utf8');
    return isSame ? [] : [file];
  });
}
