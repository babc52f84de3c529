/**
 * Each install of manifests/ on the real API server with exactly the rights that it grants: the operator runs as a process with a
 * token of its ServiceAccount through all that it does. Nothing is refused, and each right is used.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startSimulator, type Simulator } from '../../operator/dataflow/simulator/simulator.ts';
import { Kubectl } from '../cluster/kubectl.ts';
import { waitFor } from '../cluster/wait.ts';
import { OPERATOR } from '../install/install.ts';
import { installCrds } from '../install/crds.ts';
import { sendHome } from '../install/send-home.ts';
import { render } from '../manifests/overlay.ts';
import { readInstall, type Install } from './install.fixtures.ts';
import { LocalOperator } from './local-operator.fixtures.ts';
import { RecordingProxy } from './recording-proxy.fixtures.ts';
import { describeGrant, isUsed } from './rules.fixtures.ts';

const kubeconfig = process.env['KUBECONFIG'] ?? '';
const kubectl = new Kubectl({ KUBECONFIG: kubeconfig, PATH: process.env['PATH'] ?? '' });
const patience = { within: 120_000, every: 200 };

interface Variant {
  readonly title: string;
  readonly folder: string;
  /** Whether the servers file says where the platform runs its apps. */
  readonly namesPlace: boolean;
  /** For an operator that must look after this test's pipelines only, beside others on the cluster. */
  readonly env: (id: string) => Readonly<Record<string, string>>;
  /** Questions to `kubectl auth can-i` that are answered with no, in the namespace of the pipelines or as they say. */
  readonly mayNot: readonly string[];
}

const nobodys = [
  'get secrets',
  'list configmaps',
  'delete baristapipelines',
  'create pods',
  'patch deployments.apps',
];

const variants: readonly Variant[] = [
  {
    title: 'the cluster-wide install',
    folder: 'manifests/base',
    namesPlace: false,
    // Of all namespaces, as the rights need it, but not of all pipelines.
    env: (id) => ({ BARISTA_SELECTOR: `barista.dev/test=${id}`, BARISTA_LEASE_NAME: OPERATOR }),
    mayNot: nobodys,
  },
  {
    title: 'the namespaced install',
    folder: 'manifests/namespaced',
    namesPlace: true,
    env: () => ({}),
    mayNot: [
      ...nobodys,
      'list baristapipelines -A',
      'list pods -A',
      'list deployments.apps -A',
      'get namespaces/kube-system',
      'get leases.coordination.k8s.io',
    ],
  },
];

/** What one variant is tried in. */
class Corner {
  readonly id: string;
  readonly variant: Variant;
  readonly install: Install;
  readonly simulator: Simulator;
  /** Another server, whose workloads are watched. */
  readonly other: Simulator;
  readonly proxy: RecordingProxy;
  readonly home: string;
  readonly cafe: string;
  readonly #operators: LocalOperator[] = [];

  private constructor(
    variant: Variant,
    id: string,
    parts: Pick<Corner, 'install' | 'simulator' | 'other' | 'proxy'>,
  ) {
    this.variant = variant;
    this.id = id;
    this.home = `${id}-system`;
    this.cafe = `${id}-cafe`;
    this.install = parts.install;
    this.simulator = parts.simulator;
    this.other = parts.other;
    this.proxy = parts.proxy;
  }

  static async open(variant: Variant): Promise<Corner> {
    const id = `barista-test-${variant.folder.split('/')[1]}-${process.pid}`;
    const places = { 'barista-system': `${id}-system`, cafe: `${id}-cafe` };
    const install = readInstall(await render(kubectl, variant.folder), places, `-${id}`);
    for (const name of Object.values(places))
      await kubectl.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    await kubectl.apply({ apiVersion: 'v1', kind: 'List', items: install.rights });
    const [simulator, other] = [await startSimulator(), await startSimulator()];
    const proxy = await RecordingProxy.start(kubeconfig);
    return new Corner(variant, id, { install, simulator, other, proxy });
  }

  async close(): Promise<void> {
    for (const operator of this.#operators) await operator.stop();
    await this.simulator.down();
    await this.other.down();
    await this.proxy.stop();
    const left = await kubectl.list('bp', '-n', this.cafe);
    for (const bp of left) {
      const { name } = bp['metadata'] as { name: string };
      const body = '{"metadata":{"finalizers":null}}';
      await kubectl.attempt(['patch', 'bp', name, '-n', this.cafe, '--type=merge', '-p', body]);
    }
    await kubectl.run(
      ['delete', '--ignore-not-found', '-f', '-'],
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: this.install.rights }),
    );
    await kubectl.run(['delete', 'namespace', '--wait=false', this.home, this.cafe]);
  }

  get account(): string {
    return `system:serviceaccount:${this.home}:${OPERATOR}`;
  }

  /** Another replica. */
  async start(): Promise<LocalOperator> {
    const token = await kubectl.run(['create', 'token', OPERATOR, '-n', this.home]);
    const operator = await LocalOperator.start({
      server: this.proxy.url,
      token: token.trim(),
      // No pod runs in the simulator: with the server that is watched a test makes the one that it needs.
      servers: [
        { name: 'default', url: this.simulator.url, watchWorkloads: false },
        {
          name: 'watched',
          url: this.other.url,
          ...(this.variant.namesPlace ? { namespace: this.cafe } : {}),
        },
      ],
      env: {
        ...this.install.env,
        ...this.variant.env(this.id),
        POD_NAMESPACE: this.home,
        POD_NAME: `${OPERATOR}-${this.#operators.length}`,
        BARISTA_SWEEP_SECONDS: '2',
      },
    });
    this.#operators.push(operator);
    return operator;
  }

  get said(): string {
    return this.#operators.map((operator) => operator.said).join('\n');
  }

  async apply(name: string, spec: object): Promise<void> {
    const topics = { orders: `${name}.orders`, hotDrinks: `${name}.hot`, coldDrinks: `${name}.cold` };
    const sinks = {
      customer: { enabled: false },
      hotDrinkLog: { enabled: false },
      coldDrinkLog: { enabled: false },
    };
    await kubectl.apply({
      apiVersion: 'barista.dev/v1alpha1',
      kind: 'BaristaPipeline',
      metadata: { name, namespace: this.cafe, labels: { 'barista.dev/test': this.id } },
      spec: { topics, ...sinks, ...spec },
    });
  }

  async status(name: string): Promise<string> {
    const bp = (await kubectl.get('bp', name, '-n', this.cafe)) as
      | {
          metadata: { generation: number };
          status?: { observedGeneration: number; conditions: { type: string; status: string }[] };
        }
      | undefined;
    if (bp === undefined) return 'gone';
    if (bp.status?.observedGeneration !== bp.metadata.generation) return 'behind';
    return bp.status.conditions.find(({ type }) => type === 'Ready')?.status ?? 'unknown';
  }

  async reaches(name: string, wanted: string): Promise<void> {
    const seen = () => this.said.slice(-4000);
    await waitFor(`${name} ${wanted}`, async () => (await this.status(name)) === wanted, {
      ...patience,
      seen,
    });
  }

  /** Somebody deletes the stream behind the operator's back, and it is made anew. */
  async heals(stream: string): Promise<void> {
    this.simulator.deleteBehind(stream);
    const isBack = (): boolean =>
      this.simulator.snapshot().streams.some(({ name, state }) => name === stream && state === 'deployed');
    await waitFor(`${stream} to be made anew`, () => Promise.resolve(isBack()), patience);
  }

  /** Waits until a request like this one was made. */
  async asked(what: string): Promise<void> {
    const is = async () => this.proxy.recorded.some((request) => describeGrant(request).startsWith(what));
    await waitFor(`a request to ${what}`, is, { ...patience, seen: () => this.said.slice(-4000) });
  }

  /** A pod of a stream that runs and does not become ready. Nobody schedules it: its status is the test's. */
  async strandedPod(stream: string): Promise<void> {
    const labels = {
      role: 'spring-app',
      'spring-group-id': stream,
      'spring-deployment-id': `${stream}-barista-app-v1`,
    };
    const containers = [{ name: 'app', image: 'docker.io/barista/worker:dev' }];
    const metadata = { name: `${stream}-0`, namespace: this.cafe, labels };
    await kubectl.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata,
      spec: { schedulerName: 'nobody', containers },
    });
    const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }] };
    const patch = ['patch', 'pod', metadata.name, '-n', this.cafe, '--subresource=status', '--type=merge'];
    await kubectl.run([...patch, '-p', JSON.stringify({ status })]);
  }
}

describe('the rights', { concurrency: 2 }, () => {
  let comeBack: () => Promise<void> = () => Promise.resolve();
  before(async () => {
    await installCrds(kubectl);
    comeBack = await sendHome(kubectl);
  });
  after(() => comeBack());

  for (const variant of variants) {
    describe(variant.title, { concurrency: 1 }, () => {
      let corner: Corner;
      before(async () => {
        corner = await Corner.open(variant);
      });
      after(() => corner.close());

      test('are these', async () => {
        const as = `--as=${corner.account}`;
        for (const namespace of [corner.cafe, corner.home]) {
          const list = await kubectl.run(['auth', 'can-i', '--list', as, '-n', namespace]);
          // Without the addresses of discovery and health, which are open to everybody.
          const resources = list.split('\n').filter((line) => !line.includes('[/'));
          console.log(`kubectl auth can-i --list ${as} -n ${namespace}\n${resources.join('\n')}`);
        }
        for (const question of variant.mayNot) {
          const words = question.split(' ');
          const { stdout } = await kubectl.attempt(['auth', 'can-i', ...words, as, '-n', corner.cafe]);
          assert.equal(stdout.trim(), 'no', question);
        }
      });

      test('are enough to create, heal, update and delete, and for another replica to take over', async () => {
        const first = await corner.start();
        await corner.apply('downtown', {});
        await corner.reaches('downtown', 'True');
        // The same event again becomes a count, half a minute later. A repair is told of by itself or together with being ready, so that of three two are alike.
        for (let repair = 0; repair < 4; repair += 1) await corner.heals('downtown-bar');
        await corner.apply('uptown', { dataflow: { server: 'watched' } });
        await corner.strandedPod('uptown-bar');
        await corner.asked('get pods/log');
        await corner.asked('patch events');
        await corner.start();
        await corner.asked('get leases');
        assert.equal(await first.stop(), 0);
        await corner.apply('downtown', { barista: { image: 'docker.io/barista/worker:2' } });
        await corner.reaches('downtown', 'True');
        const deployed = corner.simulator.workloads().find(({ stream }) => stream === 'downtown-bar');
        assert.equal(deployed?.image, 'docker:docker.io/barista/worker:2');
        await kubectl.run(['delete', 'bp', '-n', corner.cafe, '--all', '--wait=false']);
        for (const name of ['downtown', 'uptown']) await corner.reaches(name, 'gone');
        for (const scdf of [corner.simulator, corner.other])
          assert.deepEqual(scdf.snapshot(), { apps: [], streams: [], workloads: [] });
      });

      test('were never too few', () => {
        const refused = corner.proxy.recorded.filter(({ status }) => status === 401 || status === 403);
        assert.deepEqual(refused.map(describeGrant), []);
        assert.ok(corner.proxy.recorded.length > 20);
      });

      test('were all used', () => {
        const idle = corner.install.grants.filter((grant) => !isUsed(grant, corner.proxy.recorded));
        assert.deepEqual(idle.map(describeGrant), []);
        console.log(
          `${variant.title}: ${corner.install.grants.length} rights, all used by ${corner.proxy.recorded.length} requests`,
        );
      });
    });
  }
});
