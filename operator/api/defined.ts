/** The object without its undefined fields: absent and undefined are not the same to a merge patch or a comparison. */
export function defined<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T {
  const found: Partial<T> = {};
  // A loop, since this runs for each part of each status that is read or written.
  for (const name of Object.keys(fields) as (keyof T)[]) {
    const value = fields[name];
    if (value !== undefined) found[name] = value;
  }
  return found as T;
}
