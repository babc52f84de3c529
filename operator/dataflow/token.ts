/** The bearer token of a server: where it comes from, and why there is none. */
import { readText } from '../runtime/files.ts';

/**
 * The token of the moment; undefined: there is no authentication.
 * @param refused a token that the server has just refused: another one is asked for, which may be the same
 * @throws TokenError
 */
export type TokenSource = (refused?: string) => Promise<string | undefined>;

/** Why there is no token, in a sentence without a secret. */
export class TokenError extends Error {
  override readonly name = 'TokenError';
  /** As of a DataflowError: `unauthorized` is for the user to mend, `unreachable` mends itself. */
  readonly kind: 'unauthorized' | 'unreachable';

  constructor(kind: TokenError['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** Read for each call, as the token may rotate. */
export function tokenFromFile(path: string): TokenSource {
  return () => readSecret(path, 'tokenFile');
}

/**
 * What a file holds, without the white space around it.
 * @param field as the servers file names it
 * @throws TokenError
 */
export async function readSecret(path: string, field: string): Promise<string> {
  try {
    return oneLine(path, (await readText(path)).trim());
  } catch (cause) {
    const why = (cause as Error).message;
    const message = `There is no token for the server: ${why}. Mount it, or correct ${field} in the servers file.`;
    throw new TokenError('unauthorized', message, { cause });
  }
}

function oneLine(path: string, secret: string): string {
  if (secret === '') throw new Error(`the file ${path} is empty`);
  // In a header it would fail, with an error that may repeat it.
  if (/[^\x20-\x7e]/.test(secret))
    throw new Error(`the file ${path} holds more than one line of plain characters`);
  return secret;
}
