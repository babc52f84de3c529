/** An older chart on a cluster that has a newer CRD. The chart is this one with a lower number at its CRD, so that the cluster's own needs no change; nothing is installed. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Kubectl } from '../cluster/kubectl.ts';
import { chart, Helm } from '../helm/helm.ts';
import { installCrds } from '../install/crds.ts';
import { run } from '../stack/command.ts';
import { SCHEMA_LABEL } from './crd.ts';

const env = { KUBECONFIG: process.env['KUBECONFIG'] ?? '', PATH: process.env['PATH'] ?? '' };
const kubectl = new Kubectl(env);

describe('a chart whose CRD is', { concurrency: 1 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'barista-downgrade-'));
  const older = join(folder, 'barista-operator');
  let helm: Helm;
  /** With the cluster's objects for the template to look up. */
  const render = (of: string, ...more: readonly string[]) =>
    helm.attempt(['template', 'try', of, '--dry-run=server', '--take-ownership', '-n', 'default', ...more]);

  before(async () => {
    helm = await Helm.get(env);
    await installCrds(kubectl);
    // The chart's files are links into the tree, which has to stay as it is.
    await run('cp', ['-rL', chart, older]);
    const crd = join(older, 'files', 'baristapipelines.yaml');
    const text = readFileSync(crd, 'utf8');
    const lower = text.replace(/(barista\.dev\/schema: )'\d+'/, "$1'0'");
    assert.notEqual(lower, text);
    writeFileSync(crd, lower);
  });
  after(() => rmSync(folder, { recursive: true }));

  test("the cluster's own is installed", async () => {
    const { code, stdout, tail } = await render(chart);
    assert.equal(code, 0, tail);
    assert.match(stdout, /kind: CustomResourceDefinition/);
    assert.ok(stdout.includes(SCHEMA_LABEL));
  });

  test('older than that of the cluster is refused, with what to do', async () => {
    const { code, tail } = await render(older);
    assert.notEqual(code, 0);
    assert.match(
      tail,
      /of a later release \(its schema is \d+, that of this chart 0\).*To go back a release, keep it: set crds\.install=false/,
    );
  });

  test('older goes by without it', async () => {
    const { code, stdout, tail } = await render(older, '--set', 'crds.install=false');
    assert.equal(code, 0, tail);
    assert.match(stdout, /kind: Deployment/);
    assert.doesNotMatch(stdout, /kind: CustomResourceDefinition/);
  });

  test('older is rendered where there is no cluster to ask', async () => {
    const { code, tail } = await helm.attempt(['template', 'barista-operator', older]);
    assert.equal(code, 0, tail);
  });
});
