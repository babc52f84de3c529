/**
 * Makes all that a release is made of in `dist/release/`, from the commit that is checked out. docs/releasing.md tells what is what.
 *
 *   node dev/release/main.ts
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Kubectl } from '../cluster/kubectl.ts';
import { Helm } from '../helm/helm.ts';
import { run } from '../stack/command.ts';
import { stackOf, type Context } from '../stack/context.ts';
import { StackFailure } from '../stack/failure.ts';
import { kubeBinaries } from '../stack/kube-binaries.ts';
import { notFrozen } from '../upgrade/frozen.ts';
import { checksums } from './archive.ts';
import { imageArchives } from './images.ts';
import { parts } from './parts.ts';
import { refusals } from './refusals.ts';
import type { Release } from './release.ts';
import { versionsIn } from './version.ts';

async function main(): Promise<void> {
  const context = stackOf();
  const { root } = context.paths;
  const version = await releasable(root);
  const dist = join(root, 'dist');
  const [folder, work] = [join(dist, 'release.unfinished'), join(dist, 'release.work')];
  for (const each of [folder, work]) {
    rmSync(each, { recursive: true, force: true });
    mkdirSync(each, { recursive: true });
  }
  const release = await releaseOf(context, { version, folder, work });
  await context.progress.step('making what is not an image', () => parts(release));
  await imageArchives(context, release);
  writeFileSync(join(folder, 'SHA256SUMS'), checksums(folder));
  const finished = join(dist, 'release');
  rmSync(finished, { recursive: true, force: true });
  renameSync(folder, finished);
  rmSync(work, { recursive: true });
  say(root, finished, release);
}

/** The version of the tree. @throws StackFailure with what keeps it from being released */
async function releasable(root: string): Promise<string> {
  const { version } = versionsIn(root)[0] ?? { version: '' };
  const sentences = refusals({
    version,
    status: await git(root, 'status', '--porcelain'),
    changeLog: readFileSync(join(root, 'CHANGELOG.md'), 'utf8'),
    notFrozen: notFrozen(root, version),
  });
  if (sentences.length > 0) throw new StackFailure(sentences.join('\n'));
  return version;
}

async function releaseOf(
  { paths, progress }: Context,
  what: Pick<Release, 'version' | 'folder' | 'work'>,
): Promise<Release> {
  const bin = await kubeBinaries(paths, progress);
  const { root } = paths;
  return {
    ...what,
    root,
    commit: (await git(root, 'rev-parse', 'HEAD')).trim(),
    epoch: Number(await git(root, 'log', '-1', '--format=%ct')),
    helm: await Helm.get(),
    kubectl: new Kubectl({ PATH: `${bin}:${process.env['PATH'] ?? ''}` }),
  };
}

const git = (root: string, ...args: readonly string[]): Promise<string> => run('git', ['-C', root, ...args]);

function say(root: string, folder: string, { version, commit, epoch }: Release): void {
  console.log(
    `Barista ${version} of commit ${commit.slice(0, 10)} (${new Date(epoch * 1000).toISOString()}):`,
  );
  for (const name of readdirSync(folder).sort()) {
    const size = (statSync(join(folder, name)).size / 1024).toFixed(0).padStart(8);
    console.log(`${size} kB  ${join(relative(root, folder), name)}`);
  }
}

try {
  await main();
} catch (error) {
  // What is not a StackFailure is a mistake of ours: only then is it of use to see where it happened.
  console.error(error instanceof StackFailure ? error.message : error);
  process.exitCode = 1;
}
