import assert from 'node:assert/strict';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { until } from '../kube/until.fixtures.ts';
import { FakeClock } from '../runtime/clock.fixtures.ts';
import { Circuit } from './circuit.ts';
import { HttpDataflow, type DataflowOptions } from './http.ts';
import { DataflowError, type DataflowErrorKind } from './port.ts';
import { startSimulator, type Simulator } from './simulator/simulator.ts';

const timeouts = { readTimeoutMs: 2000, writeTimeoutMs: 2000 };
const open: { close(): unknown }[] = [];

afterEach(async () => {
  for (const it of open.splice(0)) await it.close();
});

function clientOf(url: string, options: Partial<DataflowOptions> = {}): HttpDataflow {
  const client = new HttpDataflow({ url, ...timeouts, ...options });
  open.unshift(client);
  return client;
}

async function simulated(options: Partial<DataflowOptions> = {}): Promise<[HttpDataflow, Simulator]> {
  const simulator = await startSimulator();
  open.push({ close: () => simulator.down() });
  return [clientOf(simulator.url, options), simulator];
}

/** A server that gives every request to `answer`. */
async function serving(
  answer: (path: string, response: ServerResponse, server: Server) => void,
): Promise<string> {
  const server = createServer((request, response) => answer(request.url ?? '', response, server));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const json = (response: ServerResponse, body: unknown, status = 200): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

async function errorOf(call: Promise<unknown>): Promise<DataflowError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof DataflowError, `expected a DataflowError, got ${String(error)}`);
  return error;
}

async function fails(kind: DataflowErrorKind, call: Promise<unknown>): Promise<string> {
  const { kind: found, message } = await errorOf(call);
  assert.equal(found, kind, message);
  return message;
}

describe('the network', () => {
  it('that refuses makes the server unreachable', async () => {
    const [client, simulator] = await simulated();
    await simulator.down();
    assert.match(await fails('unreachable', client.platforms()), /refused: does it run/);
    await simulator.up();
    assert.equal((await client.platforms()).length, 1);
  });

  it('that hangs is given up in time, for reads and for writes', async () => {
    const [client, simulator] = await simulated({ readTimeoutMs: 60, writeTimeoutMs: 120 });
    simulator.faults.add('any', { kind: 'hang' }, 2);
    assert.match(await fails('unreachable', client.definition('a')), /does not answer within 0.06 s/);
    assert.match(await fails('unreachable', client.destroy('a')), /does not answer within 0.12 s/);
  });

  it('that breaks before or after the deed makes the server unreachable', async () => {
    const [client, simulator] = await simulated();
    simulator.faults.add('register', { kind: 'reset' });
    simulator.faults.add('register', { kind: 'lostAnswer' });
    const app = { type: 'app', name: 'a', version: '1', uri: 'docker:x/a:1', bootVersion: '3' } as const;
    assert.match(await fails('unreachable', client.register(app)), /broke before the answer/);
    assert.equal(simulator.snapshot().apps.length, 0);
    await fails('unreachable', client.register(app));
    assert.equal(simulator.snapshot().apps.length, 1);
    assert.equal(simulator.writes().length, 2, 'writes are not repeated');
  });

  it('with a kept connection that was closed meanwhile does not matter to a read', async () => {
    let requests = 0;
    const url = await serving((_, response) => {
      requests += 1;
      // The second request on a connection finds it broken.
      if (requests === 2) response.socket?.destroy();
      else json(response, []);
    });
    const client = clientOf(url);
    await client.platforms();
    await client.platforms();
    assert.equal(requests, 3);
  });

  it('with a kept connection that was closed meanwhile fails a write, which may have arrived', async () => {
    const paths: string[] = [];
    const url = await serving((path, response) => {
      paths.push(path);
      if (paths.length === 2) response.socket?.destroy();
      else json(response, []);
    });
    const client = clientOf(url);
    await client.platforms();
    await fails('unreachable', client.undeploy('bar'));
    assert.deepEqual(paths.slice(1), ['/streams/deployments/bar']);
  });

  it('is not blamed when the caller gives up', async () => {
    const [client, simulator] = await simulated();
    simulator.faults.add('platforms', { kind: 'hang' });
    const abort = new AbortController();
    const call = client.platforms(abort.signal);
    abort.abort();
    await fails('unexpected', call);
    await fails('unexpected', client.platforms(abort.signal));
  });

  it('that is another server than SCDF says so', async () => {
    const html = await serving((_, response) => response.end('<html>hello</html>'));
    assert.match(await fails('unexpected', clientOf(html).definition('a')), /is its URL in the servers file/);
    const elsewhere = await serving((_, response) => response.writeHead(404).end('nothing here'));
    assert.match(await fails('unexpected', clientOf(elsewhere).definition('a')), /is its URL/);
    const login = await serving((_, response) => response.writeHead(302, { location: '/login' }).end());
    await fails('unexpected', clientOf(login).definition('a'));
  });
});

describe('a redirect', () => {
  it('is an error, and the address it names is never asked, whatever the call and the status', async () => {
    const elsewhere: string[] = [];
    const there = await serving((path, response) => {
      elsewhere.push(path);
      json(response, []);
    });
    for (const status of [301, 302, 303, 307, 308]) {
      const here = await serving((path, response) =>
        response.writeHead(status, { location: `${there}${path}` }).end(),
      );
      const client = clientOf(here, { token: async () => 'secret' });
      const message = await fails('unexpected', client.platforms());
      assert.match(message, new RegExp(`answers ${status}: is its URL in the servers file`));
      assert.ok(!message.includes(there), message);
      await fails('unexpected', client.deploy('a', {}));
      await fails('unexpected', client.undeploy('a'));
    }
    assert.deepEqual(elsewhere, []);
  });
});

describe('many calls at once', () => {
  it('are bounded, those on the platform more, and their time counts from when they are sent', async () => {
    const [client, simulator] = await simulated({
      places: { all: 3, slow: 2 },
      writeTimeoutMs: 1_500,
    });
    simulator.settings.latencyMs = { undeploy: 500, definition: 100 };
    let most = { inFlight: 0, waiting: 0 };
    const watch = setInterval(() => {
      const { inFlight, waiting } = client.load;
      most = { inFlight: Math.max(most.inFlight, inFlight), waiting: Math.max(most.waiting, waiting) };
    }, 5);
    // Four rounds of writes take longer than each of them may.
    const writes = Array.from({ length: 8 }, (_, n) => fails('notFound', client.undeploy(`s${n}`)));
    const reads = Array.from({ length: 3 }, (_, n) => client.definition(`s${n}`));
    await Promise.all([...writes, ...reads]);
    clearInterval(watch);
    assert.deepEqual(most, { inFlight: 3, waiting: 8 });
    assert.deepEqual(client.load, { inFlight: 0, waiting: 0 });
    const order = simulator.received.map(({ operation }) => operation);
    assert.ok(
      order.lastIndexOf('definition') < order.lastIndexOf('undeploy'),
      'reads do not wait for writes',
    );
  });

  it('that are given up in the line are never sent', async () => {
    const [client, simulator] = await simulated({ places: { all: 1, slow: 1 } });
    simulator.faults.add('platforms', { kind: 'hang' });
    const [first, second] = [new AbortController(), new AbortController()];
    const hanging = client.platforms(first.signal);
    const waiting = client.undeploy('bar', second.signal);
    await until('the first has been sent', () => simulator.received.length === 1);
    second.abort();
    assert.equal(await fails('unexpected', waiting), 'The call was given up.');
    first.abort();
    await fails('unexpected', hanging);
    assert.equal((await client.platforms()).length, 1);
    assert.equal(simulator.writes().length, 0);
  });

  it('are refused in the line when the server turns out to fail as a whole', async () => {
    const clock = new FakeClock();
    const circuit = new Circuit({ clock, random: () => 0, onChange: () => undefined });
    const [client, simulator] = await simulated({ places: { all: 5, slow: 5 }, circuit, readTimeoutMs: 100 });
    simulator.faults.add('platforms', { kind: 'hang' }, 50);
    await Promise.all(Array.from({ length: 50 }, () => fails('unreachable', client.platforms())));
    const sent = simulator.received.length;
    // The first four failures each let one more go before the fifth says that it is the server.
    assert.ok(sent >= 5 && sent <= 9, `${sent} were sent`);
    assert.deepEqual(client.load, { inFlight: 0, waiting: 0 });
  });
});

describe('answers that are not what they should be', () => {
  const bodies: readonly unknown[] = [{}, [], null, 'text', 7, { name: 5 }, { _embedded: null }];

  it('are errors, never "there is nothing"', async () => {
    for (const body of bodies) {
      const client = clientOf(await serving((_, response) => json(response, body)));
      await fails('unexpected', client.definition('a'));
      await fails('unexpected', client.deployment('a'));
      await fails('unexpected', client.runtimes(['a']));
      await fails('unexpected', client.definitions());
      await fails('unexpected', client.appVersions('app', 'a'));
      if (!Array.isArray(body)) await fails('unexpected', client.history('a'));
      if (!Array.isArray(body)) await fails('unexpected', client.platforms());
    }
  });

  it('may have fields that nobody knows, or lack some', async () => {
    const url = await serving((path, response) => {
      if (path.includes('history')) json(response, [{ name: 'a', version: '2', info: { status: null } }]);
      else if (path.includes('runtime')) {
        const instance = { instanceId: 'i', state: 'dancing', attributes: { 'container.restartCount': 'x' } };
        const instances = { _embedded: { appInstanceStatusResourceList: [instance, 5] } };
        const app = { deploymentId: 'd', name: 'n', state: 'new-state', instances };
        const applications = { _embedded: { appStatusResourceList: [app] } };
        json(response, { _embedded: { streamStatusResourceList: [{ name: 'a', applications }] } });
      } else if (path.includes('deployments')) {
        json(response, {
          streamName: 'a',
          status: 'deployed',
          deploymentProperties: '{"x": 5, "y": {"z": 1}}',
        });
      } else json(response, { name: 'a', dslText: '?', status: 'jumping', extra: 1 });
    });
    const client = clientOf(url);
    assert.deepEqual(await client.definition('a'), {
      name: 'a',
      originalDsl: '',
      dsl: '?',
      apps: undefined,
      description: '',
      state: 'unknown',
      stateDescription: '',
    });
    assert.deepEqual(await client.deployment('a'), {
      state: 'deployed',
      properties: { x: {}, y: { z: '1' } },
    });
    assert.deepEqual(await client.history('a'), [
      { version: 2, code: 'UNKNOWN', description: '', lastDeployed: undefined },
    ]);
    const runtime = (await client.runtimes(['a'])).get('a');
    assert.ok(runtime);
    assert.equal(runtime.version, undefined);
    assert.equal(runtime.apps[0]?.state, 'unknown');
    assert.equal(runtime.apps[0].instances[0]?.restarts, undefined);
  });
});

describe('requests', () => {
  it('never have a name that makes another path of theirs', async () => {
    const [client, simulator] = await simulated();
    for (const name of ['', '.', '..', 'a/b', '../..', 'a;b', 'a%2fb', 'a\\b', 'a\nb']) {
      await fails('rejected', client.destroy(name));
      await fails('rejected', client.undeploy(name));
      await fails('rejected', client.deploy(name, {}));
      await fails('rejected', client.scale('a', name, 1));
      await fails('rejected', client.unregister({ type: 'app', name, version: '1' }));
      await fails('rejected', client.unregister({ type: 'app', name: 'a', version: name }));
      await fails('rejected', client.definition(name));
    }
    assert.deepEqual(simulator.received, []);
  });

  it('carry the token of the moment', async () => {
    let token: string | undefined = 'one';
    const [client, simulator] = await simulated({ token: async () => token });
    simulator.settings.token = 'two';
    assert.match(await fails('unauthorized', client.platforms()), /credentials \(401\)/);
    token = 'two';
    assert.equal((await client.platforms()).length, 1);
    token = undefined;
    await fails('unauthorized', client.platforms());
  });

  it('are not sent without a token that should be there', async () => {
    const [client, simulator] = await simulated({
      token: () => Promise.reject(new Error('no such file: token')),
    });
    assert.match(await fails('unauthorized', client.platforms()), /no such file/);
    assert.deepEqual(simulator.received, []);
  });

  it('that write are not sent when this process may not write any more', async () => {
    let leads = true;
    const [client, simulator] = await simulated({ mayWrite: () => leads });
    const app = { type: 'app', name: 'a', version: '1', uri: 'docker:x/a:1', bootVersion: '3' } as const;
    await client.register(app);
    leads = false;
    assert.match(await fails('unexpected', client.unregister(app)), /no longer surely leads/);
    assert.equal((await client.appVersions('app', 'a')).length, 1);
    assert.equal(simulator.writes().length, 1);
  });

  it('go below the path of the URL', async () => {
    const paths: string[] = [];
    const url = await serving((path, response) => {
      paths.push(path);
      json(response, []);
    });
    await clientOf(`${url}/scdf`).platforms();
    assert.deepEqual(paths, ['/scdf/streams/deployments/platform/list']);
  });

  it('are counted with their outcome', async () => {
    const seen: string[] = [];
    const [client] = await simulated({
      onRequest: ({ operation, outcome, ms }) => {
        assert.ok(ms >= 0);
        seen.push(`${operation} ${outcome}`);
      },
    });
    await client.platforms();
    assert.equal(await client.definition('a'), undefined);
    await fails('notFound', client.undeploy('a'));
    assert.deepEqual(seen, ['platforms success', 'definition notFound', 'undeploy notFound']);
  });

  it('run over connections that are kept', async () => {
    const sockets = new Set<unknown>();
    const url = await serving((_, response) => {
      sockets.add(response.socket);
      json(response, []);
    });
    const client = clientOf(url);
    for (let call = 0; call < 10; call += 1) await client.platforms();
    assert.equal(sockets.size, 1);
  });

  it('for all definitions come page by page', async () => {
    const [client, simulator] = await simulated();
    await client.register({ type: 'app', name: 'a', version: '1', uri: 'docker:x/a:1', bootVersion: '3' });
    for (let n = 0; n < 250; n += 1) simulator.createBehind(`s${n}`, 'a');
    const found = await client.definitions();
    assert.equal(new Set(found.map(({ name }) => name)).size, 250);
    assert.equal(simulator.received.filter(({ operation }) => operation === 'definitions').length, 3);
  });
});

describe('messages', () => {
  it('name the operation and the server, without its credentials', async () => {
    const [, simulator] = await simulated();
    await simulator.down();
    const url = simulator.url.replace('://', '://me:hunter2@');
    const error = await errorOf(clientOf(url).destroy('bar'));
    assert.equal(error.operation, 'delete stream bar');
    assert.ok(error.message.includes(simulator.url), error.message);
    assert.doesNotMatch(error.message, /hunter2/);
  });
});
