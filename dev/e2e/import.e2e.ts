/** `kubectl barista import`: a bar that people made with SCDF's shell becomes a pipeline, and one whose pipeline is lost goes on. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse } from 'yaml';
import { WIRING } from '../../operator/desired/desired.ts';
import { waitFor } from '../cluster/wait.ts';
import { run } from '../stack/command.ts';
import { images, versions } from '../stack/layout.ts';
import { barOnly, fresh, harness, NAMESPACE, type Harness } from './harness.ts';

interface Printed {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>>;
}

describe('kubectl barista import', () => {
  let it: Harness;
  let env: Record<string, string>;
  /** Where the operator's own servers file names SCDF as only pods reach it, its address from here. */
  let server: readonly string[];
  const canary = `canary-${fresh('value')}`;
  const name = fresh('byhand');
  const streams = { orders: `${name}-till`, hot: `${name}-terrace`, bar: `${name}-counter` };
  const apps = [`source/${name}-time`, `sink/${name}-log`, `app/${name}-app`];
  const lost = fresh('lost');

  before(async () => {
    it = await harness();
    await run(process.execPath, ['dev/build/cli.ts'], { cwd: it.target.root });
    env = {
      ...it.target.env,
      PATH: `${join(it.target.root, 'dist', 'cli')}:${it.target.env['PATH'] ?? ''}`,
    };
    server = it.target.ours ? [] : [`--server=${it.target.dataflowUri}`];
  });
  after(async () => {
    await it.remove(name);
    await it.remove(lost);
    const left = (await it.scdf.streams()).filter((found) => Object.values(streams).includes(found));
    for (const stream of left) await it.scdf.destroy(stream);
    for (const app of apps) await it.scdf.unregister(`${app}/${versionOf(app)}`).catch(() => undefined);
  });

  const versionOf = (app: string): string =>
    app.startsWith('app/') ? (it.target.workerImage.split(':').at(-1) ?? '') : versions.streamApps;

  const barista = (...words: readonly string[]): Promise<string> =>
    run('kubectl', ['barista', ...words, ...server, '-n', NAMESPACE], { env, timeout: 120_000 });

  const served = async (orders: readonly number[]): Promise<void> => {
    await it.topics.order(`${name}.orders`, orders);
    const keys = async (topic: string): Promise<number[]> =>
      (await it.topics.read(`${name}.${topic}`)).map(({ key }) => Number(key));
    const even = (order: number): boolean => order % 2 === 0;
    await waitFor(
      `the drinks of ${orders.join(', ')}`,
      async () => {
        const [hot, cold] = [new Set(await keys('hot')), new Set(await keys('cold'))];
        return orders.every((order) => (even(order) ? hot : cold).has(order));
      },
      { within: 60_000, every: 1000 },
    );
  };

  test('a bar is made by hand, and serves', async () => {
    const [time = '', log = '', app = ''] = apps;
    await it.scdf.register(`${time}/${versionOf(time)}`, `docker:${images.time}`);
    await it.scdf.register(`${log}/${versionOf(log)}`, `docker:${images.log}`);
    await it.scdf.register(`${app}/${versionOf(app)}`, `docker:${it.target.workerImage}`);
    await it.scdf.create(streams.hot, `:${name}.hot > ${name}-log`, 'the terrace');
    await it.scdf.create(streams.bar, `worker: ${name}-app`, '');
    await it.scdf.create(streams.orders, `${name}-time > :${name}.orders`, '');
    const quick = (label: string): Record<string, string> => ({
      [`deployer.${label}.kubernetes.startupProbeDelay`]: '2',
      [`deployer.${label}.kubernetes.startupProbePeriod`]: '2',
      [`deployer.${label}.kubernetes.startupProbeFailure`]: '90',
      [`deployer.${label}.kubernetes.readinessProbeDelay`]: '1',
    });
    await it.scdf.deploy(streams.hot, quick(`${name}-log`));
    await it.scdf.deploy(streams.bar, {
      ...quick('worker'),
      [`app.worker.${WIRING.orders}`]: `${name}.orders`,
      [`app.worker.${WIRING.hotDrinks}`]: `${name}.hot`,
      [`app.worker.${WIRING.coldDrinks}`]: `${name}.cold`,
      'app.worker.logging.level.root': 'DEBUG',
      'app.worker.the.till.password': canary,
      'deployer.worker.kubernetes.environmentVariables': `TILL_MODE=fast,TILL_PASSWORD=${canary}`,
      'deployer.worker.kubernetes.terminationGracePeriodSeconds': '20',
    });
    await it.scdf.deploy(streams.orders, {
      ...quick(`${name}-time`),
      [`app.${name}-time.spring.integration.poller.fixed-delay`]: '5000',
    });
    await waitFor(
      'the streams to be deployed',
      async () => {
        const found = await Promise.all(Object.values(streams).map((stream) => it.scdf.definition(stream)));
        return found.every((definition) => definition?.status === 'deployed');
      },
      { within: 240_000, every: 2000 },
    );
    await served([2, 3, 4, 5]);
  });

  test('it is printed as a pipeline, without its secrets', async () => {
    const text = await barista('import', `--streams=${Object.values(streams).join(',')}`, `--name=${name}`);
    assert.ok(!text.includes(canary), 'no secret is printed');
    assert.match(text, /the\.till\.password/);
    assert.match(text, /TILL_PASSWORD/);
    for (const stream of Object.values(streams))
      assert.match(text.replaceAll(/\n# +/g, ' '), new RegExp(`adopt: the stream ${stream} was made by`));
    const { metadata, spec } = parse(text) as Printed;
    assert.deepEqual(metadata.annotations, { 'barista.dev/adopt': 'true' });
    assert.deepEqual(
      { ...spec, dataflow: undefined },
      {
        topics: { orders: `${name}.orders`, hotDrinks: `${name}.hot`, coldDrinks: `${name}.cold` },
        streamNames: { hotDrink: streams.hot, bar: streams.bar, orders: streams.orders },
        dataflow: undefined,
        customer: {
          interval: '5s',
          app: { name: `${name}-time`, uri: `docker:${images.time}`, bootVersion: '2' },
          deployerProperties: { 'kubernetes.startupProbeDelay': '2' },
        },
        hotDrinkLog: {
          app: { name: `${name}-log`, uri: `docker:${images.log}`, bootVersion: '2' },
          deployerProperties: { 'kubernetes.startupProbeDelay': '2' },
        },
        coldDrinkLog: { enabled: false },
        barista: {
          properties: { 'logging.level.root': 'DEBUG' },
          deployerProperties: {
            'kubernetes.environmentVariables': 'TILL_MODE=fast',
            'kubernetes.startupProbeDelay': '2',
            'kubernetes.startupProbeFailure': '90',
            'kubernetes.startupProbePeriod': '2',
            'kubernetes.terminationGracePeriodSeconds': '20',
          },
        },
      },
    );
  });

  test('applied as it is printed, it becomes ready and serves, and nothing more would be done', async () => {
    const text = await barista('import', `--streams=${Object.values(streams).join(',')}`, `--name=${name}`);
    await it.kubectl.run(['-n', NAMESPACE, 'apply', '-f', '-'], text);
    await it.ready(name);
    for (const stream of Object.values(streams))
      assert.match(
        (await it.scdf.definition(stream))?.description ?? '',
        new RegExp(`^barista\\.dev/v1alpha1 \\S+/${NAMESPACE}/${name}$`),
      );
    await served([12, 13, 14, 15]);
    assert.match(await barista('diff', name), /as it should be: nothing would be done/);
    const again = await barista('import', `--streams=${Object.values(streams).join(',')}`);
    assert.deepEqual((parse(again) as Printed).spec, (parse(text) as Printed).spec);
    assert.match(again.replaceAll(/\n# +/g, ' '), /is in this cluster: nothing of it is lost/);
  });

  test('a pipeline that is lost goes on from what is printed, and nothing is deployed anew', async () => {
    const spec = barOnly(lost, {
      barista: {
        delivery: 'ExactlyOnce',
        resources: { requests: { cpu: '10m' } },
        properties: { 'logging.level.root': 'DEBUG' },
      },
    });
    await it.apply(lost, { ...spec, deletionPolicy: 'Orphan' });
    await it.ready(lost);
    await it.remove(lost);
    const before = await running(lost);
    assert.equal(before.length, 1);
    const text = await barista('import', `--streams=${lost}-bar`);
    assert.match(text, /^# Applied, the operator finds all as it should be, and does nothing\.$/m);
    const { metadata, spec: printed } = parse(text) as Printed;
    assert.deepEqual(metadata, { name: lost, namespace: NAMESPACE });
    assert.deepEqual({ ...printed, dataflow: undefined }, { ...spec, dataflow: undefined });
    const writes = await it.writes();
    await it.kubectl.run(['apply', '-f', '-'], text);
    await it.ready(lost);
    assert.equal(await it.writes(), writes, 'writes to SCDF');
    assert.deepEqual(await running(lost), before);
  });

  /** What tells one deployment from the next. */
  async function running(pipeline: string): Promise<unknown[]> {
    const found = await it.deployments(`${pipeline}-bar`);
    return found.map(({ metadata }) => {
      const { name: deployment, uid, generation } = metadata as Record<string, unknown>;
      return { deployment, uid, generation };
    });
  }
});
