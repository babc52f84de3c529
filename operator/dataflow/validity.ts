/** For how long certificates and tokens are good: pure. */
import { X509Certificate } from 'node:crypto';

/** Seconds since the epoch. */
export interface Validity {
  /** Undefined when it does not say. */
  readonly from?: number;
  readonly until: number;
}

/**
 * That of the certificates in a PEM file: of those that are good still the one that ends first; when none is, the one that ended last, since in a bundle old
 * authorities may stay beside the new. Undefined when no certificate can be read.
 * @param nowSeconds since the epoch
 */
export function validityOfCertificates(pem: string, nowSeconds: number): Validity | undefined {
  const found = (pem.match(/-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/g) ?? [])
    .flatMap(readCertificate)
    .sort((a, b) => a.until - b.until);
  return found.find(({ until }) => until > nowSeconds) ?? found.at(-1);
}

function readCertificate(pem: string): readonly Validity[] {
  try {
    const { validFrom, validTo } = new X509Certificate(pem);
    return [{ from: Date.parse(validFrom) / 1000, until: Date.parse(validTo) / 1000 }];
  } catch {
    return [];
  }
}

/** What a JWT (RFC 7519) says of itself; undefined for a token that is none, or does not say. Its signature is not looked at. */
export function validityOfToken(token: string): Validity | undefined {
  const [, payload, signature] = token.trim().split('.');
  if (payload === undefined || signature === undefined) return undefined;
  const { exp: until, nbf, iat: from = nbf } = claimsOf(payload);
  if (typeof until !== 'number') return undefined;
  return typeof from === 'number' ? { from, until } : { until };
}

function claimsOf(payload: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(Buffer.from(payload, 'base64url').toString())) as Record<string, unknown>;
  } catch {
    return {};
  }
}
