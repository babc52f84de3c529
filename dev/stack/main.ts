/**
 * The real stack on this machine: Kubernetes, Kafka and SCDF. README.md tells how it works.
 *
 *   node dev/stack/main.ts up | down | status | build
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stackOf, type Context } from './context.ts';
import { attempt } from './command.ts';
import { dataflowReady } from './dataflow.ts';
import { down } from './down.ts';
import { broughtAlong, envFile, type Endpoints } from './env-file.ts';
import { reasonOf, StackFailure } from './failure.ts';
import { locked } from './lock.ts';
import { onPath, thisMachine } from './machine.ts';
import { installPackages } from './packages.ts';
import { complaints } from './preflight.ts';
import { duration } from './progress.ts';
import { build, endpointsOf, up } from './up.ts';

type Command = (context: Context, theirs: Endpoints | undefined) => Promise<void>;

const commands: Readonly<Record<string, Command>> = {
  async up(context, theirs) {
    if (theirs !== undefined) {
      await useTheirs(context, theirs);
      return;
    }
    const started = performance.now();
    await checkMachine(context);
    await exclusively(context, async () => {
      await installPackages(context);
      await up(context);
    });
    console.log(`The stack is up (${duration(performance.now() - started)}). To use it: . .stack/env`);
  },
  async down(context, theirs) {
    if (theirs !== undefined) {
      forgetTheirs(context, theirs);
      console.log('KUBECONFIG, DATAFLOW_URI and KAFKA_BROKERS are yours: nothing of them was touched.');
      console.log(
        'What the demo has installed there goes by: kubectl delete bp recipe; kubectl delete -k .stack/install',
      );
      return;
    }
    await exclusively(context, () => down(context));
    console.log('The stack is down.');
  },
  async status(context) {
    const parts = context.parts.status();
    for (const { name, state, pid, log } of parts) {
      console.log(`${name.padEnd(26)}${state.padEnd(10)}${String(pid ?? '-').padEnd(10)}${log}`);
    }
    if (parts.length === 0) console.log('The stack is not up: make stack-up starts it.');
    if (parts.length === 0 || parts.some(({ state }) => state !== 'running')) process.exitCode = 1;
    await Promise.resolve();
  },
  async build(context) {
    await checkMachine(context, true);
    await exclusively(context, async () => {
      await installPackages(context);
      await build(context);
    });
  },
};

/** @param anyPorts whether it does not matter who listens where, since nothing will be started */
async function checkMachine(context: Context, anyPorts = false): Promise<void> {
  const machine = await thisMachine(context, process.env['PATH'] ?? '');
  const sentences = complaints(anyPorts ? { ...machine, taken: [] } : machine);
  if (sentences.length > 0) throw new StackFailure(sentences.join('\n'));
}

const exclusively = ({ paths, progress }: Context, work: () => Promise<void>): Promise<void> =>
  locked(join(paths.stack, 'lock'), progress, work);

async function useTheirs({ paths }: Context, theirs: Endpoints): Promise<void> {
  const missing = ['kubectl', 'kcat'].filter((name) => !onPath(name, process.env['PATH'] ?? ''));
  if (missing.length > 0) {
    throw new StackFailure(
      `${missing.join(' and ')} must be on PATH to use your own cluster and Kafka: install ${missing.length === 1 ? 'it' : 'them'}, then run this again.`,
    );
  }
  const silent = await silentOf(theirs);
  if (silent !== undefined) {
    throw new StackFailure(
      `KUBECONFIG, DATAFLOW_URI and KAFKA_BROKERS are set, but ${silent} does not answer. ` +
        'Start what they name, or unset them to use a stack of this machine.',
    );
  }
  mkdirSync(paths.stack, { recursive: true });
  writeFileSync(paths.env, envFile(theirs));
  console.log(
    'KUBECONFIG, DATAFLOW_URI and KAFKA_BROKERS are set: they are used, and nothing is started here.',
  );
}

/** The first part of the user's own that cannot be reached from here. */
async function silentOf({ kubeconfig, dataflow, kafka }: Endpoints): Promise<string | undefined> {
  const readyz = ['--kubeconfig', kubeconfig, '--request-timeout=10s', 'get', '--raw', '/readyz'];
  if ((await attempt('kubectl', readyz)).code !== 0) return `the cluster of ${kubeconfig}`;
  if ((await attempt('kcat', ['-L', '-b', kafka, '-m', '10'])).code !== 0) return `Kafka at ${kafka}`;
  return (await dataflowReady(dataflow)) ? undefined : `SCDF at ${dataflow}`;
}

/** Removes the file that `up` wrote for them, but not one that a stack of our own has written. */
function forgetTheirs({ paths }: Context, theirs: Endpoints): void {
  if (existsSync(paths.env) && readFileSync(paths.env, 'utf8') === envFile(theirs)) rmSync(paths.env);
}

async function main(name: string | undefined): Promise<void> {
  const command = commands[name ?? ''];
  if (command === undefined) {
    throw new StackFailure(`Say what to do: ${Object.keys(commands).join(' | ')}.`);
  }
  const context = stackOf();
  await command(context, broughtAlong(process.env, endpointsOf(context, undefined)));
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    console.error('Interrupted: run it again to go on, or make stack-down to remove what there is.');
    process.exit(130);
  });
}

try {
  await main(process.argv[2]);
} catch (error) {
  // What is not a StackFailure is a mistake of ours: only then is it of use to see where it happened.
  console.error(error instanceof StackFailure ? error.message : error);
  if (!(error instanceof StackFailure)) console.error(`Please report this: ${reasonOf(error)}`);
  process.exitCode = 1;
}
