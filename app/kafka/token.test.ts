import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { after, describe, it } from 'node:test';
import { tokenFromEndpoint } from './token.ts';

type Answer = (response: ServerResponse) => void;

interface Asked {
  readonly authorization: string | undefined;
  readonly body: string;
}

async function endpoint(...answers: readonly Answer[]): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    asked.push({ authorization: request.headers.authorization, body: Buffer.concat(chunks).toString() });
    answers[asked.length - 1]?.(response);
  };
  const server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => server.close());
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/token`, asked };
}

const json =
  (status: number, body: unknown): Answer =>
  (response) =>
    void response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));

const client = { clientId: 'bar:ista', clientSecret: 'canary', scope: 'kafka' };

describe('a token', () => {
  it('is asked for as RFC 6749 has it, and held until a fifth of its life is left', async () => {
    const { url, asked } = await endpoint(
      json(200, { access_token: 'one', expires_in: 100 }),
      json(200, { access_token: 'two' }),
      json(200, { access_token: 'three' }),
    );
    let now = 0;
    const token = tokenFromEndpoint({ ...client, endpoint: url }, () => now);
    assert.equal(await token(), 'one');
    now = 79_999;
    assert.equal(await token(), 'one');
    now = 80_000;
    assert.equal(await token(), 'two');
    now += 48_000;
    assert.equal(await token(), 'three');
    assert.deepEqual(asked[0], {
      authorization: `Basic ${Buffer.from('bar%3Aista:canary').toString('base64')}`,
      body: 'grant_type=client_credentials&scope=kafka',
    });
  });

  it('that is not given is an error without a secret in it, and asked for again', async () => {
    const { url } = await endpoint(
      json(401, { error: 'invalid_client', error_description: 'no such client' }),
      (response) => response.writeHead(502).end('<html>'),
      (response) => response.destroy(),
      json(200, { access_token: 'one' }),
    );
    const token = tokenFromEndpoint({ ...client, endpoint: url }, () => 0);
    const secret = /canary/;
    for (const message of [
      /gives no token: 401, invalid_client, no such client$/,
      /no token: 502$/,
      /does not answer: /,
    ]) {
      await assert.rejects(
        token(),
        (error: Error) => message.test(error.message) && !secret.test(error.message),
      );
    }
    assert.equal(await token(), 'one');
  });
});
