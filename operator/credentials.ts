/** For how long the credentials of the SCDF servers are good: those in files, which somebody else has to renew. */
import type { ServerConfig } from './config/servers.ts';
import { validityOfCertificates, validityOfToken, type Validity } from './dataflow/validity.ts';
import type { Clock } from './runtime/clock.ts';
import { readText } from './runtime/files.ts';

export interface Credential extends Validity {
  readonly server: string;
  readonly kind: 'ca' | 'token' | 'oauth2-ca';
}

/**
 * Reads the files anew, so that it sees what was renewed. A file that cannot be read, or does not say for how long it is good, is left out: calls to the
 * server tell of those.
 */
export async function readCredentials(
  servers: readonly ServerConfig[],
  clock: Pick<Clock, 'now'>,
): Promise<readonly Credential[]> {
  const certificates = (text: string) => validityOfCertificates(text, clock.now() / 1000);
  const found = await Promise.all(
    servers.flatMap(({ name: server, caFile, tokenFile, oauth2 }) => [
      read({ server, kind: 'ca' }, caFile, certificates),
      read({ server, kind: 'token' }, tokenFile, validityOfToken),
      read({ server, kind: 'oauth2-ca' }, oauth2?.caFile, certificates),
    ]),
  );
  return found.flat();
}

async function read(
  labels: Pick<Credential, 'server' | 'kind'>,
  file: string | undefined,
  validityOf: (text: string) => Validity | undefined,
): Promise<readonly Credential[]> {
  const text = file === undefined ? undefined : await readText(file).catch(() => undefined);
  const validity = text === undefined ? undefined : validityOf(text);
  return validity === undefined ? [] : [{ ...labels, ...validity }];
}
