/** What the operator of the cluster would decide by: its image of the worker, its name, its servers. Asked of the cluster, or given as flags. */
import { parseServers, type ServerConfig } from '../../operator/config/servers.ts';
import type { Arguments } from '../arguments.ts';
import { CliError } from '../errors.ts';
import type { Kubectl } from '../kubectl.ts';

export interface Installation {
  readonly instance: string;
  readonly workerImage: string;
  readonly servers: readonly ServerConfig[];
}

interface Named {
  readonly name: string;
}

interface Deployment {
  readonly metadata: { readonly namespace: string };
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly {
          readonly env?: readonly { readonly name: string; readonly value?: string }[];
        }[];
        readonly volumes?: readonly {
          readonly configMap?: Named;
          readonly projected?: { readonly sources: readonly { readonly configMap?: Named }[] };
        }[];
      };
    };
  };
}

/** @throws CliError when something is not to be seen, and which flag says it instead */
export async function installationOf(args: Arguments, kubectl: Kubectl): Promise<Installation> {
  const url = args.text('server');
  const [instance, workerImage] = [args.text('instance'), args.text('worker-image')];
  const isComplete =
    url !== undefined &&
    instance !== undefined &&
    workerImage !== undefined &&
    args.text('platform') !== undefined;
  const deployment = isComplete ? undefined : await operatorOf(kubectl);
  const env = envOf(deployment);
  return {
    instance: instance ?? env('BARISTA_INSTANCE') ?? (await clusterOf(kubectl)),
    workerImage:
      workerImage ?? env('BARISTA_WORKER_IMAGE') ?? missing('its image of the worker', 'worker-image'),
    servers: await (url === undefined ? serversOf(deployment, kubectl) : serversIfSeen(deployment, kubectl)),
  };
}

/** What is to be seen of an operator, or was given; the rest is undefined. */
export interface Sight {
  readonly instance: string | undefined;
  readonly workerImage: string | undefined;
  readonly servers: readonly ServerConfig[];
  /** Why there are no servers. */
  readonly trouble: string | undefined;
}

/** As `installationOf`, where one can do without. */
export async function sightOf(args: Arguments, kubectl: Kubectl): Promise<Sight> {
  let trouble: string | undefined;
  const attempt = async <T>(look: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await look();
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      trouble ??= error.message;
      return undefined;
    }
  };
  const [given, image] = [args.text('instance'), args.text('worker-image')];
  const deployment = await attempt(() => operatorOf(kubectl));
  const env = envOf(deployment);
  const servers = deployment === undefined ? [] : await attempt(() => serversOf(deployment, kubectl));
  const instance =
    deployment === undefined
      ? undefined
      : (env('BARISTA_INSTANCE') ?? (await attempt(() => clusterOf(kubectl))));
  return {
    instance: given ?? instance,
    workerImage: image ?? env('BARISTA_WORKER_IMAGE'),
    servers: servers ?? [],
    trouble,
  };
}

function envOf(deployment: Deployment | undefined): (name: string) => string | undefined {
  const env = deployment?.spec.template.spec.containers[0]?.env;
  return (name) => env?.find((each) => each.name === name)?.value;
}

async function operatorOf(kubectl: Kubectl): Promise<Deployment> {
  const how = ['--all-namespaces', '--selector=app.kubernetes.io/name=barista-operator', '--output=json'];
  const { items } = JSON.parse(await kubectl.output(['get', 'deployments', ...how])) as {
    items: Deployment[];
  };
  const [one, other] = items;
  if (one === undefined)
    throw new CliError(
      'No operator is to be seen in this cluster: give --server, --platform, --instance and --worker-image.',
    );
  if (other !== undefined)
    throw new CliError(
      'There are several operators in this cluster: give --server, --platform, --instance and --worker-image.',
    );
  return one;
}

/** As the operator itself takes it when it is given no name. */
async function clusterOf(kubectl: Kubectl): Promise<string> {
  return kubectl.output(['get', 'namespace', 'kube-system', '--output=jsonpath={.metadata.uid}']);
}

/** Its address is known; what else the operator is told of it is taken along where it can be seen. */
function serversIfSeen(
  deployment: Deployment | undefined,
  kubectl: Kubectl,
): Promise<readonly ServerConfig[]> {
  return serversOf(deployment, kubectl).catch((error: unknown) => {
    if (error instanceof CliError) return [];
    throw error;
  });
}

async function serversOf(
  deployment: Deployment | undefined,
  kubectl: Kubectl,
): Promise<readonly ServerConfig[]> {
  const volumes = deployment?.spec.template.spec.volumes ?? [];
  const sources = volumes.flatMap((volume) => [volume, ...(volume.projected?.sources ?? [])]);
  const name = sources.map(({ configMap }) => configMap?.name).find((each) => each !== undefined);
  if (name === undefined) return missing('its servers file, which is no ConfigMap', 'server');
  const jsonpath = '--output=jsonpath={.data.servers\\.yaml}';
  const text = await kubectl
    .in(deployment?.metadata.namespace ?? '')
    .output(['get', 'configmap', name, jsonpath]);
  const servers = parseServers(text);
  if ('problems' in servers) throw new CliError(servers.problems.join('\n'));
  return servers.ok;
}

function missing(what: string, flag: string): never {
  throw new CliError(`The operator does not show ${what}: give --${flag}.`);
}
