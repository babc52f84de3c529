/** `kubectl barista tree`: asks kubectl for a pipeline and its pods, and the workers for what they have served. */
import type { Arguments } from '../arguments.ts';
import { CliError } from '../errors.ts';
import type { Kubectl } from '../kubectl.ts';
import { pipelineOf, selectorOf } from '../pipeline.ts';
import type { World } from '../terminal.ts';
import { servedOf } from './metrics.ts';
import { podOf, type Pod, type PodObject } from './pod.ts';
import { render } from './render.ts';
import { treeOf, type Served, type Tree } from './tree.ts';

/** Between two looks at what workers have served. */
const sampleMs = 1_000;
const followMs = 2_000;
const clear = '\u001b[H\u001b[2J';

export async function tree(args: Arguments, world: World): Promise<number> {
  const [name = ''] = args.words;
  const format = args.text('output');
  if (format !== undefined && format !== 'json') throw new CliError('--output can only be json.');
  const show = (found: Tree): string =>
    format === 'json' ? `${JSON.stringify(found, null, 2)}\n` : render(found, world);
  if (!args.is('watch')) {
    world.write(show(await look(world, name)));
    return 0;
  }
  return follow(world, async () => show(await look(world, name)), format === 'json' ? inJson : inOneLine);
}

/** Until whoever reads it ends it. A first look that fails is a mistake; a later one is trouble of the cluster's, which passes. */
async function follow(
  world: World,
  lookAgain: () => Promise<string>,
  told: (trouble: string) => string,
): Promise<never> {
  let tree = await lookAgain();
  let trouble = '';
  let last = '';
  for (;;) {
    // On a terminal what was seen last stays; in a file, the same again says nothing.
    const text = world.isTerminal ? tree + trouble : trouble || tree;
    if (world.isTerminal) world.write(clear + text);
    else if (text !== last) world.write(text);
    last = text;
    await world.sleep(followMs);
    try {
      tree = await lookAgain();
      trouble = '';
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      trouble = told(error.message.split('\n')[0] ?? '');
    }
  }
}

const inOneLine = (trouble: string): string => `The cluster cannot be asked at the moment: ${trouble}\n`;
const inJson = (trouble: string): string => `${JSON.stringify({ trouble })}\n`;

async function look(world: World, name: string): Promise<Tree> {
  const { kubectl, now, sleep } = world;
  const pipeline = await pipelineOf(kubectl, name);
  const streams = pipeline.status?.streams ?? [];
  const pods = streams.length === 0 ? [] : await podsOf(kubectl, selectorOf(streams));
  const bars = new Set(streams.filter(({ role }) => role === 'bar').map((stream) => stream.name));
  const workers = pods.filter(({ stream, ready }) => ready && bars.has(stream));
  const before = await servedBy(kubectl, workers);
  const started = now();
  if (before.size > 0) await sleep(sampleMs);
  const after = before.size > 0 ? await servedBy(kubectl, workers) : before;
  const seconds = Math.max(1, now() - started) / 1000;
  return treeOf(pipeline, pods, { samples: { before, after, seconds }, now: now() });
}

/** Of all namespaces, since SCDF decides where they are; or of the pipeline's, for those who may not see the others. */
export async function podsOf(kubectl: Kubectl, selector: string): Promise<Pod[]> {
  const get = async (...where: readonly string[]): Promise<Pod[]> => {
    const text = await kubectl.output(['get', 'pods', ...where, '--selector', selector, '--output=json']);
    return (JSON.parse(text) as { items: PodObject[] }).items.map(podOf);
  };
  try {
    return await get('--all-namespaces');
  } catch (error) {
    if (!(error instanceof CliError) || !error.message.includes('orbidden')) throw error;
    return get();
  }
}

/** What cannot be asked is not known: a person may be allowed to see pods and not to reach them. */
async function servedBy(kubectl: Kubectl, workers: readonly Pod[]): Promise<Map<string, Served>> {
  const found = await Promise.all(
    workers.map(async ({ namespace, name }) => {
      const path = `/api/v1/namespaces/${namespace}/pods/${name}:8080/proxy/metrics`;
      const served = await kubectl.output(['get', '--raw', path]).then(servedOf, () => undefined);
      return served === undefined ? [] : [[`${namespace}/${name}`, served] as const];
    }),
  );
  return new Map(found.flat());
}
