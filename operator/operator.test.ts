import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from './config/config.ts';
import { parseServers } from './config/servers.ts';
import { connectPlain } from './kube/connection.ts';
import { operator } from './operator.ts';
import { FakeClock } from './runtime/clock.fixtures.ts';
import { MemoryLog } from './runtime/log.fixtures.ts';

/** The parts of an operator that is never started. */
function partsOf(servers: string): string[] {
  const config = parseConfig({ BARISTA_WORKER_IMAGE: 'barista/worker:1' });
  const parsed = parseServers(servers);
  assert.ok('ok' in config && 'ok' in parsed);
  const connection = connectPlain(new URL('http://127.0.0.1:1'));
  const parts = operator({
    config: config.ok,
    servers: parsed.ok,
    connection,
    instance: 'test',
    version: '1',
    clock: new FakeClock(),
    random: () => 0,
    log: new MemoryLog(),
    onLost: () => undefined,
  });
  connection.close();
  return parts.map(({ name }) => name);
}

const watches = (names: readonly string[]) => names.filter((name) => name.startsWith('watch of'));

test('workloads are watched, before the pipelines', () => {
  const watched = ['watch of deployments', 'watch of pods', 'watch of baristapipelines'];
  assert.deepEqual(watches(partsOf('servers: [{name: a, url: "http://a"}]')), watched);
});

test('no workload is watched when that of no server is, so that no right on pods is needed', () => {
  const servers = 'servers: [{name: a, url: "http://a", watchWorkloads: false}]';
  assert.deepEqual(watches(partsOf(servers)), ['watch of baristapipelines']);
});

test('when it stops, turns end first, then the last events are written, and only then the lease is given back', () => {
  const stops = partsOf('servers: [{name: a, url: "http://a"}]').reverse();
  assert.deepEqual(stops.slice(0, 3), ['controller', 'events', 'leader election']);
});
