import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { makeAuthority, type Authority } from '../dataflow/certificates.fixtures.ts';
import { FakeClock } from '../runtime/clock.fixtures.ts';
import { MemoryLog } from '../runtime/log.fixtures.ts';
import { until } from '../kube/until.fixtures.ts';
import { OpsServer } from './http.ts';
import { RotatingKeyPair } from './key-pair.ts';
import { createRegistry } from './metrics.ts';

describe('the port for metrics and health with TLS', () => {
  let folder: string;
  let first: Authority;
  let second: Authority;
  let certFile: string;
  let keyFile: string;
  let clock: FakeClock;
  let log: MemoryLog;
  let server: OpsServer;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'barista-ops-tls-'));
    certFile = join(folder, 'tls.crt');
    keyFile = join(folder, 'tls.key');
    [first, second] = [makeAuthority(folder, 'first'), makeAuthority(folder, 'second')];
  });
  after(() => rmSync(folder, { recursive: true }));

  const write = ({ server: pair }: Authority): void => {
    writeFileSync(certFile, pair.cert);
    writeFileSync(keyFile, pair.key);
  };
  beforeEach(() => {
    write(first);
    clock = new FakeClock();
    log = new MemoryLog();
    server = new OpsServer({
      live: {},
      ready: {},
      registry: createRegistry('0.1.0', false),
      keyPair: new RotatingKeyPair({ certFile, keyFile, clock, log }),
      log,
      port: 0,
      host: '127.0.0.1',
    });
  });
  afterEach(() => server.stop());

  /** On a connection of its own. */
  const get = (path: string, { ca }: Authority): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const request = https.get(
        { host: '127.0.0.1', port: server.port, path, ca, agent: false },
        (answer) => {
          answer.resume();
          answer.once('end', () => resolve(answer.statusCode));
        },
      );
      request.once('error', reject);
    });
  const isTrusted = (authority: Authority) =>
    get('/healthz', authority).then(
      () => true,
      () => false,
    );

  it('answers all of it in cipher, and nothing in the clear', async () => {
    await server.start();
    for (const path of ['/metrics', '/healthz', '/readyz']) assert.equal(await get(path, first), 200);
    assert.equal(await isTrusted(second), false);
    await assert.rejects(fetch(`http://127.0.0.1:${server.port}/metrics`));
  });

  it('follows files that are renewed, without a restart', async () => {
    await server.start();
    write(second);
    await clock.advance(5_000);
    await until('the new certificate', () => isTrusted(second));
    assert.equal(await isTrusted(first), false);
    assert.deepEqual(
      log.lines.map(({ level }) => level),
      ['info'],
    );
  });

  it('stays as it is while the files do not fit each other, says so once, and takes up what fits', async () => {
    await server.start();
    writeFileSync(certFile, second.server.cert);
    await clock.advance(5_000);
    const line = await until('a line', () => log.at('error')[0]);
    assert.match(line.message, /the former one stays in force/);
    assert.match(String(line.fields['err']), /are no certificate with its key .*: give both as PEM/);
    assert.equal(await isTrusted(first), true);
    await clock.advance(5_000);
    writeFileSync(keyFile, second.server.key);
    await until('the new certificate', async () => {
      await clock.advance(5_000);
      return isTrusted(second);
    });
    assert.equal(log.at('error').length, 1);
  });

  it('does not start without a certificate, and the sentence names the file', async () => {
    rmSync(keyFile);
    await assert.rejects(server.start(), { message: `the file ${keyFile} cannot be read (ENOENT)` });
  });

  it('does not start with a key that is none, and does not print it', async () => {
    writeFileSync(keyFile, 'canary');
    await assert.rejects(server.start(), (error: Error) => {
      return error.message.includes('give both as PEM') && !error.message.includes('canary');
    });
  });
});
