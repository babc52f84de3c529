/** A reason the stack could not do what was asked, in words for the person who asked. */
export class StackFailure extends Error {
  override readonly name = 'StackFailure';
}

/** What went wrong in one line, whatever was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
