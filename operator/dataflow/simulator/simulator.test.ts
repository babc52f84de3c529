import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { FakeClock } from '../../runtime/clock.fixtures.ts';
import { HttpDataflow } from '../http.ts';
import { DataflowError, type DataflowErrorKind, type NewAppRegistration } from '../port.ts';
import { measured, quick, startSimulator, type Settings, type Simulator } from './simulator.ts';

const app: NewAppRegistration = {
  type: 'app',
  name: 'barista-app',
  version: '1',
  uri: 'docker:localhost/hello:1',
  bootVersion: '3',
};
const running: Simulator[] = [];

afterEach(async () => {
  for (const simulator of running.splice(0)) await simulator.down();
});

interface Bench {
  readonly simulator: Simulator;
  readonly clock: FakeClock;
  readonly client: HttpDataflow;
}

/** With an app that is registered, and a stream `bar` of it. */
async function bench(settings: Settings = quick()): Promise<Bench> {
  const clock = new FakeClock();
  const simulator = await startSimulator({ clock, settings });
  running.push(simulator);
  const client = new HttpDataflow({ url: simulator.url, readTimeoutMs: 5000, writeTimeoutMs: 5000 });
  const { latencyMs } = settings;
  settings.latencyMs = {};
  await client.register(app);
  await client.create({ name: 'bar', definition: 'barista-app', description: 'mine' });
  settings.latencyMs = latencyMs;
  simulator.forgetRequests();
  return { simulator, clock, client };
}

async function fails(kind: DataflowErrorKind, call: Promise<unknown>): Promise<void> {
  await assert.rejects(call, (error) => error instanceof DataflowError && error.kind === kind);
}

/** Lets a call run that waits for the clock. */
async function taking<T>(clock: FakeClock, call: Promise<T>): Promise<{ value: T; ms: number }> {
  const started = clock.monotonic();
  const ended = new AbortController();
  const value = call.finally(() => ended.abort());
  // The request needs real turns of the event loop to arrive before simulated time can matter.
  while (!ended.signal.aborted) {
    await new Promise((resolve) => setImmediate(resolve));
    if (clock.pending > 0) await clock.advance(10);
  }
  return { value: await value, ms: clock.monotonic() - started };
}

describe('time in the simulator', () => {
  it('passes by the clock alone', async () => {
    const settings = { ...quick(), appearAfterMs: 200, readyAfterMs: 4000 };
    const { clock, client } = await bench(settings);
    const state = async (): Promise<unknown> => (await client.definition('bar'))?.state;
    await client.deploy('bar', {});
    assert.equal(await state(), 'undeployed', 'right after a deployment there are no pods');
    await clock.advance(200);
    assert.equal(await state(), 'deploying');
    await clock.advance(3999);
    assert.equal(await state(), 'deploying');
    await clock.advance(1);
    assert.equal(await state(), 'deployed');
  });

  it('is taken by requests as set', async () => {
    const { clock, client } = await bench({ ...quick(), latencyMs: { deploy: 300, definition: 20 } });
    assert.equal((await taking(clock, client.deploy('bar', {}))).ms, 300);
    assert.equal((await taking(clock, client.definition('bar'))).ms, 20);
  });

  it('is taken by lists for each deployed stream', async () => {
    const { clock, client, simulator } = await bench({ ...quick(), perDeployedStreamMs: 20 });
    for (const name of ['a', 'b', 'c']) {
      simulator.createBehind(name, 'barista-app');
      await client.deploy(name, {});
    }
    assert.equal((await taking(clock, client.definitions())).ms, 60);
  });

  it('is longer when more deploy at once than there is room for', async () => {
    const settings = { ...quick(), latencyMs: { deploy: 100 }, capacity: 2 };
    const { clock, client, simulator } = await bench(settings);
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (const name of names) simulator.createBehind(name, 'barista-app');
    const all = Promise.all(names.map((name) => client.deploy(name, {})));
    while (simulator.received.length < names.length) await new Promise((resolve) => setImmediate(resolve));
    assert.equal((await taking(clock, all)).ms, 300);
  });

  it('can be as measured on a real server', async () => {
    const { clock, client } = await bench(measured());
    const { ms } = await taking(clock, client.deploy('bar', {}));
    assert.equal(ms, 300);
    await clock.advance(4200);
    assert.equal((await taking(clock, client.definition('bar'))).value?.state, 'deployed');
  });
});

describe('upgrades in the simulator', () => {
  it('run beside the old version until the new one is looked at and healthy', async () => {
    const settings = { ...quick(), readyAfterMs: 1000, healthCheck: { pollMs: 5000, timeoutMs: 300_000 } };
    const { clock, client, simulator } = await bench(settings);
    await client.deploy('bar', {});
    await clock.advance(1000);
    await client.update('bar', { 'app.barista-app.size': 'L' });
    await clock.advance(4999);
    await fails('busy', client.undeploy('bar'));
    assert.deepEqual(
      simulator.workloads().map((it) => it.deploymentId),
      ['bar-barista-app-v1', 'bar-barista-app-v2'],
    );
    await clock.advance(1);
    assert.deepEqual(
      simulator.workloads().map((it) => it.deploymentId),
      ['bar-barista-app-v2'],
    );
  });

  it('fail after the health check, and leave the old version running', async () => {
    const settings = { ...quick(), healthCheck: { pollMs: 5000, timeoutMs: 300_000 } };
    settings.images.set('docker:localhost/hello:404', { kind: 'neverPulls' });
    const { clock, client, simulator } = await bench(settings);
    await client.register({ ...app, version: '404', uri: 'docker:localhost/hello:404' });
    await client.deploy('bar', {});
    await client.update('bar', { 'version.barista-app': '404' });
    await clock.advance(300_000);
    await fails('busy', client.update('bar', { 'version.barista-app': '1' }));
    await clock.advance(5000);
    assert.deepEqual(simulator.snapshot().streams[0]?.releases, [
      {
        version: 2,
        code: 'FAILED',
        description: 'Did not detect apps in replacing release as healthy after 300000 ms.',
      },
      { version: 1, code: 'DEPLOYED', description: 'Install complete' },
    ]);
    assert.deepEqual(
      simulator.workloads().map((it) => [it.deploymentId, it.state]),
      [['bar-barista-app-v1', 'deployed']],
    );
  });
});

describe('trouble in the simulator', () => {
  it('with Skipper away leaves what was created, though the answer is 500', async () => {
    const { client, simulator } = await bench();
    simulator.skipperDown();
    await fails('platformDown', client.definition('bar'));
    await fails('platformDown', client.definitions());
    await fails('platformDown', client.deploy('bar', {}));
    await fails('platformDown', client.destroy('bar'));
    await fails(
      'platformDown',
      client.create({ name: 'lonely', definition: 'barista-app', description: '' }),
    );
    assert.equal((await client.appVersions('app', 'barista-app')).length, 1);
    simulator.skipperUp();
    assert.equal((await client.definition('lonely'))?.state, 'undeployed');
  });

  it("with Skipper's database lost finds the old Deployment in the way", async () => {
    const { client, simulator } = await bench();
    await client.deploy('bar', {});
    simulator.loseSkipperDatabase();
    assert.equal((await client.definition('bar'))?.state, 'undeployed');
    await fails('leftovers', client.deploy('bar', {}));
    await client.undeploy('bar');
    await fails('leftovers', client.deploy('bar', {}));
    simulator.deleteDeployments('bar');
    await client.deploy('bar', {});
  });

  it('comes when it is asked for, in order, and so often', async () => {
    const { client, simulator } = await bench();
    simulator.faults.add('deploy', { kind: 'error', status: 503, body: '' }, 2);
    simulator.faults.add('any', { kind: 'errorAfter', status: 500, body: '' });
    await fails('unreachable', client.deploy('bar', {}));
    await fails('unreachable', client.deploy('bar', {}));
    assert.equal(simulator.workloads().length, 0);
    await fails('unexpected', client.deploy('bar', {}));
    assert.equal(simulator.workloads().length, 1);
    assert.equal((await client.definition('bar'))?.state, 'deployed');
  });

  it('of a value that SCDF cannot write comes after the deed', async () => {
    const { client, simulator } = await bench();
    await fails('rejected', client.deploy('bar', { 'app.barista-app.empty': '' }));
    assert.equal(simulator.workloads().length, 1);
  });
});

describe('what others do to the simulator', () => {
  it('undeploys, deletes, scales and creates', async () => {
    const { client, simulator } = await bench();
    await client.deploy('bar', {});
    simulator.scaleDeployment('bar-barista-app-v1', 3);
    assert.equal((await client.runtimes(['bar'])).get('bar')?.apps[0]?.instances.length, 3);
    simulator.undeployBehind('bar');
    assert.equal((await client.definition('bar'))?.state, 'undeployed');
    simulator.deleteBehind('bar');
    assert.equal(await client.definition('bar'), undefined);
    simulator.createBehind('bar', 'barista-app', 'theirs');
    assert.equal((await client.definition('bar'))?.description, 'theirs');
  });

  it('shows in no list of writes, as those of requests do', async () => {
    const { client, simulator } = await bench();
    await client.deploy('bar', { 'app.barista-app.size': 'L' });
    simulator.undeployBehind('bar');
    await fails('notFound', client.undeploy('nobody'));
    await client.definition('bar');
    assert.deepEqual(
      simulator
        .writes()
        .map(({ operation, path, content, status }) => ({ operation, path, content, status })),
      [
        {
          operation: 'deploy',
          path: '/streams/deployments/bar',
          content: { 'app.barista-app.size': 'L' },
          status: 201,
        },
        { operation: 'undeploy', path: '/streams/deployments/nobody', content: undefined, status: 404 },
      ],
    );
    assert.equal(simulator.received.length, 3);
  });
});
