import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Registry } from 'prom-client';
import { plaintext, type Security } from '../config/security.ts';
import { credentialMetrics } from '../ops/credential-metrics.ts';
import { credentialsOf } from './credentials.ts';

const day = 86_400;
const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const aToken = (claims: object): string => `${encoded({ alg: 'none' })}.${encoded(claims)}.signature`;

describe('credentials for Kafka', () => {
  let folder: string;
  /** Good for so many days from now on. */
  const made = new Map<number, { readonly pem: string; readonly until: number }>();

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'barista-credentials-'));
    const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'key.pem'];
    for (const days of [3, 5]) {
      openssl('req', '-x509', ...newKey, '-subj', '/CN=me', '-days', String(days), '-out', 'certificate.pem');
      const pem = readFileSync(join(folder, 'certificate.pem'), 'utf8');
      made.set(days, { pem, until: Date.parse(new X509Certificate(pem).validTo) / 1000 });
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function openssl(...args: string[]): void {
    execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  }
  const of = (days: number) => made.get(days)!;
  const secured = (tls: Partial<NonNullable<Security['tls']>>, sasl?: Security['sasl']): Security => ({
    tls: { ca: undefined, identity: undefined, checkHostname: true, ...tls },
    sasl,
  });
  const at = (security: Security, now = 0) => credentialsOf(security, readFileSync, now);

  it('are none without TLS, and none when those of Node.js are trusted', () => {
    assert.deepEqual(at(plaintext), []);
    assert.deepEqual(at(secured({})), []);
  });

  it('are as good as the first authority that is good still', () => {
    const security = secured({ ca: { text: of(5).pem + of(3).pem } });
    const first = { kind: 'ca', from: of(3).until - 3 * day, until: of(3).until };
    assert.deepEqual(at(security), [first]);
    assert.equal(at(security, of(3).until + 1)[0]?.until, of(5).until);
    assert.equal(at(security, of(5).until + 1)[0]?.until, of(5).until);
  });

  it('are as good as the first of our own chain to end, also when it has ended', () => {
    const certificate = { text: of(5).pem + of(3).pem };
    const security = secured({
      identity: { kind: 'PEM', certificate, key: { text: '' }, passphrase: undefined },
    });
    assert.equal(at(security, of(3).until + 1)[0]?.until, of(3).until);
  });

  it('are read from a PKCS12 store, too', () => {
    openssl(
      'pkcs12',
      '-export',
      '-in',
      'certificate.pem',
      '-inkey',
      'key.pem',
      '-passout',
      'pass:secret',
      '-out',
      's.p12',
    );
    const store = { file: join(folder, 's.p12') };
    const found = (passphrase: string) => at(secured({ identity: { kind: 'PKCS12', store, passphrase } }));
    assert.deepEqual(found('secret'), [
      { kind: 'certificate', from: of(5).until - 5 * day, until: of(5).until },
    ]);
    assert.deepEqual(found('wrong'), []);
  });

  it('are as good as a token says, and are left out when it says nothing', () => {
    const file = join(folder, 'token');
    const security: Security = { tls: undefined, sasl: { mechanism: 'OAUTHBEARER', token: { file } } };
    assert.deepEqual(at(security), []);
    writeFileSync(file, `${aToken({ exp: 9, iat: 3 })}\n`);
    assert.deepEqual(at(security), [{ kind: 'token', from: 3, until: 9 }]);
    writeFileSync(file, 'opaque');
    assert.deepEqual(at(security), []);
  });

  it('show in the metrics, anew when they were renewed', async () => {
    const file = join(folder, 'ca.pem');
    const registry = new Registry();
    credentialMetrics(registry, () => at(secured({ ca: { file } })));
    const shown = async (): Promise<readonly string[]> =>
      (await registry.metrics()).split('\n').filter((line) => line.startsWith('barista_'));
    assert.deepEqual(await shown(), []);
    for (const days of [3, 5]) {
      writeFileSync(file, of(days).pem);
      assert.deepEqual(await shown(), [
        `barista_kafka_credentials_expiry_timestamp_seconds{kind="ca"} ${of(days).until}`,
        `barista_kafka_credentials_issued_timestamp_seconds{kind="ca"} ${of(days).until - days * day}`,
      ]);
    }
  });
});
