/**
 * The floor: what nobody can do without for a pipeline, in a bare loop with the operator's own clients: the resource itself, a finalizer
 * and two status writes, four creates, four deploys, one read. No watch, no plan, nothing that would heal. A process of its own, as
 * the operator.
 */
import { fork } from 'node:child_process';
import { parsePipeline } from '../../../operator/api/validate.ts';
import { PIPELINES, type Pipeline } from '../../../operator/api/types.ts';
import { HttpDataflow } from '../../../operator/dataflow/http.ts';
import type { NewAppRegistration } from '../../../operator/dataflow/port.ts';
import { resolveApp } from '../../../operator/desired/app.ts';
import { definitionOf, deploymentProperties, desired } from '../../../operator/desired/desired.ts';
import { KubeClient } from '../../../operator/kube/client.ts';
import { connect, loadKubeConfig } from '../../../operator/kube/kube-config.ts';
import { RestClient } from '../../../operator/kube/rest.ts';
import { systemClock as clock } from '../../../operator/runtime/clock.ts';
import { inParallel } from './in-parallel.ts';
import { finalizers, resourceOf } from './pipelines.ts';

export interface FloorInput {
  readonly kubeconfig: string;
  readonly namespace: string;
  readonly scdfUrl: string;
  readonly concurrency: number;
  readonly names: readonly string[];
}

/** A status of the size that the operator writes. */
function statusOf(pipeline: Pipeline, ready: boolean) {
  const lastTransitionTime = new Date(clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
  const condition = (type: string, status: string) => ({
    type,
    status,
    observedGeneration: pipeline.generation,
    lastTransitionTime,
    reason: ready ? 'StreamsReady' : 'Creating',
    message: '4 streams are deployed and ready.',
  });
  const is = ready ? 'True' : 'False';
  return {
    observedGeneration: pipeline.generation,
    conditions: [condition('Ready', is), condition('AppsRegistered', is), condition('StreamsDeployed', is)],
    streams: Object.entries(pipeline.spec.streamNames).map(([role, name]) => {
      return { name, role, state: ready ? 'deployed' : 'absent', release: '1', revision: '0123456789abcdef' };
    }),
    streamsReady: ready ? '4/4' : '0/4',
    replicas: ready ? 1 : 0,
    selector: `spring-group-id=${pipeline.spec.streamNames.bar}`,
  };
}

class Floor {
  readonly #kube: KubeClient;
  readonly #scdf: HttpDataflow;

  constructor({ kubeconfig, scdfUrl }: FloorInput) {
    const connection = connect(loadKubeConfig(kubeconfig), clock);
    this.#kube = new KubeClient(new RestClient({ connection, clock, userAgent: 'barista-floor' }), clock);
    this.#scdf = new HttpDataflow({ url: scdfUrl, readTimeoutMs: 60_000, writeTimeoutMs: 60_000 });
  }

  async apply(namespace: string, name: string): Promise<Pipeline> {
    const parsed = parsePipeline(await this.#kube.create(PIPELINES, namespace, resourceOf(namespace, name)));
    if ('pipeline' in parsed) return parsed.pipeline;
    throw new Error(`${name} is no pipeline`);
  }

  /** The registrations, which all pipelines share. */
  async register(pipeline: Pipeline): Promise<void> {
    for (const app of new Map(streamsOf(pipeline).map(({ app: it }) => [it.name, it])).values())
      await this.#scdf.register(app);
  }

  async make(pipeline: Pipeline): Promise<void> {
    const streams = streamsOf(pipeline);
    await this.#kube.patch(PIPELINES, pipeline, { metadata: { finalizers } });
    await this.#kube.patchStatus(PIPELINES, pipeline, { status: statusOf(pipeline, false) });
    await Promise.all(streams.map(({ create }) => this.#scdf.create(create)));
    await Promise.all(streams.map(({ create, properties }) => this.#scdf.deploy(create.name, properties)));
    await this.#scdf.definition(pipeline.spec.streamNames.bar);
    await this.#kube.patchStatus(PIPELINES, pipeline, { status: statusOf(pipeline, true) });
  }
}

function streamsOf(pipeline: Pipeline) {
  const installation = { instance: 'bench', workerImage: 'barista/worker:1', platform: 'default' };
  const { description, streams } = desired(pipeline, installation);
  return streams.map((stream) => {
    const app = registrationOf(resolveApp(stream.app, [], undefined));
    const create = { name: stream.name, definition: definitionOf(stream, app.name), description };
    return { app, create, properties: deploymentProperties(stream, app, 'deploy') };
  });
}

function registrationOf(resolved: ReturnType<typeof resolveApp>): NewAppRegistration {
  if (resolved.kind !== 'app') throw new Error(resolved.message);
  return resolved.app;
}

async function main(input: FloorInput): Promise<void> {
  const floor = new Floor(input);
  const { namespace, names, concurrency } = input;
  const [first = '', ...others] = names;
  const started = performance.now();
  const pioneer = await floor.apply(namespace, first);
  await floor.register(pioneer);
  await floor.make(pioneer);
  await inParallel(others, concurrency, async (name) => floor.make(await floor.apply(namespace, name)));
  process.send?.((performance.now() - started) / 1000);
}

/** Seconds that the floor takes for the pipelines of a namespace. */
export function runFloor(input: FloorInput): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = fork(new URL(import.meta.url), [JSON.stringify(input)]);
    child.once('message', (seconds) => resolve(Number(seconds)));
    child.once('exit', (code) => reject(new Error(`the floor ended with code ${code}`)));
  });
}

if (process.send !== undefined && process.argv[2] !== undefined) {
  process.once('disconnect', () => process.exit(1));
  await main(JSON.parse(process.argv[2]) as FloorInput);
  process.exit(0);
}
