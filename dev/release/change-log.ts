/** Reads CHANGELOG.md, which has the form of keepachangelog.com: pure. */

export interface Section {
  readonly version: string;
  /** `2026-11-28`. */
  readonly date: string;
  /** What stands below the heading, without white space around it. */
  readonly body: string;
}

/** What was released, the newest first. What is under `## [Unreleased]` is not among it. */
export function sections(changeLog: string): readonly Section[] {
  return changeLog.split(/^## /m).flatMap((part) => {
    const [, version, date, body] = /^\[([^\]\s]+)\] - (\d{4}-\d{2}-\d{2})\n([^]*)$/.exec(part) ?? [];
    if (version === undefined || date === undefined || body === undefined) return [];
    return [{ version, date, body: body.trim() }];
  });
}
