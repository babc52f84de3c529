/** An SCDF server that is asked from here, and to which nothing is written. */
import type { ServerConfig } from '../operator/config/servers.ts';
import { HttpDataflow } from '../operator/dataflow/http.ts';
import { DataflowError } from '../operator/dataflow/port.ts';
import { hide } from '../operator/dataflow/secrets.ts';
import { tokenFromFile } from '../operator/dataflow/token.ts';
import { systemClock } from '../operator/runtime/clock.ts';
import { RotatingFile } from '../operator/runtime/files.ts';
import type { Arguments } from './arguments.ts';
import { CliError } from './errors.ts';

export interface ServerAt {
  readonly url: string;
  /** For pipelines that name none. */
  readonly platform: string;
  readonly wantsToken: boolean;
}

export function wantsToken({ tokenFile, oauth2 }: ServerConfig): boolean {
  return tokenFile !== undefined || oauth2 !== undefined;
}

/** With `--token-file` and `--ca-file`. @throws CliError when it wants a token and none is given */
export function connect(
  { url, wantsToken: wants }: Omit<ServerAt, 'platform'>,
  args: Arguments,
): HttpDataflow {
  const tokenFile = args.text('token-file');
  const caFile = args.text('ca-file');
  if (wants && tokenFile === undefined)
    throw new CliError(`The server at ${url} wants a token, which only the operator has: give --token-file.`);
  return new HttpDataflow({
    url,
    readTimeoutMs: 20_000,
    writeTimeoutMs: 20_000,
    // Whatever comes of it: from here nothing is changed.
    mayWrite: () => false,
    ...(tokenFile === undefined ? {} : { token: tokenFromFile(tokenFile) }),
    ...(caFile === undefined ? {} : { ca: new RotatingFile(caFile, systemClock) }),
  });
}

/** What a person is told of a call that failed; any other error as it is. */
export function sentence(error: unknown, url: string, secrets: readonly string[]): unknown {
  if (!(error instanceof DataflowError)) return error;
  return new CliError(hide(`${error.message} (${url}; --server names another address of it)`, secrets));
}
