/** `kubectl barista diff`: what the operator would do with a pipeline, or with a file that is not applied yet. */
import { describeProblems, parsePipeline } from '../../operator/api/validate.ts';
import type { Pipeline } from '../../operator/api/types.ts';
import { hide, secretsIn, secretsOf } from '../../operator/dataflow/secrets.ts';
import type { KubeObject } from '../../operator/kube/port.ts';
import { systemClock } from '../../operator/runtime/clock.ts';
import type { Arguments } from '../arguments.ts';
import { CliError } from '../errors.ts';
import type { Kubectl } from '../kubectl.ts';
import { RESOURCE } from '../pipeline.ts';
import { connect, sentence, wantsToken, type ServerAt } from '../server.ts';
import type { World } from '../terminal.ts';
import { installationOf, type Installation } from './installation.ts';
import { describe, isNothing } from './render.ts';
import { whatIf } from './what-if.ts';

/** Of all that is asked together. */
const patienceMs = 60_000;

/** @returns 0: nothing would be done; 1: something would, or something is amiss */
export async function diff(args: Arguments, world: World): Promise<number> {
  const object = await objectOf(args, world.kubectl);
  const pipeline = validOf(object);
  const title = `${pipeline.namespace}/${pipeline.name}`;
  if (pipeline.paused) world.write(`${title} is paused: the operator does nothing until it is resumed.\n`);
  const installation = await installationOf(args, world.kubectl);
  const server = serverOf(pipeline, installation, args);
  const dataflow = connect(server, args);
  const secrets = [...secretsOf(object), ...secretsIn(server.url)];
  try {
    const plan = await whatIf({
      pipeline,
      installation,
      platform: server.platform,
      dataflow,
      clock: systemClock,
      signal: AbortSignal.timeout(patienceMs),
    });
    world.write(hide(describe(plan, title, server.url), secrets));
    return isNothing(plan) ? 0 : 1;
  } catch (error) {
    throw sentence(error, server.url, secrets);
  } finally {
    dataflow.close();
  }
}

/** As the API server would store it: with its defaults, and by its rules. */
async function objectOf(args: Arguments, kubectl: Kubectl): Promise<KubeObject> {
  const [name] = args.words;
  const file = args.text('filename');
  if ((name === undefined) === (file === undefined))
    throw new CliError('Name a pipeline, or a file with --filename; one of them.');
  const how =
    file === undefined
      ? ['get', RESOURCE, name ?? '']
      : [
          'apply',
          '--dry-run=server',
          ...(args.is('server-side') ? ['--server-side'] : []),
          '--filename',
          file,
        ];
  const object = JSON.parse(await kubectl.output([...how, '--output=json'])) as KubeObject;
  if (object.kind !== 'BaristaPipeline')
    throw new CliError(`${file ?? name ?? ''} is ${object.kind ?? 'something'}, not one BaristaPipeline.`);
  return object;
}

function validOf(object: KubeObject): Pipeline {
  const parsed = parsePipeline(object);
  if ('problems' in parsed)
    throw new CliError(`The pipeline is not valid: ${describeProblems(parsed.problems)}`);
  return parsed.pipeline;
}

function serverOf(pipeline: Pipeline, { servers }: Installation, args: Arguments): ServerAt {
  const url = args.text('server');
  const platform = args.text('platform');
  const name = pipeline.spec.dataflow.server;
  const found = servers.find((server) => server.name === name);
  if (found === undefined && url !== undefined) {
    const named = platform ?? pipeline.spec.dataflow.platform;
    if (named === undefined)
      throw new CliError(
        'Which platform the server has for pipelines that name none is not to be seen: give --platform.',
      );
    return { url, platform: named, wantsToken: false };
  }
  if (found === undefined)
    throw new CliError(
      `The pipeline names the server ${name}, and the operator knows ${servers.map((server) => server.name).join(', ')}.`,
    );
  return { url: url ?? found.url, platform: platform ?? found.platform, wantsToken: wantsToken(found) };
}
