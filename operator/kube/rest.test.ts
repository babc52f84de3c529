import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { FakeClock } from '../runtime/clock.fixtures.ts';
import { connectPlain, type Connection } from './connection.ts';
import { KubeError } from './port.ts';
import { RestClient, type RestRequest } from './rest.ts';
import { failure, json, ScriptedServer, type Answer } from './scripted-server.fixtures.ts';
import { until } from './until.fixtures.ts';

describe('the REST client', () => {
  let server: ScriptedServer;
  let connection: Connection;
  let clock: FakeClock;
  let told: string[];
  let mayWrite: boolean;
  let rest: RestClient;

  beforeEach(async () => {
    server = await ScriptedServer.start();
    connection = connectPlain(server.url);
    clock = new FakeClock();
    told = [];
    mayWrite = true;
    rest = new RestClient({
      connection,
      clock,
      userAgent: 'barista-operator/0.1.0',
      mayWrite: () => mayWrite,
      metrics: {
        answered: ({ method, code }) => told.push(`${method} ${code}`),
        retried: ({ method }) => told.push(`${method} again`),
      },
    });
  });
  afterEach(async () => {
    connection.close();
    await server.stop();
    assert.equal(clock.pending, 0, 'timers are left');
  });

  const get: RestRequest = { method: 'GET', path: '/api/v1/pods' };
  const patch: RestRequest = {
    method: 'PATCH',
    path: '/api/v1/pods/a',
    body: { spec: { menu: 'Café' } },
    contentType: 'application/merge-patch+json',
  };
  const errorOf = async (request: RestRequest): Promise<KubeError> => {
    const error: unknown = await rest.json(request).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof KubeError);
    return error;
  };
  /** Answers, then closes the connection without a word, as a server does that finds it idle for too long. */
  const thenHangUp: Answer = (response, request) => {
    json(200, {})(response, request);
    response.once('finish', () => setImmediate(() => request.socket.resetAndDestroy()));
  };

  it('sends JSON with its type and length, and says who it is', async () => {
    server.script(json(200, { ok: true }));
    assert.deepEqual(await rest.json(patch), { ok: true });
    const [{ headers, body, method } = assert.fail()] = server.seen;
    assert.equal(method, 'PATCH');
    assert.equal(headers['content-type'], 'application/merge-patch+json');
    assert.equal(headers['content-length'], String(Buffer.byteLength(body)));
    assert.equal(headers['user-agent'], 'barista-operator/0.1.0');
    assert.deepEqual(JSON.parse(body), patch.body);
    assert.deepEqual(told, ['PATCH 200']);
  });

  it('keeps its connection', async () => {
    const ports = new Set<number | undefined>();
    const answer: Answer = (response, request) => {
      ports.add(request.socket.remotePort);
      json(200, {})(response, request);
    };
    server.script(answer, answer, answer);
    for (let call = 0; call < 3; call += 1) await rest.json(get);
    assert.equal(ports.size, 1);
  });

  it('throws what the server answers', async () => {
    server.script(failure(404, 'pods "a" not found'));
    const error = await errorOf(get);
    assert.deepEqual([error.kind, error.status], ['notFound', 404]);
    assert.match(error.message, /^GET \/api\/v1\/pods: the API server answered 404: pods "a" not found$/);
  });

  it('throws when the answer is not JSON, or breaks off', async () => {
    server.script(
      (response) => response.end('<html>a proxy</html>'),
      (response) => {
        response.writeHead(200, { 'Content-Length': 100 });
        response.write('{"a":');
        setTimeout(() => response.socket?.destroy(), 10);
      },
    );
    const notJson = await errorOf(get);
    assert.deepEqual(
      [notJson.kind, notJson.message],
      ['transient', "GET /api/v1/pods: the API server's answer is not JSON"],
    );
    const broken = await errorOf(get);
    assert.deepEqual([broken.kind, broken.status], ['transient', undefined]);
  });

  it('gives up after 30 s, before the headers and after them', async () => {
    server.script(
      () => undefined,
      (response) => {
        response.writeHead(200);
        response.write('{');
      },
    );
    for (const calls of [1, 2]) {
      const error = errorOf(get);
      await until('the server has it', () => server.seen.length === calls);
      await clock.advance(30_000);
      assert.match((await error).message, /no answer from the API server: it took longer than 30 s/);
    }
    assert.equal(told[0], 'GET <error>');
  });

  it('is cancelled by its caller, also before it begins', async () => {
    const abort = new AbortController();
    const error = errorOf({ ...get, signal: abort.signal });
    await until('the server has it', () => server.seen.length === 1);
    abort.abort();
    assert.match((await error).message, /the call was cancelled/);
    assert.match((await errorOf({ ...get, signal: abort.signal })).message, /the call was cancelled/);
    assert.equal(server.seen.length, 1);
  });

  it('throws when nobody listens', async () => {
    await server.stop();
    const error = await errorOf(get);
    assert.equal(error.kind, 'transient');
    assert.match(error.message, /ECONNREFUSED/);
    server = await ScriptedServer.start();
  });

  it('reads once more on a connection that the server closed while it was idle', async () => {
    const busyLoop = async (request: RestRequest): Promise<unknown> => {
      server.script(thenHangUp);
      await rest.json(get);
      server.script(json(200, { second: true }));
      return rest.json(request);
    };
    // Whether the closing is seen before the next call is a race; either way the caller must not see it.
    for (let times = 0; times < 20; times += 1) assert.deepEqual(await busyLoop(get), { second: true });
  });

  it('does not write once more on a connection that breaks: it may have happened', async () => {
    server.script(json(200, {}), (_, request) => request.socket.resetAndDestroy());
    await rest.json(get);
    assert.equal((await errorOf(patch)).kind, 'transient');
    assert.equal(server.seen.length, 2);
  });

  it('sends no write when it may not, on a new connection or on one that is there', async () => {
    mayWrite = false;
    assert.match((await errorOf(patch)).message, /no longer surely holds its lease/);
    server.script(json(200, {}));
    await rest.json(get);
    assert.match((await errorOf(patch)).message, /no longer surely holds its lease/);
    assert.deepEqual(
      server.seen.map(({ method }) => method),
      ['GET'],
    );
  });

  it('asks whether it may write after everything else, at the last moment', async () => {
    const slow: Connection = {
      ...connection,
      access: async () => {
        mayWrite = false;
        return connection.access();
      },
    };
    rest = new RestClient({ connection: slow, clock, userAgent: 'x', mayWrite: () => mayWrite });
    assert.match((await errorOf(patch)).message, /no longer surely holds its lease/);
    assert.equal(server.seen.length, 0);
  });
});
