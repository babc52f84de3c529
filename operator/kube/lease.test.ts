import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FakeClock, turns } from '../runtime/clock.fixtures.ts';
import { MemoryLog } from '../runtime/log.fixtures.ts';
import { LeaderElector } from './lease.ts';
import { microTime, readLease } from './lease-record.ts';
import { MemoryKube } from './memory.ts';
import { KubeError, type KubeApi } from './port.ts';

const leases = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  status: false,
};
const lease = { namespace: 'barista', name: 'operator' };

/** What the network does to a call: nothing, or it is lost before it arrives, or its answer is lost or late, or it hangs. */
type Fault = 'none' | 'before' | 'after' | 'late' | 'hang';

const lateMs = 6_000;

/** An API whose calls meet a fault. */
function faulty(api: KubeApi, clock: FakeClock, fault: () => Fault): KubeApi {
  const meet = async <T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T> => {
    const met = fault();
    if (met === 'before') throw new KubeError('transient', 'connection refused');
    if (met === 'hang') await aborted(signal);
    const answer = await call();
    if (met === 'late') await new Promise<void>((resolve) => clock.after(lateMs, resolve));
    if (met === 'after') throw new KubeError('transient', 'connection reset');
    return answer;
  };
  return {
    get: (kind, key, signal) => meet(() => api.get(kind, key), signal),
    create: (kind, namespace, body, signal) => meet(() => api.create(kind, namespace, body), signal),
    replace: (kind, key, body, signal) => meet(() => api.replace(kind, key, body), signal),
    patch: (kind, key, body, signal) => meet(() => api.patch(kind, key, body), signal),
    patchStatus: (kind, key, body, signal) => meet(() => api.patchStatus(kind, key, body), signal),
  };
}

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(new KubeError('transient', 'cancelled')));
  });
}

class Replica {
  readonly clock = new FakeClock();
  readonly log = new MemoryLog();
  readonly elector: LeaderElector;
  fault: Fault = 'none';
  terms: AbortSignal[] = [];

  constructor(api: KubeApi, identity: string) {
    const { clock, log } = this;
    this.elector = new LeaderElector({
      api: faulty(api, clock, () => this.fault),
      lease,
      identity,
      clock,
      log,
      random: () => 0,
    });
    this.elector.onElected(({ lost }) => this.terms.push(lost));
  }

  async start(): Promise<this> {
    this.elector.start();
    await turns();
    return this;
  }

  get leads(): boolean {
    return this.elector.mayWrite();
  }
}

function aCluster(): MemoryKube {
  return new MemoryKube([leases], new FakeClock());
}

/** Time passes for all of them, second by second. */
async function pass(seconds: number, ...replicas: readonly Replica[]): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    for (const { clock } of replicas) await clock.advance(1_000);
  }
}

describe('a leader elector', () => {
  it('takes a lease that nobody has, writes it as Kubernetes wants it, and renews it', async () => {
    const api = aCluster();
    const a = await new Replica(api, 'a').start();
    assert.equal(a.leads, true);
    const first = (await api.get(leases, lease))!;
    assert.deepEqual(first.spec, {
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:00.000000Z',
      leaseTransitions: 0,
    });
    await pass(60, a);
    assert.equal(a.leads, true);
    assert.equal(a.terms.length, 1);
    const later = readLease((await api.get(leases, lease))!);
    assert.equal(later.renewTime, '2026-01-01T00:01:00.000000Z');
    assert.equal(later.acquireTime, '2026-01-01T00:00:00.000000Z');
    await a.elector.stop();
  });

  it('leaves the lease to who has it, and takes it when that one is gone for its duration', async () => {
    const api = aCluster();
    const a = await new Replica(api, 'a').start();
    const b = await new Replica(api, 'b').start();
    await pass(30, a, b);
    assert.deepEqual([a.leads, b.leads], [true, false]);
    a.fault = 'before';
    await pass(10, a, b);
    assert.deepEqual([a.leads, b.leads], [false, false]);
    assert.ok(a.terms[0]!.aborted);
    await pass(8, a, b);
    assert.deepEqual([a.leads, b.leads], [false, true]);
    assert.equal(readLease((await api.get(leases, lease))!).transitions, 1);
    a.fault = 'none';
    await pass(60, a, b);
    assert.deepEqual([a.leads, b.leads], [false, true]);
    await Promise.all([a.elector.stop(), b.elector.stop()]);
  });

  it('gives the lease back when it stops, so that another one need not wait', async () => {
    const api = aCluster();
    const a = await new Replica(api, 'a').start();
    const b = await new Replica(api, 'b').start();
    await a.elector.stop();
    assert.equal(a.leads, false);
    assert.ok(a.terms[0]!.aborted);
    await pass(2, b);
    assert.equal(b.leads, true);
    await b.elector.stop();
    assert.equal(a.clock.pending + b.clock.pending, 0);
  });

  it('may not write once it was stopped for longer than it may lead, though no timer has fired yet', async () => {
    const api = aCluster();
    const a = await new Replica(api, 'a').start();
    a.clock.freeze(9_999);
    assert.equal(a.leads, true);
    a.clock.freeze(1);
    assert.equal(a.leads, false);
    await a.clock.advance(0);
    assert.ok(a.terms[0]!.aborted);
    await a.elector.stop();
  });

  it('leads for another term when it was away and nobody took the lease', async () => {
    const api = aCluster();
    const a = await new Replica(api, 'a').start();
    a.clock.freeze(600_000);
    await a.clock.advance(2_000);
    assert.equal(a.leads, true);
    assert.deepEqual(
      a.terms.map((term) => term.aborted),
      [true, false],
    );
    await a.elector.stop();
  });

  it('leads on when the answer to a renewal is lost', async () => {
    const api = aCluster();
    const a = await new Replica(api, 'a').start();
    a.fault = 'after';
    await pass(2, a);
    a.fault = 'none';
    await pass(30, a);
    assert.equal(a.leads, true);
    assert.equal(a.terms.length, 1);
    await a.elector.stop();
  });

  it('counts its time from when a renewal was sent, not from when its answer came', async () => {
    const api = aCluster();
    const a = await new Replica(api, 'a').start();
    a.fault = 'late';
    await pass(8, a);
    a.fault = 'before';
    await pass(3, a);
    assert.equal(a.leads, true);
    await pass(1, a);
    assert.equal(a.leads, false);
    await a.elector.stop();
  });

  it('ends its term in time when a renewal hangs', async () => {
    const api = aCluster();
    const a = await new Replica(api, 'a').start();
    a.fault = 'hang';
    await pass(9, a);
    assert.equal(a.terms[0]!.aborted, false);
    await pass(1, a);
    assert.ok(a.terms[0]!.aborted);
    a.fault = 'none';
    await pass(20, a);
    assert.equal(a.leads, true);
    await a.elector.stop();
  });

  it('ends its term at once when somebody else holds the lease', async () => {
    const api = aCluster();
    const a = await new Replica(api, 'a').start();
    await api.patch(leases, lease, { spec: { holderIdentity: 'somebody' } });
    await pass(2, a);
    assert.equal(a.leads, false);
    assert.match(String(a.terms[0]!.reason), /somebody has taken it/);
    await a.elector.stop();
    assert.equal(readLease((await api.get(leases, lease))!).holder, 'somebody');
  });

  it('makes the lease anew when it is deleted', async () => {
    const api = aCluster();
    const a = await new Replica(api, 'a').start();
    api.delete(leases, lease);
    await pass(4, a);
    assert.equal(a.leads, true);
    assert.equal(readLease((await api.get(leases, lease))!).holder, 'a');
    await a.elector.stop();
  });

  it('does not care about jumps of the wall clock', async () => {
    const api = aCluster();
    const a = await new Replica(api, 'a').start();
    const b = await new Replica(api, 'b').start();
    b.clock.setWall(Date.UTC(2030, 0, 1));
    await pass(20, a, b);
    a.clock.setWall(0);
    await pass(20, a, b);
    assert.deepEqual([a.leads, b.leads], [true, false]);
    await Promise.all([a.elector.stop(), b.elector.stop()]);
  });

  it('writes times with six digits', () => {
    assert.equal(microTime(Date.UTC(2026, 10, 23, 1, 2, 3, 45)), '2026-11-23T01:02:03.045000Z');
  });
});

interface Phase {
  readonly frozen: readonly boolean[];
  readonly faults: readonly Fault[];
  readonly lasts: number;
}

describe('whatever happens to the replicas and the network', () => {
  const faults = fc.constantFrom<Fault>('none', 'none', 'none', 'before', 'after', 'late', 'hang');
  const aPhase: fc.Arbitrary<Phase> = fc.record({
    frozen: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
    faults: fc.array(faults, { minLength: 3, maxLength: 3 }),
    lasts: fc.integer({ min: 1, max: 12 }),
  });

  /** A second passes for the replicas one after the other; those that are frozen do not notice. */
  const second = async (frozen: readonly boolean[], replicas: readonly Replica[]): Promise<void> => {
    for (const [index, { clock }] of replicas.entries()) {
      if (frozen[index] === true) clock.freeze(1_000);
      else await clock.advance(1_000);
      assert.ok(replicas.filter(({ leads }) => leads).length <= 1, 'two may write');
    }
  };
  const live = async ({ frozen, faults: met, lasts }: Phase, replicas: readonly Replica[]): Promise<void> => {
    replicas.forEach((replica, index) => (replica.fault = met[index]!));
    for (let passed = 0; passed < lasts; passed += 1) await second(frozen, replicas);
  };

  it('never two may write, and in the end one does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(aPhase, { maxLength: 12 }), async (phases) => {
        const api = aCluster();
        const replicas = ['a', 'b', 'c'].map((identity) => new Replica(api, identity));
        await Promise.all(replicas.map((replica) => replica.start()));
        for (const phase of phases) await live(phase, replicas);
        for (const replica of replicas) replica.fault = 'none';
        await pass(40, ...replicas);
        assert.equal(replicas.filter(({ leads }) => leads).length, 1);
        await Promise.all(replicas.map(({ elector }) => elector.stop()));
      }),
      { numRuns: 40 },
    );
  });
});
