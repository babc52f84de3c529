/** An operator in a process of its own, for signals: its parent tells it where its lines are, and asks how much it holds. */
import { readdirSync } from 'node:fs';
import { createLogger } from '../../operator/ops/logger.ts';
import { FastClock } from './clock.ts';
import { InProcess } from './process.ts';
import type { ChildOptions, Holding } from './child-process.ts';

const { now, kube, dataflow, ...options } = JSON.parse(process.argv[2] ?? '{}') as ChildOptions;
const since = { wall: now, monotonic: performance.now() };
const operator = new InProcess({
  ...options,
  kube: new URL(kube),
  dataflow: new URL(dataflow),
  epoch: since,
  random: Math.random,
  clock: new FastClock(since),
  // Written as in a pod, and kept by nobody: what it holds is measured.
  log: createLogger({ level: 'info', format: 'json', destination: { write: () => undefined } }),
  onExit: () => process.exit(1),
});

function holding(): Holding {
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  const count = (what: string) => process.getActiveResourcesInfo().filter((it) => it === what).length;
  return {
    rss,
    heap: heapUsed,
    sockets: count('TCPSocketWrap'),
    timers: count('Timeout'),
    files: readdirSync('/proc/self/fd').length,
  };
}

process.on('message', (message: { jump?: number; ask?: true }) => {
  if (message.jump !== undefined) operator.jump(message.jump);
  if (message.ask === true) process.send?.(holding());
});
process.once('disconnect', () => process.exit(0));
