/** Reading objects of which every field may be missing, or be something else. Pure. */

export type Json = Readonly<Record<string, unknown>>;

/** The value as an object; an empty one when it is none. */
export function field(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

/** The value as a list of objects; an empty one when it is none. */
export function list(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(field) : [];
}
