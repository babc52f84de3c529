/** For how long what the worker shows Kafka, and trusts of it, is good: as far as it is a certificate or a token that somebody else has to renew. */
import { X509Certificate } from 'node:crypto';
import { Duplex } from 'node:stream';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { Identity, Material, Security } from '../config/security.ts';
import type { ReadFile } from './security.ts';

/** Times are seconds since the epoch. */
export interface Credential {
  readonly kind: 'ca' | 'certificate' | 'token';
  /** Undefined when it does not say. */
  readonly from?: number;
  readonly until: number;
}

type Validity = Omit<Credential, 'kind'>;

/**
 * Reads files anew, so that it sees what was renewed. What cannot be read, or does not say for how long it is good, is left out: Kafka's refusal tells of that.
 * @param nowSeconds since the epoch
 */
export function credentialsOf(
  { tls, sasl }: Security,
  readFile: ReadFile,
  nowSeconds: number,
): readonly Credential[] {
  const token = sasl?.mechanism === 'OAUTHBEARER' && 'file' in sasl.token ? sasl.token : undefined;
  return [
    ...validity('ca', () => authorities(textOf(tls?.ca, readFile), nowSeconds)),
    ...validity('certificate', () => identity(tls?.identity, readFile)),
    ...validity('token', () => claims(textOf(token, readFile))),
  ];
}

function validity(kind: Credential['kind'], read: () => Validity | undefined): readonly Credential[] {
  try {
    const found = read();
    return found === undefined ? [] : [{ kind, ...found }];
  } catch {
    return [];
  }
}

function textOf(material: Material | undefined, readFile: ReadFile): string {
  if (material === undefined) return '';
  return 'text' in material ? material.text : readFile(material.file).toString();
}

/** Of those that are good still the one that ends first; when none is, the one that ended last: in a bundle old ones may stay beside the new. */
function authorities(pem: string, nowSeconds: number): Validity | undefined {
  const found = certificates(pem);
  return found.find(({ until }) => until > nowSeconds) ?? found.at(-1);
}

/** All of a chain have to be good. */
function identity(ours: Identity | undefined, readFile: ReadFile): Validity | undefined {
  if (ours === undefined) return undefined;
  if (ours.kind === 'PEM') return certificates(textOf(ours.certificate, readFile))[0];
  const own = ownCertificate(ours, readFile);
  return own === undefined ? undefined : validityOf(own);
}

/** Node.js reads these stores for connections only, so that one is made, to nowhere. */
function ownCertificate(
  { store, passphrase }: Extract<Identity, { kind: 'PKCS12' }>,
  readFile: ReadFile,
): X509Certificate | undefined {
  const pfx = 'text' in store ? Buffer.from(store.text) : readFile(store.file);
  const secureContext = createSecureContext({ pfx, ...(passphrase === undefined ? {} : { passphrase }) });
  const nowhere = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  const socket = new TLSSocket(nowhere, { secureContext });
  try {
    return socket.getX509Certificate();
  } finally {
    socket.destroy();
  }
}

/** The one that ends first comes first. */
function certificates(pem: string): readonly Validity[] {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/g) ?? [];
  return found.map((each) => validityOf(new X509Certificate(each))).sort((a, b) => a.until - b.until);
}

function validityOf({ validFrom, validTo }: X509Certificate): Validity {
  return { from: Date.parse(validFrom) / 1000, until: Date.parse(validTo) / 1000 };
}

/** Of a JWT (RFC 7519), whose signature is not looked at. */
function claims(token: string): Validity | undefined {
  const [, payload, signature] = token.trim().split('.');
  if (payload === undefined || signature === undefined) return undefined;
  const said = Object(JSON.parse(Buffer.from(payload, 'base64url').toString())) as Record<string, unknown>;
  const { exp: until, nbf, iat: from = nbf } = said;
  if (typeof until !== 'number') return undefined;
  return typeof from === 'number' ? { from, until } : { until };
}
