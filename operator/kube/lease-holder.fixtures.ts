/** A process that wants a lease, and tells its parent again and again whether it may write: for a test to stop and wake. */
import { systemClock } from '../runtime/clock.ts';
import { MemoryLog } from '../runtime/log.fixtures.ts';
import { clientOf, connectToStack } from './cluster.fixtures.ts';
import { LeaderElector } from './lease.ts';

const [namespace = '', name = ''] = process.argv.slice(2);
const elector = new LeaderElector({
  api: clientOf(connectToStack()),
  lease: { namespace, name },
  identity: 'child',
  clock: systemClock,
  random: Math.random,
  log: new MemoryLog(),
  leaseMs: 2_000,
  renewWithinMs: 1_500,
  retryMs: 200,
});
elector.start();
setInterval(() => process.send?.(elector.mayWrite()), 20);
