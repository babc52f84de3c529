/** What the end-to-end tests share: the installed operator, kubectl, SCDF and the topics. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Kubectl } from '../cluster/kubectl.ts';
import { target, type Target } from '../cluster/target.ts';
import { waitFor } from '../cluster/wait.ts';
import { install, OPERATOR, OPERATOR_NAMESPACE } from '../install/install.ts';
import { Scdf } from './scdf.ts';
import { Topics } from './topics.ts';

type Json = Readonly<Record<string, unknown>>;

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

export interface Bp {
  readonly metadata: { readonly name: string; readonly generation: number; readonly uid: string };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly Condition[];
    readonly streams?: readonly {
      readonly name: string;
      readonly role: string;
      readonly state: string;
      readonly revision?: string;
    }[];
    readonly apps?: readonly {
      readonly name: string;
      readonly version: string;
      readonly registeredByPipeline: boolean;
    }[];
    readonly streamsReady?: string;
    readonly replicas?: number;
    readonly lastHandledReconcileAt?: string;
  };
}

export const NAMESPACE = 'cafe';
/** Where `make demo` applies the recipe. */
export const DEMO_NAMESPACE = 'default';
const minutes = 60_000;

export class Harness {
  readonly target: Target;
  readonly kubectl: Kubectl;
  readonly scdf: Scdf;
  readonly topics: Topics;

  constructor(it: Target) {
    this.target = it;
    this.kubectl = new Kubectl(it.env);
    this.scdf = new Scdf(it.dataflowUri);
    this.topics = new Topics(it.kafkaBrokers);
  }

  /** Applies a pipeline into the tests' namespace. */
  async apply(name: string, spec: Json, annotations: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.kubectl.apply({
      apiVersion: 'barista.dev/v1alpha1',
      kind: 'BaristaPipeline',
      metadata: { name, namespace: NAMESPACE, annotations },
      spec,
    });
  }

  async pipeline(name: string): Promise<Bp | undefined> {
    return (await this.kubectl.get('-n', NAMESPACE, 'bp', name)) as Bp | undefined;
  }

  async condition(name: string, type: string): Promise<Condition | undefined> {
    const bp = await this.pipeline(name);
    if (bp === undefined || bp.status?.observedGeneration !== bp.metadata.generation) return undefined;
    return bp.status.conditions?.find((condition) => condition.type === type);
  }

  /** Waits until the pipeline is ready in its present generation. */
  ready(name: string, within = 4 * minutes): Promise<Condition> {
    return this.conditionIs(name, (ready) => ready.status === 'True', within);
  }

  /** Waits until Ready answers the question. */
  conditionIs(name: string, is: (ready: Condition) => boolean, within = 2 * minutes): Promise<Condition> {
    return waitFor(
      `pipeline ${name}`,
      async () => {
        const ready = await this.condition(name, 'Ready');
        return ready !== undefined && is(ready) ? ready : undefined;
      },
      { within, seen: async () => (await this.pipeline(name))?.status },
    );
  }

  /** Deletes the pipeline and waits until it is gone. */
  async remove(name: string): Promise<void> {
    await this.kubectl.run(['-n', NAMESPACE, 'delete', 'bp', name, '--ignore-not-found', '--timeout=180s']);
  }

  /** Deployments that SCDF made for a stream. */
  deployments(stream: string): Promise<Json[]> {
    return this.kubectl.list('deployments', '-A', '-l', `spring-group-id=${stream}`);
  }

  /** Asks for a reconcile and waits until it was done. */
  async look(name: string): Promise<void> {
    const stamp = fresh('look');
    const annotation = `barista.dev/reconcile-requested-at=${stamp}`;
    await this.kubectl.run(['-n', NAMESPACE, 'annotate', `bp/${name}`, '--overwrite', annotation]);
    const handled = async () => (await this.pipeline(name))?.status?.lastHandledReconcileAt === stamp;
    await waitFor(`a look at ${name}`, handled, { within: 30_000 });
  }

  /** Writes to SCDF that the operator counts since its start; throws when it cannot be asked. */
  async writes(): Promise<number> {
    const name = await this.#operatorPod();
    const path = `/api/v1/namespaces/${OPERATOR_NAMESPACE}/pods/${name}:8080/proxy/metrics`;
    const text = await this.kubectl.run(['get', '--raw', path]);
    const operations =
      /^barista_dataflow_requests_total\{(?=[^}]*operation="(register|makeDefault|unregister|create|destroy|deploy|undeploy|update|scale)")[^}]*\} (\d+)/gm;
    return [...text.matchAll(operations)].reduce((sum, match) => sum + Number(match[2]), 0);
  }

  /** The lines of the operator's log, the oldest first. */
  async operatorLog(): Promise<Json[]> {
    const text = await this.kubectl.run(['-n', OPERATOR_NAMESPACE, 'logs', await this.#operatorPod()]);
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Json);
  }

  async #operatorPod(): Promise<string> {
    const pods = await this.kubectl.list(
      '-n',
      OPERATOR_NAMESPACE,
      'pods',
      '-l',
      `app.kubernetes.io/name=${OPERATOR}`,
      '--field-selector=status.phase=Running',
    );
    const name = (pods[0]?.['metadata'] as { name?: string } | undefined)?.name;
    assert.ok(name !== undefined, 'an operator pod is running');
    return name;
  }
}

/** Why a test cannot run here, for the tests that stop parts or make images; false on the stack of this machine. */
export function unlessOurs(what: string): string | false {
  return process.env['KUBECONFIG']?.includes('/.stack/') === true
    ? false
    : `${what} on the stack of this machine only`;
}

/** A harness over an operator that is installed and ready. */
export async function harness(): Promise<Harness> {
  const it = new Harness(target());
  await install(it.target, it.kubectl);
  await it.kubectl.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  return it;
}

/** Takes away what `make demo` left running: the recipe's streams have fixed names, and one pipeline alone can have them. */
export async function removeDemo(kubectl: Kubectl): Promise<void> {
  const kind = await kubectl.get('crd', 'baristapipelines.barista.dev');
  if (kind === undefined) return;
  const recipe = ['bp', 'recipe', '--ignore-not-found', '--timeout=180s'];
  await kubectl.run(['-n', DEMO_NAMESPACE, 'delete', ...recipe]);
}

/** A name that no earlier run has used, so that topics and consumer groups are new. */
export function fresh(word: string): string {
  return `${word}-${randomBytes(3).toString('hex')}`;
}

/** A bar alone: no customer and no log sinks, which makes it quick. Orders are the test's own. */
export function barOnly(name: string, more: { topics?: Json; barista?: Json } = {}): Json {
  return {
    topics: {
      orders: `${name}.orders`,
      hotDrinks: `${name}.hot`,
      coldDrinks: `${name}.cold`,
      ...more.topics,
    },
    customer: { enabled: false },
    hotDrinkLog: { enabled: false },
    coldDrinkLog: { enabled: false },
    barista: { ...more.barista },
  };
}
