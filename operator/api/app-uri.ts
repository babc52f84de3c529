/** The versions that images and uris carry: SCDF takes an app's version from them. */

/** The image, with the tag that it has when it names none. */
export function withTag(image: string): string {
  return /[:@][^/]*$/.test(image) ? image : `${image}:latest`;
}

/** The uri with its tag written out: SCDF fails on a version that the uri does not contain. */
export function withVersion(uri: string): string {
  const docker = /^(docker:(?:\/\/)?)(.+)$/.exec(uri);
  return docker?.[1] === undefined || docker[2] === undefined ? uri : docker[1] + withTag(docker[2]);
}

/** The version in a uri that keeps to the rules: tag, digits of the digest, Maven version, or what the jar's name ends with. */
export function versionOf(uri: string): string | undefined {
  const jar = /^https?:.*\/[^/]*?-(\d[^/]*)\.jar$/.exec(uri);
  if (jar !== null) return jar[1];
  return /[:@](?:sha256:)?([^:@/]+)$/.exec(withVersion(uri))?.[1];
}

/** The same image or artifact in another version, e.g. another tag of a docker uri. */
export function atVersion(uri: string, version: string): string {
  return uri.replace(/:[^:/]+$/, `:${version}`);
}
