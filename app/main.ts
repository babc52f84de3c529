/** The composition root of the worker, and the only file that reads the process. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { Logger } from 'pino';
import manifest from '../package.json' with { type: 'json' };
import { parseConfig } from './config/config.ts';
import type { WorkerConfig } from './config/config.ts';
import { inWords } from './config/security.ts';
import { kafkaJs } from './kafka/client.ts';
import { credentialsOf } from './kafka/credentials.ts';
import type { Kafka } from './kafka/port.ts';
import { createActuator } from './ops/actuator.ts';
import { systemClock } from './ops/clock.ts';
import { credentialMetrics } from './ops/credential-metrics.ts';
import { createJournal, createLogger, type Journal } from './ops/logger.ts';
import { createMetrics } from './ops/metrics.ts';
import { Vitals } from './ops/vitals.ts';
import type { PumpEvent } from './pump/events.ts';
import { Worker } from './pump/worker.ts';

/** `EX_CONFIG` of sysexits.h. */
const badConfig = 78;
const gaveUp = 1;
/** Stopping must fit into what a platform grants. Orders in flight are served again by the next worker, so none is lost by leaving. */
const stopMs = 2_800;

const build = {
  version: process.env['BARISTA_VERSION'] ?? manifest.version,
  revision: process.env['BARISTA_GIT_REVISION'] ?? '',
};

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, resolve);
  });
}

function addressOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function kafkaOf({ brokers, security, group, codec }: WorkerConfig, journal: Journal): Kafka {
  const clock = systemClock;
  return kafkaJs({ brokers, security, readFile: readFileSync, group, clock, codec, log: journal.client });
}

function stopOnSignals(worker: Worker, log: Logger): void {
  const stop = (signal: string): void => {
    log.info({ signal }, 'Stopping: finishing the batch in flight');
    worker.stop();
    setTimeout(() => {
      log.warn('Stopped before the batch in flight was finished: its orders will be served again');
      process.exit(0);
    }, stopMs).unref();
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

function leaveWhenUnexpected(log: Logger): void {
  process.on('unhandledRejection', (error) => {
    log.fatal(
      { error: String(error) },
      'Something went wrong that nobody expected: leaving, to be started again',
    );
    process.exit(gaveUp);
  });
}

async function run(config: WorkerConfig): Promise<number> {
  const clock = systemClock;
  const log = createLogger(config, { write: (line) => process.stdout.write(line) });
  const journal = createJournal(log, clock);
  const metrics = createMetrics(config, build);
  const { registry } = metrics;
  credentialMetrics(registry, () => credentialsOf(config.security, readFileSync, clock.now() / 1000));
  const vitals = new Vitals(clock, config.brokers);
  const report = (event: PumpEvent): void => {
    vitals.observe(event);
    metrics.record(event);
    journal.record(event);
  };
  const kafka = kafkaOf(config, journal);
  const worker = new Worker({ config, kafka, clock, report });

  stopOnSignals(worker, log);
  // Asked from the first moment on, also while there is no Kafka.
  const server = createServer(createActuator({ config, build, vitals, registry, orders: worker, log }));
  try {
    await listen(server, config.port);
  } catch (error) {
    log.fatal({ port: config.port, error: String(error) }, 'Cannot listen on server.port: give another one');
    return gaveUp;
  }
  const { brokers, group, topics, delivery, badOrders } = config;
  log.info(
    {
      ...build,
      brokers,
      security: inWords(config.security),
      group,
      topics,
      delivery,
      badOrders,
      port: addressOf(server),
    },
    'Barista starts',
  );

  leaveWhenUnexpected(log);
  const outcome = await worker.run();
  server.close();
  if (outcome === 'stopped') {
    log.info('Stopped');
    return 0;
  }
  log.fatal(
    { error: outcome.message },
    'The Kafka client broke again and again: leaving, to be started again',
  );
  return gaveUp;
}

async function main(): Promise<number> {
  const { env } = process;
  const springApplicationJson = env['SPRING_APPLICATION_JSON'];
  const result = parseConfig({ args: process.argv.slice(2), springApplicationJson, env });
  if (result.ok) return run(result.config);
  for (const problem of result.problems) process.stderr.write(`${problem}\n`);
  return badConfig;
}

// kafkajs may still hold sockets and timers, so the process is ended rather than left to end.
process.exit(await main());
