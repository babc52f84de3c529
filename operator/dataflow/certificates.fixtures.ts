/** Certificates for servers of tests, made with openssl. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Authority {
  /** PEM. */
  readonly ca: string;
  /** Of a server at the address. */
  readonly server: { readonly cert: string; readonly key: string };
}

/**
 * @param name Two authorities of one name in two folders have different keys.
 * @param names what the server may be called besides its address
 */
export function makeAuthority(
  folder: string,
  name: string,
  address = '127.0.0.1',
  names: readonly string[] = [],
): Authority {
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout'];
  openssl('req', '-x509', ...newKey, 'ca.key', '-subj', `/CN=${name}`, '-days', '2', '-out', 'ca.crt');
  openssl('req', ...newKey, 'server.key', '-subj', '/CN=server', '-out', 'server.csr');
  const called = [`IP:${address}`, ...names.map((it) => `DNS:${it}`)];
  writeFileSync(join(folder, 'ext'), `subjectAltName=${called.join()}\n`);
  const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'ext'];
  openssl('x509', '-req', '-in', 'server.csr', ...signed, '-out', 'server.crt');
  const text = (file: string): string => readFileSync(join(folder, file), 'utf8');
  return { ca: text('ca.crt'), server: { cert: text('server.crt'), key: text('server.key') } };
}
