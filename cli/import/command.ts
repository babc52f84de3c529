/** `kubectl barista import`: the pipeline that describes a bar which is in SCDF already. */
import { defaults } from '../../operator/api/defaults.ts';
import type { ServerConfig } from '../../operator/config/servers.ts';
import type { HttpDataflow } from '../../operator/dataflow/http.ts';
import { masked } from '../../operator/dataflow/masked.ts';
import { secretsIn } from '../../operator/dataflow/secrets.ts';
import type { Plan } from '../../operator/plan/step.ts';
import { systemClock, type Clock } from '../../operator/runtime/clock.ts';
import type { Arguments } from '../arguments.ts';
import { sightOf, type Sight } from '../diff/installation.ts';
import { whatIf, type WhatIf } from '../diff/what-if.ts';
import { CliError } from '../errors.ts';
import { RESOURCE } from '../pipeline.ts';
import { connect, sentence, wantsToken } from '../server.ts';
import type { World } from '../terminal.ts';
import { barIn } from './bar.ts';
import { describe, type Description, type Setting } from './describe.ts';
import { factsOf } from './facts.ts';
import { render } from './render.ts';

/** Of all that is asked together: each deployed stream of a server takes it some 20 ms. */
const patienceMs = 120_000;

interface Found {
  readonly url: string;
  /** Undefined: the operator does not know it, or nobody knows what the operator knows. */
  readonly config: ServerConfig | undefined;
}

/** @returns 0 when it is printed */
export async function importBar(args: Arguments, world: World): Promise<number> {
  const sight = await sightOf(args, world.kubectl);
  const found = serverOf(args.text('server') ?? defaults.server, sight);
  const dataflow = connect(
    { url: found.url, wantsToken: found.config !== undefined && wantsToken(found.config) },
    args,
  );
  try {
    world.write(await imported(dataflow, { args, world, sight, found, clock: systemClock }));
    return 0;
  } catch (error) {
    throw sentence(error, masked(found.url), secretsIn(found.url));
  } finally {
    dataflow.close();
  }
}

export interface Asked {
  readonly clock: Clock;
  readonly args: Arguments;
  readonly world: World;
  readonly sight: Sight;
  readonly found: Found;
}

/** @returns what is printed. @throws CliError, DataflowError */
export async function imported(
  dataflow: HttpDataflow,
  { args, world, sight, found, clock }: Asked,
): Promise<string> {
  const signal = AbortSignal.timeout(patienceMs);
  const where = masked(found.url);
  const only = args
    .text('streams')
    ?.split(',')
    .map((name) => name.trim());
  const bar = barIn(await dataflow.definitions(signal), only, where);
  const facts = await factsOf(bar, { dataflow, now: clock.now(), signal });
  const setting: Setting = {
    name: args.text('name'),
    namespace: args.text('namespace'),
    instance: sight.instance,
    server: found.config?.name,
    platform: args.text('platform') ?? found.config?.platform,
    workerImage: sight.workerImage,
  };
  const description = describe(bar, facts, setting);
  const plan = await planOf(description, setting, { dataflow, clock, signal });
  const remarks = [
    ...description.remarks,
    ...serverRemark(found),
    ...(await livingRemark(description, world)),
  ];
  return render({ ...description, remarks }, plan, where);
}

/** The operator's own plan; undefined where no operator is to be seen. */
async function planOf(
  { pipeline }: Description,
  { instance, workerImage, platform = 'default' }: Setting,
  asking: Pick<WhatIf, 'dataflow' | 'clock' | 'signal'>,
): Promise<Plan | undefined> {
  if (instance === undefined || workerImage === undefined) return undefined;
  const installation = { instance, workerImage };
  return whatIf({ pipeline, installation, platform, ...asking });
}

function serverOf(text: string, { servers, trouble }: Sight): Found {
  if (/^https?:\/\//.test(text)) {
    const plain = (url: string) => url.replace(/\/+$/, '');
    return { url: text, config: servers.find(({ url }) => plain(url) === plain(text)) };
  }
  const config = servers.find(({ name }) => name === text);
  if (config !== undefined) return { url: config.url, config };
  throw new CliError(
    servers.length > 0
      ? `The operator knows no server ${text}: it knows ${servers.map(({ name }) => name).join(', ')}. --server=http://… names one by its address.`
      : `Where the server ${text} is cannot be told: ${trouble ?? 'no operator is to be seen'} For import, --server=http://… is enough.`,
  );
}

function serverRemark({ config, url }: Found): string[] {
  if (config !== undefined) return [];
  return [
    `By which name the operator knows the server at ${masked(url)} is not to be seen: this says the one that it calls default. Another one goes into spec.dataflow.server.`,
  ];
}

/** A pipeline that is there is not lost. */
async function livingRemark({ owner }: Description, { kubectl }: World): Promise<string[]> {
  if (owner.kind !== 'pipeline') return [];
  const how = ['get', RESOURCE, owner.name, '--ignore-not-found', '--output=name'];
  const text = await kubectl
    .in(owner.namespace)
    .output(how)
    .catch(() => '');
  if (text.trim() === '') return [];
  return [`The pipeline ${owner.namespace}/${owner.name} is in this cluster: nothing of it is lost.`];
}
