import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { parseServers, type ServerConfig } from './config/servers.ts';
import { json, serveTokens } from './dataflow/loopback.fixtures.ts';
import { startSimulator, type Simulator } from './dataflow/simulator/simulator.ts';
import { until } from './kube/until.fixtures.ts';
import { FakeClock } from './runtime/clock.fixtures.ts';
import { Servers } from './servers.ts';

describe('the servers', () => {
  let clock: FakeClock;
  let simulators: Simulator[];
  let told: string[];

  beforeEach(async () => {
    clock = new FakeClock();
    told = [];
    simulators = [await startSimulator(), await startSimulator()];
  });
  afterEach(async () => {
    for (const simulator of simulators) await simulator.down();
  });

  const a = () => ({ name: 'a', url: simulators[0]!.url });
  const b = () => ({ name: 'b', url: simulators[1]!.url });
  const configOf = (...servers: object[]): readonly ServerConfig[] => {
    const parsed = parseServers(JSON.stringify({ servers }));
    assert.ok('ok' in parsed, JSON.stringify(parsed));
    return parsed.ok;
  };
  const connect = (...servers: object[]): Servers =>
    new Servers(configOf(...servers), {
      clock,
      random: () => 0,
      mayWrite: () => true,
      onRequest: (server, { operation, outcome }) => told.push(`${server} ${operation} ${outcome}`),
      onCircuit: (server, isOpen) => told.push(`${server} ${isOpen ? 'opens' : 'closes'}`),
      onConnected: (server) => told.push(`${server} connected`),
      onGone: (server) => told.push(`${server} gone`),
    });

  it('are those that the configuration names, each with its own address', async () => {
    const servers = connect(a(), b());
    assert.deepEqual(servers.names(), ['a', 'b']);
    assert.equal(servers.get('c'), undefined);
    await servers.get('b')?.dataflow.platforms();
    assert.equal(simulators[0]!.received.length, 0);
    assert.equal(simulators[1]!.received.length, 1);
    assert.deepEqual(told, ['a connected', 'b connected', 'b platforms success']);
  });

  it('come and go with the configuration, and what is the same stays as it is', async () => {
    const servers = connect(a());
    const before = servers.get('a');
    assert.deepEqual(servers.take(configOf(a(), b())), { added: ['b'], changed: [], removed: [] });
    assert.equal(servers.get('a'), before);
    assert.deepEqual(servers.take(configOf(b())), { added: [], changed: [], removed: ['a'] });
    assert.equal(servers.get('a'), undefined);
    assert.deepEqual(servers.names(), ['b']);
    assert.deepEqual(told, ['a connected', 'b connected', 'a gone']);
    assert.deepEqual(servers.take(configOf(b())), { added: [], changed: [], removed: [] });
  });

  it('keep their connections and their circuit when only what pipelines do there changes', async () => {
    const servers = connect(a());
    await simulators[0]!.down();
    for (let call = 0; call < 5; call += 1) await assert.rejects(servers.get('a')!.dataflow.platforms());
    const { dataflow, registry } = servers.get('a')!;
    const changes = servers.take(configOf({ ...a(), platform: 'k8s', namespace: 'streams' }));
    assert.deepEqual(changes, { added: [], changed: ['a'], removed: [] });
    assert.equal(servers.get('a')?.config.platform, 'k8s');
    assert.equal(servers.get('a')?.dataflow, dataflow);
    assert.equal(servers.get('a')?.registry, registry);
    await simulators[0]!.up();
    await assert.rejects(dataflow.platforms(), { kind: 'unreachable' });
    assert.equal(simulators[0]!.received.length, 0, 'the circuit is open still');
  });

  it('with another address are asked there, while calls under way come to their end', async () => {
    const servers = connect(a());
    const old = servers.get('a')!;
    simulators[0]!.settings.latencyMs = { platforms: 100 };
    const underWay = old.dataflow.platforms();
    await until('the call is under way', () => simulators[0]!.received.length === 1);
    const changes = servers.take(configOf({ ...a(), url: simulators[1]!.url }));
    assert.deepEqual(changes, { added: [], changed: ['a'], removed: [] });
    await servers.get('a')!.dataflow.platforms();
    assert.equal((await underWay).length, 1);
    // A turn that has begun there goes on there.
    assert.equal((await old.dataflow.platforms()).length, 1);
    assert.deepEqual([simulators[0]!.received.length, simulators[1]!.received.length], [2, 1]);
    assert.deepEqual(told, ['a connected', 'a connected', 'a platforms success'], 'the new one is counted');
  });

  it('begin with a closed circuit when their way changes', async () => {
    const servers = connect({ ...a(), url: 'http://127.0.0.1:1' });
    for (let call = 0; call < 6; call += 1) await assert.rejects(servers.get('a')!.dataflow.platforms());
    assert.deepEqual(
      told.filter((line) => !line.includes('platforms')),
      ['a connected', 'a opens'],
    );
    servers.take(configOf(a()));
    assert.equal((await servers.get('a')!.dataflow.platforms()).length, 1);
    assert.deepEqual(told.slice(-2), ['a connected', 'a platforms success']);
  });

  it('share one line of registrations when two names stand for one address', () => {
    const servers = connect(a(), { ...a(), name: 'alias', platform: 'other' }, b());
    assert.equal(servers.get('alias')?.registry, servers.get('a')?.registry);
    assert.notEqual(servers.get('b')?.registry, servers.get('a')?.registry);
  });

  it('tell how many calls there are to each', async () => {
    const servers = connect({ ...a(), concurrency: 1 }, b());
    simulators[0]!.settings.latencyMs = { platforms: 50 };
    const calls = [1, 2, 3].map(() => servers.get('a')!.dataflow.platforms());
    await until('the first is under way', () => simulators[0]!.received.length === 1);
    assert.deepEqual(servers.load(), [
      { server: 'a', inFlight: 1, waiting: 2 },
      { server: 'b', inFlight: 0, waiting: 0 },
    ]);
    await Promise.all(calls);
  });
});

describe('credentials of the servers', () => {
  let folder: string;
  let simulator: Simulator;
  const told: string[] = [];
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'barista-servers-'));
    simulator = await startSimulator();
    told.length = 0;
  });
  afterEach(async () => {
    await simulator.down();
    rmSync(folder, { recursive: true });
  });
  const connect = (server: object): Servers => {
    const parsed = parseServers(JSON.stringify({ servers: [{ name: 'a', url: simulator.url, ...server }] }));
    assert.ok('ok' in parsed, JSON.stringify(parsed));
    return new Servers(parsed.ok, {
      clock: new FakeClock(),
      random: () => 0,
      mayWrite: () => true,
      onRequest: (_, { operation, outcome }) => told.push(`${operation} ${outcome}`),
      onCircuit: () => undefined,
      onConnected: () => undefined,
      onGone: () => undefined,
    });
  };

  it('are read from the token file for each call', async () => {
    const tokenFile = join(folder, 'token');
    const { dataflow } = connect({ tokenFile }).get('a')!;
    simulator.settings.token = 'one';
    await assert.rejects(dataflow.platforms(), {
      kind: 'unauthorized',
      message: `There is no token for the server: the file ${tokenFile} cannot be read (ENOENT). Mount it, or correct tokenFile in the servers file.`,
    });
    writeFileSync(tokenFile, 'one\n');
    await dataflow.platforms();
    simulator.settings.token = 'two';
    writeFileSync(tokenFile, 'two\n');
    await dataflow.platforms();
    writeFileSync(tokenFile, 'two\nlines');
    await assert.rejects(dataflow.platforms(), /holds more than one line of plain characters/);
  });

  it('are got from the token endpoint, and its requests are counted', async () => {
    const endpoint = await serveTokens();
    const clientSecretFile = join(folder, 'secret');
    writeFileSync(clientSecretFile, 'hunter2');
    const oauth2 = { tokenUri: endpoint.url, clientId: 'barista', clientSecretFile };
    const { dataflow } = connect({ oauth2 }).get('a')!;
    simulator.settings.token = 'token-1';
    await dataflow.platforms();
    await dataflow.platforms();
    assert.deepEqual(told, ['token success', 'platforms success', 'platforms success']);
    endpoint.answer = (response) => json(response, { error: 'invalid_client' }, 401);
    await assert.rejects(connect({ oauth2 }).get('a')!.dataflow.platforms(), { kind: 'unauthorized' });
    assert.deepEqual(told.slice(3), ['token unauthorized', 'platforms unauthorized']);
    endpoint.close();
  });
});
