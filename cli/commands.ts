/** All commands but the larger ones, which have folders of their own. */
import { annotations, type Condition } from '../operator/api/types.ts';
import type { Arguments } from './arguments.ts';
import { CliError } from './errors.ts';
import { pipelineOf, readyOf, RESOURCE, selectorOf, streamsOf, type Pipeline } from './pipeline.ts';
import type { World } from './terminal.ts';
import { podsOf } from './tree/command.ts';

type Command = (args: Arguments, world: World) => Promise<number>;

/** The logs of all pods of a stream, or of all streams, each line with its pod. */
export const logs: Command = async (args, { kubectl }) => {
  const [name = '', role] = args.words;
  const selector = selectorOf(streamsOf(await pipelineOf(kubectl, name), role));
  const namespaces = new Set((await podsOf(kubectl, selector)).map(({ namespace }) => namespace));
  const [namespace, other] = namespaces;
  if (namespace === undefined)
    throw new CliError(`No pod runs for it: kubectl barista tree ${name} says how the streams are.`);
  if (other !== undefined)
    throw new CliError(`Its pods are in several namespaces (${[...namespaces].join(', ')}): name a role.`);
  const more = args.is('follow') ? ['--follow', '--max-log-requests=50'] : [];
  const tail = args.text('tail') ?? '20';
  // SCDF decides where the pods are.
  return kubectl.in(namespace).pass(['logs', '--selector', selector, '--prefix', `--tail=${tail}`, ...more]);
};

export const events: Command = async (args, { kubectl }) => {
  const [name = ''] = args.words;
  await pipelineOf(kubectl, name);
  return kubectl.pass(['events', `--for=${RESOURCE}/${name}`, ...(args.is('watch') ? ['--watch'] : [])]);
};

async function annotate(world: World, name: string, annotation: string): Promise<void> {
  await world.kubectl.output(['annotate', RESOURCE, name, '--overwrite', annotation]);
}

export const pause: Command = async (args, world) => {
  const [name = ''] = args.words;
  await annotate(world, name, `${annotations.paused}=true`);
  world.write(`Pipeline ${name} is paused: the operator looks away until kubectl barista resume ${name}.\n`);
  return 0;
};

export const resume: Command = async (args, world) => {
  const [name = ''] = args.words;
  await annotate(world, name, `${annotations.paused}-`);
  world.write(`Pipeline ${name} is looked after again.\n`);
  return 0;
};

const lookMs = 500;
const patienceMs = 60_000;

export const reconcile: Command = async (args, world) => {
  const [name = ''] = args.words;
  const stamp = new Date(world.now()).toISOString();
  await annotate(world, name, `${annotations.reconcileRequestedAt}=${stamp}`);
  const handled = await waitFor(world, name, (it) => it.status?.lastHandledReconcileAt === stamp);
  const ready = handled === undefined ? await whyNot(world, name) : readyOf(handled);
  world.write(`${ready?.reason ?? 'Unseen'}: ${ready?.message ?? ''}\n`);
  return ready?.status === 'True' ? 0 : 1;
};

/** A look that has failed is not done with, and Ready says why; a pipeline that is well was not looked at. */
async function whyNot({ kubectl }: World, name: string): Promise<Condition> {
  const ready = readyOf(await pipelineOf(kubectl, name));
  if (ready !== undefined && ready.status !== 'True') return ready;
  throw new CliError(
    `The operator has not looked at ${name} within a minute: does it run, and is the pipeline paused?`,
  );
}

async function waitFor(
  { kubectl, now, sleep }: World,
  name: string,
  is: (pipeline: Pipeline) => boolean,
): Promise<Pipeline | undefined> {
  const deadline = now() + patienceMs;
  for (;;) {
    const pipeline = await pipelineOf(kubectl, name);
    if (is(pipeline)) return pipeline;
    if (now() > deadline) return undefined;
    await sleep(lookMs);
  }
}

function become(state: 'Stopped' | 'Running', says: (name: string) => string): Command {
  return async (args, { kubectl, write }) => {
    const [name = ''] = args.words;
    const patch = JSON.stringify({ spec: { state } });
    await kubectl.output(['patch', RESOURCE, name, '--type=merge', `--patch=${patch}`]);
    write(`${says(name)}\n`);
    return 0;
  };
}

export const stop = become(
  'Stopped',
  (name) => `Pipeline ${name} stops: its streams are undeployed and stay defined, and orders wait.`,
);
export const start = become(
  'Running',
  (name) => `Pipeline ${name} starts: kubectl barista tree ${name} -w follows it.`,
);
