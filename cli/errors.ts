/** What a person is told in place of a stack trace: what happened, to what, and what to do. */
export class CliError extends Error {
  override readonly name = 'CliError';
}
