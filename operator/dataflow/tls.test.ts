import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { FakeClock } from '../runtime/clock.fixtures.ts';
import { RotatingFile } from '../runtime/files.ts';
import { makeAuthority, type Authority } from './certificates.fixtures.ts';
import { HttpDataflow } from './http.ts';
import { json, serve, serveTokens, type Loopback } from './loopback.fixtures.ts';
import { OAuth2Tokens } from './oauth2.ts';

/** Two of one name, as when an authority gets another key, and one of another name. */
let first: Authority;
let second: Authority;
let other: Authority;
let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'barista-tls-'));
  [first, second, other] = (['barista', 'barista', 'other'] as const).map((name, index) => {
    return makeAuthority(mkdtempSync(join(folder, `${index}-`)), name);
  }) as [Authority, Authority, Authority];
});
after(() => rmSync(folder, { recursive: true }));

describe('a server with TLS', () => {
  let clock: FakeClock;
  let caFile: string;
  let open: { close(): void }[];

  beforeEach(() => {
    clock = new FakeClock();
    caFile = join(folder, 'ca.crt');
    rmSync(caFile, { force: true });
    open = [];
  });
  afterEach(() => {
    for (const it of open) it.close();
  });

  const platforms = (_: unknown, response: ServerResponse) => json(response, []);
  const serving = async ({ server }: Authority): Promise<Loopback> => {
    const loopback = await serve(platforms, server);
    open.push(loopback);
    return loopback;
  };
  const clientOf = (url: string, ca?: RotatingFile): HttpDataflow => {
    const client = new HttpDataflow({
      url,
      readTimeoutMs: 2000,
      writeTimeoutMs: 2000,
      ...(ca === undefined ? {} : { ca }),
    });
    open.unshift(client);
    return client;
  };
  const withFile = () => new RotatingFile(caFile, clock);
  /** As the kubelet does: one moment the one, the next moment the other. */
  const write = (text: string): void => {
    writeFileSync(`${caFile}.new`, text);
    renameSync(`${caFile}.new`, caFile);
  };
  const trouble = async (call: Promise<unknown>): Promise<string> => {
    const error = (await call.then(
      () => assert.fail('expected an error'),
      (thrown: unknown) => thrown,
    )) as Error & { kind: string };
    assert.equal(error.kind, 'unreachable');
    return error.message.replace(/127\.0\.0\.1:\d+/, 'ADDRESS').replaceAll(caFile, 'CA');
  };

  it('is let in with its CA', async () => {
    write(first.ca);
    assert.deepEqual(await clientOf((await serving(first)).url, withFile()).platforms(), []);
  });

  it('of an unknown CA is refused, and the sentence says what to give', async () => {
    assert.equal(
      await trouble(clientOf((await serving(first)).url).platforms()),
      'The server at https://ADDRESS cannot be reached: its certificate is not signed by an authority that is known here: give its CA as caFile in the servers file.',
    );
  });

  it('of another CA is refused, and the sentence names the file, also when both have one name', async () => {
    const { url } = await serving(first);
    for (const wrong of [other, second]) {
      write(wrong.ca);
      assert.equal(
        await trouble(clientOf(url, withFile()).platforms()),
        'The server at https://ADDRESS cannot be reached: its certificate is not signed by the CA in CA: put the CA that signs it there (caFile in the servers file).',
      );
    }
  });

  it('whose certificate is for another name is refused', async () => {
    write(first.ca);
    const { url } = await serving(first);
    const message = await trouble(clientOf(url.replace('127.0.0.1', 'localhost'), withFile()).platforms());
    assert.match(message, /its certificate is for another name than its URL has\.$/);
  });

  it('is let in when the CA is replaced, without a restart', async () => {
    write(first.ca);
    const { url } = await serving(second);
    const client = clientOf(url, withFile());
    await trouble(client.platforms());
    write(second.ca);
    await clock.advance(5_000);
    assert.deepEqual(await client.platforms(), []);
  });

  it('is shut out when the CA is replaced, also on connections that it has', async () => {
    write(first.ca);
    const client = clientOf((await serving(first)).url, withFile());
    await client.platforms();
    write(second.ca);
    await clock.advance(5_000);
    await trouble(client.platforms());
  });

  it('goes on while its CA is being written, or is away for a moment', async () => {
    write(first.ca);
    const server = await serving(first);
    const client = clientOf(server.url, withFile());
    await client.platforms();
    for (const damage of [
      () => write(''),
      () => write(first.ca.slice(0, 200)),
      () => write(first.ca.replace(/[a-z]/g, '?')),
      () => rmSync(caFile),
    ]) {
      damage();
      await clock.advance(5_000);
      assert.deepEqual(await client.platforms(), []);
    }
    assert.equal(server.connections(), 1, 'over one connection');
  });

  it('says which file is missing, or is no CA, and goes on when it is there', async () => {
    const client = clientOf((await serving(first)).url, withFile());
    assert.equal(
      await trouble(client.platforms()),
      'The server at https://ADDRESS cannot be reached: the file CA cannot be read (ENOENT): mount it, or correct caFile in the servers file.',
    );
    write('hello');
    assert.equal(
      await trouble(client.platforms()),
      'The server at https://ADDRESS cannot be reached: the file CA is no CA in PEM (it has no certificate): mount it, or correct caFile in the servers file.',
    );
    write(first.ca);
    await clock.advance(5_000);
    assert.deepEqual(await client.platforms(), []);
  });

  it('may be a token endpoint, whose CA is another', async () => {
    write(first.ca);
    const secretFile = join(folder, 'secret');
    writeFileSync(secretFile, 'hunter2');
    const tokensOf = (url: string, ca: RotatingFile | undefined) =>
      new OAuth2Tokens({
        config: {
          tokenUri: url,
          clientId: 'barista',
          clientIdFile: undefined,
          clientSecretFile: secretFile,
          scopes: [],
          clientAuthenticationMethod: 'client_secret_basic',
          endpointParams: {},
          caFile: ca?.path,
        },
        ca,
        timeoutMs: 2000,
        clock,
      });
    const endpoint = await serveTokens(first.server);
    open.push(endpoint);
    assert.equal(await tokensOf(endpoint.url, withFile()).token(), 'token-1');
    await assert.rejects(tokensOf(endpoint.url, undefined).token(), /give its CA as oauth2\.caFile/);
    write(other.ca);
    await assert.rejects(
      tokensOf(endpoint.url, withFile()).token(),
      /not signed by the CA in .*ca\.crt: put the CA that signs it there \(oauth2\.caFile/,
    );
  });
});
