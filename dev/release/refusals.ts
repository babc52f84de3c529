/** What has to be so before a release is made. Each thing that is not is one sentence that says what to do: pure. */
import { sections } from './change-log.ts';

export interface Tree {
  readonly version: string;
  /** Lines of `git status --porcelain`: empty when the tree is as it was committed. */
  readonly status: string;
  readonly changeLog: string;
  /** Files of crds/ and manifests/samples that dev/upgrade has not got for this version, or not as they are. */
  readonly notFrozen: readonly string[];
}

export function refusals({ version, status, changeLog, notFrozen }: Tree): string[] {
  const changed = status.split('\n').filter((line) => line !== '');
  const section = sections(changeLog).find((one) => one.version === version);
  const sentences: string[] = [];
  if (changed.length > 0) {
    const more = changed.length > 3 ? ` and ${changed.length - 3} more` : '';
    const files = changed.slice(0, 3).map((line) => line.slice(3));
    sentences.push(
      `The tree is not as it was committed (${files.join(', ')}${more}): commit it or put it away, so that the release can be made again from its commit.`,
    );
  }
  if (section === undefined || section.body === '')
    sentences.push(
      `CHANGELOG.md has no section "## [${version}] - YYYY-MM-DD" with text below it: say what is new in ${version}.`,
    );
  if (notFrozen.length > 0)
    sentences.push(
      `dev/upgrade/${version} is not what is released (${notFrozen.join(', ')}): run node dev/upgrade/main.ts and commit it, so that later releases are tried with the resources of this one.`,
    );
  return sentences;
}
