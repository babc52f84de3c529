import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { MemoryLog } from '../runtime/log.fixtures.ts';
import { OpsServer } from './http.ts';
import { createRegistry } from './metrics.ts';

describe('the server for health and metrics', () => {
  let log: MemoryLog;
  let problem: string | undefined;
  let server: OpsServer;
  beforeEach(async () => {
    log = new MemoryLog();
    problem = undefined;
    server = new OpsServer({
      live: { loop: () => undefined },
      ready: { watches: () => problem, leader: () => undefined },
      registry: createRegistry('0.1.0', false),
      log,
      port: 0,
      host: '127.0.0.1',
    });
    await server.start();
  });
  afterEach(() => server.stop());

  const get = async (path: string): Promise<{ status: number; text: string }> => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
    return { status: response.status, text: await response.text() };
  };

  it('passes when all checks pass', async () => {
    assert.deepEqual(await get('/healthz'), { status: 200, text: '[+]loop ok\nhealthz check passed\n' });
    assert.equal((await get('/readyz')).status, 200);
    assert.deepEqual(log.lines, []);
  });

  it('says which check fails but not why; why is logged, once', async () => {
    problem = 'cannot list pods: GET https://10.0.0.1:6443 answered 403';
    const { status, text } = await get('/readyz');
    assert.equal(status, 500);
    assert.equal(text, '[-]watches failed: reason withheld\n[+]leader ok\nreadyz check failed\n');
    await get('/readyz');
    assert.deepEqual(
      log.lines.map(({ level, fields }) => [level, fields['reason']]),
      [['warn', problem]],
    );
    problem = undefined;
    assert.equal((await get('/readyz')).status, 200);
    assert.deepEqual(log.lines.at(-1)?.message, 'a health check passes again');
  });

  it('answers for a single check', async () => {
    problem = 'no';
    assert.equal((await get('/readyz/watches')).status, 500);
    assert.equal((await get('/readyz/leader')).status, 200);
  });

  it('fails a check that throws', async () => {
    const throwing = new OpsServer({
      live: {
        loop: () => {
          throw new Error('a bug');
        },
      },
      ready: {},
      registry: createRegistry('0.1.0', false),
      log,
      port: 0,
      host: '127.0.0.1',
    });
    await throwing.start();
    const response = await fetch(`http://127.0.0.1:${throwing.port}/healthz`);
    assert.equal(response.status, 500);
    await throwing.stop();
    assert.match(String(log.at('warn')[0]?.fields['reason']), /a bug/);
  });

  it('gives the metrics, and says what there is for anything else', async () => {
    const { status, text } = await get('/metrics');
    assert.equal(status, 200);
    assert.match(text, /^barista_build_info\{version="0\.1\.0"\} 1$/m);
    assert.deepEqual(await get('/'), {
      status: 404,
      text: 'not found; there are /healthz, /readyz and /metrics\n',
    });
  });

  it('says so when its port is taken', async () => {
    const registry = createRegistry('0.1.0', false);
    const second = new OpsServer({
      live: {},
      ready: {},
      registry,
      log,
      port: server.port,
      host: '127.0.0.1',
    });
    await assert.rejects(async () => second.start(), /cannot listen on port \d+: .*choose another one/);
    await second.stop();
  });

  it('gives the metrics to those whom the guard lets in, on every way to them, and health to everybody', async () => {
    const refusal = { status: 401, text: 'no' } as const;
    const guarded = new OpsServer({
      live: {},
      ready: {},
      registry: createRegistry('0.1.0', false),
      guard: async (authorization) => (authorization === 'Bearer good' ? undefined : refusal),
      log,
      port: 0,
      host: '127.0.0.1',
    });
    await guarded.start();
    const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
      fetch(`http://127.0.0.1:${guarded.port}${path}`, { headers, method });
    try {
      for (const path of ['/metrics', '/metrics/', '/METRICS', '/metrics?x=1', '/%6detrics', '//metrics'])
        assert.doesNotMatch(await (await ask(path)).text(), /barista_build_info/, path);
      const refused = await ask('/metrics', { authorization: 'Bearer bad' });
      assert.deepEqual([refused.status, await refused.text()], [401, 'no\n']);
      assert.equal(refused.headers.get('www-authenticate'), 'Bearer');
      assert.equal((await ask('/metrics', {}, 'HEAD')).status, 401);
      assert.match(
        await (await ask('/metrics', { authorization: 'Bearer good' })).text(),
        /barista_build_info/,
      );
      for (const path of ['/healthz', '/readyz']) assert.equal((await ask(path)).status, 200);
    } finally {
      await guarded.stop();
    }
  });
});
