/** Images and uris, taken apart: SCDF takes an app's version from them. */

/** What comes before the version, and the version. */
export interface Versioned {
  readonly repository: string;
  readonly version: string;
}

/** `registry/repo:tag` and `registry/repo@sha256:hex`; without either the tag is `latest`, as everywhere. */
export function splitImage(image: string): Versioned {
  const digest = image.indexOf('@sha256:');
  if (digest >= 0)
    return { repository: image.slice(0, digest), version: image.slice(digest + '@sha256:'.length) };
  const colon = image.lastIndexOf(':');
  if (colon <= image.lastIndexOf('/')) return { repository: image, version: 'latest' };
  return { repository: image.slice(0, colon), version: image.slice(colon + 1) };
}

/**
 * The version in a uri of SCDF: `docker:`, `maven:` or a jar. Both `docker:x` and `docker://x` name the image x. A uri that keeps to
 * no rule (SCDF takes any) has none.
 */
export function versionOf(uri: string): string | undefined {
  const docker = /^docker:(?:\/\/)?(.+)$/.exec(uri);
  if (docker?.[1] !== undefined) return splitImage(docker[1]).version;
  const maven = /^maven:(?:\/\/)?.+:([^:]+)$/.exec(uri);
  if (maven !== null) return maven[1];
  return /\/[^/]*?-(\d[^/]*)\.jar$/.exec(uri)?.[1];
}

/**
 * All of a uri but the last occurrence of its version: what SCDF compares when a name gets another version. So for it `docker:x:1`,
 * `docker:x@sha256:1` and `docker://x:1` are three repositories, although they are one image's.
 */
export function repositoryOf(uri: string, version = versionOf(uri)): string {
  const at = version === undefined ? -1 : uri.lastIndexOf(version);
  return version === undefined || at < 0 ? uri : uri.slice(0, at) + uri.slice(at + version.length);
}

/** The image, with the tag that it has when it names none. */
export function withTag(image: string): string {
  return /[:@][^/]*$/.test(image) ? image : `${image}:latest`;
}

/** The uri with its tag written out: SCDF fails on a version that the uri does not contain. */
export function withVersion(uri: string): string {
  const docker = /^(docker:(?:\/\/)?)(.+)$/.exec(uri);
  return docker?.[1] === undefined || docker[2] === undefined ? uri : docker[1] + withTag(docker[2]);
}

/** The same image or artifact in another version, e.g. another tag of a docker uri. */
export function atVersion(uri: string, version: string): string {
  return uri.replace(/:[^:/]+$/, `:${version}`);
}
