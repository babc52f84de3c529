/** The composition root of the operator, and the only file that reads the process. */
import { readFileSync } from 'node:fs';
import { parseConfig, type OperatorConfig } from './config/config.ts';
import { parseServers, type ServerConfig } from './config/servers.ts';
import { KubeClient } from './kube/client.ts';
import type { Connection } from './kube/connection.ts';
import { connect, loadKubeConfig } from './kube/kube-config.ts';
import { KubeError } from './kube/port.ts';
import { RestClient } from './kube/rest.ts';
import { lookAtCrd } from './look-at-crd.ts';
import { operator } from './operator.ts';
import { createLogger, type RootLog } from './ops/logger.ts';
import { systemClock as clock } from './runtime/clock.ts';
import type { Heap } from './runtime/idle-collection.ts';
import { Runnables } from './runtime/runnables.ts';

/** `EX_CONFIG` of sysexits.h. */
const BAD_CONFIG = 78;
const VERSION = process.env['BARISTA_VERSION'] ?? '0.1.0';

function giveUp(problems: readonly string[]): never {
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  process.exit(BAD_CONFIG);
}

function readConfig(): { config: OperatorConfig; servers: readonly ServerConfig[] } {
  const config = parseConfig(process.env);
  if ('problems' in config) giveUp(config.problems);
  const file = config.ok.serversFile;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    giveUp([`The servers file ${file} cannot be read: mount it, or set BARISTA_SERVERS_FILE.`]);
  }
  const servers = parseServers(text);
  if ('problems' in servers) giveUp(servers.problems.map((problem) => `${file}: ${problem}`));
  return { config: config.ok, servers: servers.ok };
}

function readConnection(): Connection {
  try {
    return connect(loadKubeConfig(), clock);
  } catch (error) {
    giveUp([error instanceof Error ? error.message : String(error)]);
  }
}

/** The uid of kube-system is the nearest to a name that a cluster has; asked until it is known. */
async function clusterName(kube: KubeClient, log: RootLog): Promise<string> {
  for (;;) {
    try {
      const found = await kube.get(
        { group: '', version: 'v1', plural: 'namespaces' },
        { name: 'kube-system' },
      );
      if (found !== undefined) return found.metadata.uid;
      log.warn('there is no namespace kube-system: set BARISTA_INSTANCE');
    } catch (error) {
      const mayNot = error instanceof KubeError && error.kind === 'forbidden';
      const todo = mayNot ? 'set BARISTA_INSTANCE, or let the operator get that namespace' : 'will try again';
      log.warn(`the API server does not tell the uid of kube-system: ${todo}`, {
        err: error,
      });
    }
    await new Promise((resolve) => clock.after(2000, () => resolve(undefined)));
  }
}

/** What V8 lets the image's command line (--expose-gc) see of its heap. */
function heapOf(gc: typeof globalThis.gc): Heap | undefined {
  if (gc === undefined) return undefined;
  return {
    committed: () => process.memoryUsage().heapTotal,
    cpuSeconds: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    },
    // Any other flavor keeps the pages that it has emptied.
    collect: () => gc({ type: 'major', flavor: 'last-resort', execution: 'sync' }),
  };
}

async function main(): Promise<void> {
  const { config, servers } = readConfig();
  const format = config.logFormat ?? (process.stdout.isTTY ? 'text' : 'json');
  const log = createLogger({ level: config.logLevel, format });
  const connection = readConnection();
  const userAgent = `barista-operator/${VERSION}`;
  const kube = new KubeClient(new RestClient({ connection, clock, userAgent }), clock);
  const instance = config.instance ?? (await clusterName(kube, log));
  log.info('Barista starts', {
    version: VERSION,
    instance,
    servers: servers.map(({ name, url }) => `${name}=${url}`),
  });

  void lookAtCrd(kube, log, config.watchNamespaces === undefined);

  const end = async (code: number): Promise<void> => {
    const late = await runnables.stop();
    connection.close();
    process.exit(late.length > 0 ? 1 : code);
  };
  const parts = operator({
    config,
    servers,
    connection,
    instance,
    version: VERSION,
    clock,
    random: Math.random,
    log,
    heap: heapOf(globalThis.gc),
    onLost: () => void end(1),
  });
  const runnables = new Runnables(parts, { clock, log });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info('Barista stops', { signal });
      void end(0);
    });
  }
  await runnables.start();
}

await main();
