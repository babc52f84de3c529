import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { OAuth2Config } from '../config/oauth2.ts';
import { until } from '../kube/until.fixtures.ts';
import { FakeClock } from '../runtime/clock.fixtures.ts';
import { HttpDataflow } from './http.ts';
import { json, serve, serveTokens, type TokenEndpoint } from './loopback.fixtures.ts';
import { OAuth2Tokens } from './oauth2.ts';
import { DataflowError } from './port.ts';
import { startSimulator, type Simulator } from './simulator/simulator.ts';
import { TokenError } from './token.ts';

const secret = 'hunter2/+ %';

let folder: string;
let clock: FakeClock;
let endpoint: TokenEndpoint;
let told: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'barista-oauth2-'));
  writeFileSync(join(folder, 'secret'), `${secret}\n`);
  clock = new FakeClock();
  endpoint = await serveTokens();
  told = [];
});
afterEach(() => {
  endpoint.close();
  rmSync(folder, { recursive: true });
});

function tokensOf(config: Partial<OAuth2Config> = {}, timeoutMs = 2000): OAuth2Tokens {
  return new OAuth2Tokens({
    config: {
      tokenUri: endpoint.url,
      clientId: 'barista',
      clientIdFile: undefined,
      clientSecretFile: join(folder, 'secret'),
      scopes: [],
      clientAuthenticationMethod: 'client_secret_basic',
      endpointParams: {},
      caFile: undefined,
      ...config,
    },
    ca: undefined,
    timeoutMs,
    clock,
    onRequest: (outcome) => told.push(outcome),
  });
}

async function refusal(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    (value) => assert.fail(`expected an error, got ${String(value)}`),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof TokenError, String(error));
  assert.doesNotMatch(error.message, /hunter2/);
  return `${error.kind}: ${error.message.replaceAll(endpoint.url, 'ENDPOINT').replaceAll(folder, 'FOLDER')}`;
}

describe('a request for a token', () => {
  it('has the client in its header, encoded as the standard says', async () => {
    assert.equal(await tokensOf({ scopes: ['dataflow.view', 'dataflow.create'] }).token(), 'token-1');
    const [request] = endpoint.requests;
    assert.equal(request?.method, 'POST');
    assert.equal(request.headers['content-type'], 'application/x-www-form-urlencoded');
    assert.deepEqual(request.form, {
      grant_type: 'client_credentials',
      scope: 'dataflow.view dataflow.create',
    });
    const [scheme, base64 = ''] = (request.headers.authorization ?? '').split(' ');
    assert.equal(scheme, 'Basic');
    assert.equal(Buffer.from(base64, 'base64').toString(), 'barista:hunter2%2F%2B+%25');
  });

  it('has the client in its form where the endpoint wants it there, and what else it wants', async () => {
    writeFileSync(join(folder, 'id'), 'barista-2\n');
    await tokensOf({
      clientId: undefined,
      clientIdFile: join(folder, 'id'),
      clientAuthenticationMethod: 'client_secret_post',
      endpointParams: { audience: 'scdf' },
    }).token();
    assert.equal(endpoint.requests[0]?.headers.authorization, undefined);
    assert.deepEqual(endpoint.requests[0]?.form, {
      audience: 'scdf',
      grant_type: 'client_credentials',
      client_id: 'barista-2',
      client_secret: secret,
    });
  });

  it('has the secret of the moment', async () => {
    endpoint.expiresIn = 10;
    const tokens = tokensOf();
    await tokens.token();
    writeFileSync(join(folder, 'secret'), 'another');
    await clock.advance(10_000);
    await tokens.token();
    const sent = Buffer.from(endpoint.requests[1]?.headers.authorization?.slice(6) ?? '', 'base64');
    assert.equal(sent.toString(), 'barista:another');
  });

  it('is made once, however many callers wait', async () => {
    const tokens = tokensOf();
    const all = await Promise.all(Array.from({ length: 50 }, () => tokens.token()));
    assert.deepEqual(new Set(all), new Set(['token-1']));
    assert.equal(endpoint.requests.length, 1);
    assert.deepEqual(told, ['success']);
  });
});

describe('a token', () => {
  it('is kept, and renewed while it still serves, a minute before its end at most', async () => {
    const tokens = tokensOf();
    await tokens.token();
    await clock.advance(3_600_000 - 60_001);
    assert.equal(await tokens.token(), 'token-1');
    assert.equal(endpoint.requests.length, 1);
    await clock.advance(1);
    assert.equal(await tokens.token(), 'token-1', 'nobody waits');
    assert.equal(await until('the next token', async () => (await tokens.token()) === 'token-2'), true);
    assert.equal(endpoint.requests.length, 2);
  });

  it('is waited for when the one before is about to expire', async () => {
    endpoint.expiresIn = '100';
    const tokens = tokensOf();
    await tokens.token();
    await clock.advance(79_999);
    assert.equal(await tokens.token(), 'token-1');
    await clock.advance(10_001);
    assert.equal(await tokens.token(), 'token-2');
  });

  it('serves to its end when the endpoint is away for a while', async () => {
    endpoint.expiresIn = 100;
    const tokens = tokensOf();
    await tokens.token();
    endpoint.answer = (response) => response.writeHead(503).end();
    await clock.advance(80_000);
    for (let call = 0; call < 5; call += 1) assert.equal(await tokens.token(), 'token-1');
    await until('the failure is told', () => told.length === 2);
    assert.deepEqual(told, ['success', 'unreachable']);
    await clock.advance(4_999);
    assert.equal(await tokens.token(), 'token-1');
    assert.equal(endpoint.requests.length, 2, 'not asked at every call');
    endpoint.answer = undefined;
    await clock.advance(1);
    assert.equal(await until('the next token', async () => (await tokens.token()) === 'token-3'), true);
  });

  it('of unknown life is renewed after five minutes', async () => {
    endpoint.expiresIn = undefined;
    const tokens = tokensOf();
    await tokens.token();
    await clock.advance(239_000);
    assert.equal(await tokens.token(), 'token-1');
    await clock.advance(61_000);
    assert.equal(await tokens.token(), 'token-2');
  });

  it('that a server refuses is renewed once, unless it is new', async () => {
    const tokens = tokensOf();
    await tokens.token();
    assert.equal(await tokens.token('token-1'), 'token-1', 'another one would be refused as well');
    await clock.advance(10_000);
    assert.deepEqual(await Promise.all([tokens.token('token-1'), tokens.token('token-1')]), [
      'token-2',
      'token-2',
    ]);
    assert.equal(await tokens.token('token-1'), 'token-2', 'somebody else has renewed it');
    assert.equal(endpoint.requests.length, 2);
  });
});

describe('an endpoint that gives no token', () => {
  const saying = (body: unknown, status: number) => (response: ServerResponse) =>
    json(response, body, status);

  for (const [what, answer, expected] of [
    [
      'does not know the client',
      saying({ error: 'invalid_client', error_description: 'Bad credentials' }, 401),
      "unauthorized: The token endpoint ENDPOINT does not know the operator's client (invalid_client: Bad credentials): check oauth2.clientId and the secret in oauth2.clientSecretFile.",
    ],
    [
      'repeats the secret',
      saying({ error: 'invalid_client', error_description: `no client with ${secret}` }, 400),
      "unauthorized: The token endpoint ENDPOINT does not know the operator's client (invalid_client: no client with ******): check oauth2.clientId and the secret in oauth2.clientSecretFile.",
    ],
    [
      'does not give the scopes',
      saying({ error: 'invalid_scope' }, 400),
      'unauthorized: The token endpoint ENDPOINT does not give the scopes (invalid_scope): check oauth2.scopes, and what the client may have.',
    ],
    [
      'has another grant for the client',
      saying({ error: 'unauthorized_client' }, 400),
      'unauthorized: The token endpoint ENDPOINT does not give the client tokens of its own (unauthorized_client): allow it the grant type client_credentials there.',
    ],
    [
      'says something else',
      saying({ error: 'invalid_request', error_description: 'audience is missing' }, 400),
      'unauthorized: The token endpoint ENDPOINT refuses the request (invalid_request: audience is missing): check oauth2 in the servers file.',
    ],
    [
      'is another page',
      (response: ServerResponse) => response.end('<html>hello</html>'),
      'unauthorized: The token endpoint ENDPOINT answers something that is no token: is oauth2.tokenUri that of one?',
    ],
    [
      'gives another kind of token',
      saying({ access_token: 't', token_type: 'mac' }, 200),
      'unauthorized: The token endpoint ENDPOINT answers something that is no token: is oauth2.tokenUri that of one?',
    ],
    [
      'is not there',
      (response: ServerResponse) => response.writeHead(404).end('nothing'),
      'unauthorized: The token endpoint ENDPOINT answers 404: is oauth2.tokenUri that of one?',
    ],
    [
      'is overloaded',
      saying({ error: 'temporarily_unavailable' }, 503),
      'unreachable: The token endpoint ENDPOINT answers 503 (temporarily_unavailable).',
    ],
    [
      'breaks off',
      (response: ServerResponse) => void response.socket?.destroy(),
      'unreachable: The token endpoint ENDPOINT cannot be reached: the connection broke before the answer came.',
    ],
  ] as const) {
    it(`because it ${what}, says so`, async () => {
      endpoint.answer = answer;
      assert.equal(await refusal(tokensOf().token()), expected);
    });
  }

  it('because it does not answer, is given up in time', async () => {
    endpoint.answer = () => undefined;
    assert.equal(
      await refusal(tokensOf({}, 60).token()),
      'unreachable: The token endpoint ENDPOINT cannot be reached: it does not answer within 0.06 s.',
    );
  });

  it('because it sends elsewhere, is not followed', async () => {
    const elsewhere = await serve((_, response) => json(response, { access_token: 't' }));
    for (const status of [302, 307, 308]) {
      endpoint.answer = (response) => response.writeHead(status, { location: elsewhere.url }).end();
      assert.match(await refusal(tokensOf().token()), new RegExp(`answers ${status}: is oauth2.tokenUri`));
    }
    elsewhere.close();
    assert.equal(elsewhere.connections(), 0);
  });

  it('is not asked again at once: all pipelines of the server come for it', async () => {
    endpoint.answer = saying({ error: 'invalid_client' }, 401);
    const tokens = tokensOf();
    for (let call = 0; call < 10; call += 1) await refusal(tokens.token());
    assert.equal(endpoint.requests.length, 1);
    endpoint.answer = undefined;
    await clock.advance(5_000);
    assert.equal(await tokens.token(), 'token-2');
  });

  it('is not asked without the secret, and the message names its file', async () => {
    writeFileSync(join(folder, 'secret'), '\n');
    assert.equal(
      await refusal(tokensOf().token()),
      'unauthorized: There is no token for the server: the file FOLDER/secret is empty. Mount it, or correct oauth2.clientSecretFile in the servers file.',
    );
    assert.equal(
      await refusal(tokensOf({ clientId: undefined, clientIdFile: join(folder, 'none') }).token()),
      'unauthorized: There is no token for the server: the file FOLDER/none cannot be read (ENOENT). Mount it, or correct oauth2.clientIdFile in the servers file.',
    );
    assert.equal(endpoint.requests.length, 0);
  });
});

describe('calls to a server with tokens from an endpoint', () => {
  let simulator: Simulator;
  let tokens: OAuth2Tokens;
  let dataflow: HttpDataflow;

  beforeEach(async () => {
    simulator = await startSimulator();
    tokens = tokensOf();
    dataflow = new HttpDataflow({
      url: simulator.url,
      readTimeoutMs: 2000,
      writeTimeoutMs: 2000,
      token: (refused) => tokens.token(refused),
    });
  });
  afterEach(async () => {
    dataflow.close();
    await simulator.down();
  });

  const app = { type: 'app', name: 'a', version: '1', uri: 'docker:x/a:1', bootVersion: '3' } as const;
  const statuses = () => simulator.received.map(({ status }) => status);

  it('are made once more with another token when the one at hand is refused, writes as well', async () => {
    simulator.settings.token = 'token-1';
    await dataflow.platforms();
    // The server's keys change: what it gave out before is worth nothing any more.
    simulator.settings.token = 'token-2';
    await clock.advance(60_000);
    await dataflow.register(app);
    assert.deepEqual(statuses(), [200, 401, 201]);
    assert.equal(endpoint.requests.length, 2);
  });

  it('are not made a third time', async () => {
    simulator.settings.token = 'none of these';
    await assert.rejects(dataflow.platforms(), { kind: 'unauthorized', status: 401 });
    await clock.advance(60_000);
    await assert.rejects(dataflow.platforms(), { kind: 'unauthorized', status: 401 });
    assert.deepEqual(statuses(), [401, 401, 401], 'the first token was new');
    assert.equal(endpoint.requests.length, 2);
  });

  it('fail in the words of the endpoint when it gives no token, and are not sent', async () => {
    endpoint.answer = (response) => json(response, { error: 'invalid_client' }, 401);
    await assert.rejects(dataflow.register(app), (error: unknown) => {
      assert.ok(error instanceof DataflowError);
      assert.equal(error.kind, 'unauthorized');
      assert.equal(error.operation, 'register app a 1');
      assert.match(error.message, /^The token endpoint .* does not know the operator's client/);
      return true;
    });
    assert.deepEqual(simulator.received, []);
  });

  it('do not wait for a token when they are given up, while others do', async () => {
    const held: ServerResponse[] = [];
    endpoint.answer = (response) => held.push(response);
    const abort = new AbortController();
    const given = dataflow.platforms(abort.signal);
    const other = dataflow.platforms();
    await until('the request has come', () => held.length === 1);
    abort.abort();
    await assert.rejects(given, { kind: 'unexpected', message: 'The call was given up.' });
    json(held[0]!, { access_token: 'late', token_type: 'Bearer' });
    assert.equal((await other).length, 1);
  });
});
