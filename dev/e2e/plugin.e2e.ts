/** `kubectl barista`, as a person types it: the built plugin, found by the real kubectl, on a pipeline that serves. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { attempt, run } from '../stack/command.ts';
import type { Tree } from '../../cli/tree/tree.ts';
import { waitFor } from '../cluster/wait.ts';
import { barOnly, fresh, harness, NAMESPACE, type Harness } from './harness.ts';

describe('kubectl barista', () => {
  const name = fresh('plugged');
  const stream = `${name}-bar`;
  let it: Harness;
  let env: Record<string, string>;

  before(async () => {
    it = await harness();
    const { root } = it.target;
    await run(process.execPath, ['dev/build/cli.ts'], { cwd: root });
    env = { ...it.target.env, PATH: `${join(root, 'dist', 'cli')}:${it.target.env['PATH'] ?? ''}` };
    await it.apply(name, barOnly(name));
    await it.ready(name);
  });
  after(() => it.remove(name));

  const barista = (...words: readonly string[]): Promise<string> =>
    run('kubectl', ['barista', ...words, '-n', NAMESPACE], { env, timeout: 90_000 });

  test('tree shows the pipeline, its stream, its pod, and what it serves', async () => {
    const orders = Array.from({ length: 50 }, (_, index) => `order ${index}`);
    await it.topics.write(`${name}.orders`, orders);
    const text = await barista('tree', name);
    const [first = '', , bar = '', pod = ''] = text.split('\n');
    assert.equal(first, `${NAMESPACE}/${name}  Ready  StreamsReady  1/1 streams`);
    assert.match(
      bar,
      new RegExp(`^└─ ${stream} {2}deployed {2}1/1 up {2}worker:\\S+ {2}\\d+\\.\\d drinks/s {2}0 waiting$`),
    );
    assert.match(pod, new RegExp(`^   └─ ${stream}-barista-app-v1-\\S+ {2}Running {2}\\d+[sm]$`));
    assert.deepEqual(
      text.split('\n').filter((line) => line.length > 80),
      [],
    );
    const tree = JSON.parse(await barista('tree', name, '-o', 'json')) as Tree;
    assert.deepEqual(
      [tree.ready, tree.streams[0]?.pods[0]?.ready, tree.streams[0]?.ordersWaiting],
      ['True', true, 0],
    );
  });

  test('logs shows what its workers say, each line with its pod', async () => {
    const lines = (await barista('logs', name, 'barista', '--tail=100')).trim().split('\n');
    assert.ok(lines.length > 0);
    for (const line of lines)
      assert.match(line, new RegExp(`^\\[pod/${stream}-barista-app-v1-[^/]+/[^\\]]+\\] `));
    assert.ok(lines.some((line) => line.includes('Joined the group')));
  });

  test('events shows what the operator has told', async () => {
    await waitFor(
      `an event of ${name}`,
      async () => /Created and deployed/.test(await barista('events', name)),
      {
        within: 20_000,
      },
    );
  });

  test('pause keeps the operator away, resume calls it back', async () => {
    assert.match(await barista('pause', name), /is paused/);
    await it.conditionIs(name, ({ reason }) => reason === 'Paused');
    assert.match(await barista('tree', name), /paused/);
    await barista('resume', name);
    await it.ready(name);
  });

  test('reconcile returns with what the operator has found', async () => {
    assert.match(await barista('reconcile', name), /^StreamsReady: /);
  });

  test('diff says that nothing would be done, and what would be with another spec', async () => {
    // The operator's own servers file names it as pods reach it.
    const server = `--server=${it.target.dataflowUri}`;
    const here = it.target.ours ? [] : [server];
    assert.match(await barista('diff', name, ...here), /as it should be: nothing would be done/);
    const other = JSON.stringify({
      apiVersion: 'barista.dev/v1alpha1',
      kind: 'BaristaPipeline',
      metadata: { name },
      spec: barOnly(name, { barista: { replicas: 2, properties: { 'logging.level.root': 'DEBUG' } } }),
    });
    const file = join(mkdtempSync(join(tmpdir(), 'barista-diff-')), 'other.yaml');
    writeFileSync(file, other);
    const { code, stdout } = await attempt(
      'kubectl',
      ['barista', 'diff', '-f', file, server, '-n', NAMESPACE],
      { env },
    );
    rmSync(dirname(file), { recursive: true });
    assert.equal(code, 1, stdout);
    assert.match(stdout, new RegExp(`^ {2}${stream} {2}(update|redeploy)`, 'm'));
    assert.match(stdout, /It would:\n {2}1\. /);
    assert.match(await barista('diff', name, server), /nothing would be done/, 'nothing was applied');
  });

  test('stop undeploys it, start brings it back', async () => {
    await barista('stop', name);
    await it.conditionIs(name, ({ reason }) => reason === 'Stopped');
    assert.match(await barista('tree', name), new RegExp(`${stream} {2}undeployed`));
    await barista('start', name);
    await it.ready(name);
  });

  test('what goes wrong is a sentence, and its exit code is 2', async () => {
    for (const [words, said] of [
      [['tree', 'nobody'], /baristapipelines\.barista\.dev "nobody" not found/],
      [['brew', name], /There is no command "brew"/],
      [['logs', name, 'tea'], /There is no role "tea"/],
      [['tree'], /^Usage: kubectl barista tree NAME/],
    ] as const) {
      const { code, tail } = await attempt('kubectl', ['barista', ...words, '-n', NAMESPACE], { env });
      assert.equal(code, 2, tail);
      assert.match(tail, said);
      assert.doesNotMatch(tail, /at .*\.ts|at file:/);
    }
  });

  test('completion knows commands, as kubectl asks for them', async () => {
    const all = { ...env, KUBECONFIG: it.target.env['KUBECONFIG'] ?? '' };
    const commands = await run('kubectl', ['__complete', 'barista', 'tr'], { env: all });
    assert.match(commands, /^tree$/m);
  });
});
