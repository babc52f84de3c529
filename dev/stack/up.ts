/** Brings the stack up: everything in parallel that may be, and again over whatever a run before has left. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { debianImage, javaImage, nodeImage } from './base-images.ts';
import { apiServerUp, nodeUp, type Prerequisites } from './cluster.ts';
import type { Context } from './context.ts';
import { dataflow, dataflowUri } from './dataflow-part.ts';
import { dataflowJars, type DataflowJars } from './dataflow.ts';
import { endStrays } from './down.ts';
import { envFile, type Endpoints } from './env-file.ts';
import { kafka, kafkaForMachine, kafkaForPods, kafkaJars } from './kafka.ts';
import { kubeBinaries } from './kube-binaries.ts';
import { unmountBelow } from './mounts.ts';
import { networkUp } from './network.ts';
import { containerd } from './node.ts';
import { certificates } from './pki.ts';
import { projectArchive, projectImages } from './project-images.ts';
import { prometheus, prometheusUrl } from './prometheus.ts';
import { importArchives, pauseArchive, streamAppArchive, type Archive } from './stack-images.ts';

/** Where the stack of this work tree is found. `bin` is the folder with kubectl. */
export function endpointsOf({ paths }: Context, bin: string | undefined): Endpoints {
  return {
    kubeconfig: paths.kubeconfig,
    dataflow: dataflowUri,
    dataflowFromPods: dataflowUri,
    kafka: kafkaForMachine,
    kafkaFromPods: kafkaForPods,
    prometheus: prometheusUrl,
    bin,
  };
}

/** Starts what does not run. The machine has been checked and the packages are there. */
export async function up(context: Context): Promise<void> {
  const { paths, parts } = context;
  prepareFolders(context);
  await endStrays(context, false);
  const network = networkUp(paths);
  const needs: Prerequisites = {
    network,
    certificates: certificates(paths),
    containerd: network.then(() => parts.ensure(containerd(paths))),
  };
  const jars = jarsOf(context);
  const apiServer = apiServerUp(context, needs);
  await allOf([
    apiServer.then(async (bin) => {
      await nodeUp(context, bin, needs);
      writeFileSync(paths.env, envFile(endpointsOf(context, bin)));
    }),
    kafkaUp(context, network),
    dataflowUp(context, jars, apiServer),
    prometheusUp(context, apiServer),
    imagesUp(context, jars, needs.containerd),
  ]);
}

/** Fills the cache and starts nothing. */
export async function build(context: Context): Promise<void> {
  prepareFolders(context);
  await allOf([
    kubeBinaries(context.paths, context.progress),
    kafkaJars(context.paths, context.progress),
    ...imagesOf(context, jarsOf(context)),
  ]);
  await unmountBelow(context.buildah.store);
}

function prepareFolders({ paths }: Context): void {
  for (const folder of [paths.logs, paths.run, paths.data]) mkdirSync(folder, { recursive: true });
}

/** Waits for all, also when one fails: what is half built would have to be built again. */
async function allOf(works: readonly Promise<unknown>[]): Promise<void> {
  const failures = (await Promise.allSettled(works)).flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  );
  if (failures.length > 0) throw failures[0];
}

function jarsOf({ paths, progress }: Context): Promise<DataflowJars> {
  return progress.step('SCDF and its apps', () => dataflowJars(paths.cache, () => undefined));
}

async function kafkaUp({ paths, parts, progress }: Context, network: Promise<unknown>): Promise<void> {
  const [jars] = await Promise.all([kafkaJars(paths, progress), network]);
  await progress.step('Kafka', async () => parts.ensure(await kafka(paths, jars)));
}

async function dataflowUp(
  { paths, parts, progress }: Context,
  jars: Promise<DataflowJars>,
  apiServer: Promise<unknown>,
): Promise<void> {
  const [{ server }] = await Promise.all([jars, apiServer]);
  await progress.step('the SCDF server', () => parts.ensure(dataflow(paths, server, process.env)));
}

async function prometheusUp({ paths, parts, progress }: Context, apiServer: Promise<unknown>): Promise<void> {
  await apiServer;
  await progress.step('Prometheus', async () => {
    for (const part of prometheus(paths)) await parts.ensure(part);
  });
}

async function imagesUp(
  context: Context,
  jars: Promise<DataflowJars>,
  containerd: Promise<unknown>,
): Promise<void> {
  // Each group is handed over as soon as it is there: the stack does not lack its own images when one of the
  // project's cannot be built.
  const groups = imagesOf(context, jars).map(async (group) => {
    const [archives] = await Promise.all([group, containerd]);
    await importArchives(context, archives);
  });
  await allOf(groups);
  await unmountBelow(context.buildah.store);
}

/** The archives of all images of the stack, in groups; builds those that are not in the cache. */
function imagesOf(context: Context, jars: Promise<DataflowJars>): Promise<Archive[]>[] {
  // A build that was killed leaves its layers mounted, and a store with mounts in it confuses the next.
  const store = unmountBelow(context.buildah.store);
  const debian = store.then(() => debianImage(context));
  const node = debian.then(() => nodeImage(context));
  return [
    store.then(async () => [await pauseArchive(context)]),
    debian.then(async () => {
      await javaImage(context);
      const { time, log } = await jars;
      return Promise.all([streamAppArchive(context, 'time', time), streamAppArchive(context, 'log', log)]);
    }),
    ...projectImages.map(([name, tag]) =>
      node.then(async () => {
        const archive = await projectArchive(context, name, tag);
        return archive === undefined ? [] : [archive];
      }),
    ),
  ];
}
