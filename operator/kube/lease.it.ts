import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { systemClock } from '../runtime/clock.ts';
import { MemoryLog } from '../runtime/log.fixtures.ts';
import { openCorner, type Corner } from './cluster.fixtures.ts';
import { LeaderElector } from './lease.ts';
import { readLease } from './lease-record.ts';
import { until } from './until.fixtures.ts';

const leases = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases' };

describe('leader election on a real cluster', () => {
  let corner: Corner;
  before(async () => {
    corner = await openCorner('lease');
  });
  const electors: LeaderElector[] = [];
  after(async () => {
    for (const elector of electors) await elector.stop();
    await corner.close();
  });

  const anElector = (identity: string, log = new MemoryLog(), name = 'operator'): LeaderElector => {
    const elector = new LeaderElector({
      api: corner.api,
      lease: { namespace: corner.namespace, name },
      identity,
      clock: systemClock,
      random: Math.random,
      log,
      leaseMs: 2_000,
      renewWithinMs: 1_500,
      retryMs: 200,
    });
    electors.push(elector);
    return elector;
  };

  it('has one leader, renews, and hands over at once when the leader stops', async () => {
    const log = new MemoryLog();
    const a = anElector('a', log);
    a.start();
    await until('a leads', () => a.mayWrite());
    const b = anElector('b', log);
    b.start();
    const key = { namespace: corner.namespace, name: 'operator' };
    const first = readLease((await corner.api.get(leases, key))!);
    await until(
      'a renews',
      async () => readLease((await corner.api.get(leases, key))!).renewTime > first.renewTime,
    );
    assert.deepEqual([a.mayWrite(), b.mayWrite()], [true, false]);
    await a.stop();
    await until('b leads', () => b.mayWrite(), 1_500);
    const { holder, transitions } = readLease((await corner.api.get(leases, key))!);
    assert.deepEqual({ holder, transitions }, { holder: 'b', transitions: 1 });
    await b.stop();
    assert.deepEqual(log.at('warn'), []);
  });

  it('fences a leader that was stopped in its sleep and woke after another one had been elected', async () => {
    const name = 'fenced';
    const child = fork(new URL('./lease-holder.fixtures.ts', import.meta.url), [corner.namespace, name]);
    const said: boolean[] = [];
    child.on('message', (mayWrite) => said.push(mayWrite === true));
    try {
      await until('the child leads', () => said.at(-1));
      child.kill('SIGSTOP');
      const other = anElector('other', new MemoryLog(), name);
      other.start();
      await until('the other one leads', () => other.mayWrite());
      const before = said.length;
      child.kill('SIGCONT');
      await until('the child has been awake for a while', () => said.length > before + 30);
      assert.deepEqual(
        said.slice(before).filter((mayWrite) => mayWrite),
        [],
      );
      assert.equal(other.mayWrite(), true);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
