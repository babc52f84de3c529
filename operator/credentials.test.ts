import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { parseServers, type ServerConfig } from './config/servers.ts';
import { readCredentials } from './credentials.ts';
import { makeAuthority } from './dataflow/certificates.fixtures.ts';
import { validityOfCertificates, validityOfToken } from './dataflow/validity.ts';
import { credentialMetrics } from './ops/credential-metrics.ts';
import { createRegistry } from './ops/metrics.ts';

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const aToken = (claims: object): string => `${encoded({ alg: 'none' })}.${encoded(claims)}.signature`;

describe('credentials', () => {
  let folder: string;
  let ca: string;
  let until: number;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'barista-credentials-'));
    ({ ca } = makeAuthority(folder, 'ours'));
    until = Date.parse(new X509Certificate(ca).validTo) / 1000;
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  it('are good as long as the first of the certificates that are good still', () => {
    const day = 86_400;
    assert.equal(validityOfCertificates(ca, until - day)?.until, until);
    assert.equal(validityOfCertificates(ca, until - day)?.from, until - 2 * day);
    assert.equal(validityOfCertificates(`${ca}\nno certificate\n${ca}`, until + day)?.until, until);
    assert.equal(
      validityOfCertificates('-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----', 0),
      undefined,
    );
    assert.equal(validityOfCertificates('', 0), undefined);
  });

  it('are good as long as a token says', () => {
    assert.deepEqual(validityOfToken(`${aToken({ exp: 2_000, iat: 1_000 })}\n`), {
      from: 1_000,
      until: 2_000,
    });
    assert.deepEqual(validityOfToken(aToken({ exp: 2_000, nbf: 1_500 })), { from: 1_500, until: 2_000 });
    assert.deepEqual(validityOfToken(aToken({ exp: 2_000 })), { until: 2_000 });
    for (const other of ['opaque', 'a.b.c', aToken({}), aToken({ exp: 'soon' }), `${encoded(null)}.bnVsbA.x`])
      assert.equal(validityOfToken(other), undefined, other);
  });

  describe('in the metrics', () => {
    let registry: ReturnType<typeof createRegistry>;
    let servers: readonly ServerConfig[];

    beforeEach(() => {
      registry = createRegistry('0.1.0', false);
      credentialMetrics(registry, () => readCredentials(servers, { now: () => (until - 60) * 1000 }));
    });

    const configured = (...entries: object[]): readonly ServerConfig[] => {
      const parsed = parseServers(JSON.stringify({ servers: entries }));
      assert.ok('ok' in parsed, JSON.stringify(parsed));
      return parsed.ok;
    };
    const shown = async (): Promise<readonly string[]> =>
      (await registry.metrics()).split('\n').filter((line) => line.startsWith('barista_credentials_'));

    it('are those that the servers file names', async () => {
      const oauth2 = {
        tokenUri: 'https://uaa/token',
        clientId: 'me',
        clientSecretFile: '/none',
        caFile: join(folder, 'ca.crt'),
      };
      servers = configured(
        {
          name: 'a',
          url: 'https://a',
          caFile: join(folder, 'ca.crt'),
          tokenFile: file('token', aToken({ exp: 9, iat: 3 })),
        },
        { name: 'b', url: 'https://b', oauth2 },
        { name: 'c', url: 'https://c', caFile: '/none', tokenFile: file('opaque', 'opaque') },
      );
      const from = until - 2 * 86_400;
      assert.deepEqual(await shown(), [
        `barista_credentials_expiry_timestamp_seconds{server="a",kind="ca"} ${until}`,
        'barista_credentials_expiry_timestamp_seconds{server="a",kind="token"} 9',
        `barista_credentials_expiry_timestamp_seconds{server="b",kind="oauth2-ca"} ${until}`,
        `barista_credentials_issued_timestamp_seconds{server="a",kind="ca"} ${from}`,
        'barista_credentials_issued_timestamp_seconds{server="a",kind="token"} 3',
        `barista_credentials_issued_timestamp_seconds{server="b",kind="oauth2-ca"} ${from}`,
      ]);
    });

    it('are renewed with their files, and go with their servers', async () => {
      const tokenFile = file('token', aToken({ exp: 9 }));
      servers = configured({ name: 'a', url: 'https://a', tokenFile });
      assert.deepEqual(await shown(), [
        'barista_credentials_expiry_timestamp_seconds{server="a",kind="token"} 9',
      ]);
      file('token', aToken({ exp: 99 }));
      assert.deepEqual(await shown(), [
        'barista_credentials_expiry_timestamp_seconds{server="a",kind="token"} 99',
      ]);
      servers = configured({ name: 'a', url: 'https://a' });
      assert.deepEqual(await shown(), []);
    });
  });
});
