/** Every object that is installed or shown is one that Kubernetes knows, field by field, and a good one: kubeconform and kube-score find nothing in any overlay, in the chart, in the samples. */
import assert from 'node:assert/strict';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse } from 'yaml';
import { Kubectl } from '../cluster/kubectl.ts';
import { chart, Helm } from '../helm/helm.ts';
import { values } from '../helm/values.fixtures.ts';
import { schemasOfApi, schemasOfCrd, type Crd, type OpenApi, type Schemas } from './schemas.ts';
import { conformance, prometheusOperatorCrds, score, type Judge } from './tools.ts';

const root = new URL('../..', import.meta.url).pathname;
const kubectl = new Kubectl({
  KUBECONFIG: process.env['KUBECONFIG'] ?? '',
  PATH: process.env['PATH'] ?? '',
});

/** Every folder with a kustomization, also those that are only parts of another. */
const overlays = globSync('manifests/**/kustomization.yaml', { cwd: root }).map(dirname).sort();
const samples = globSync('manifests/samples/*.yaml', { cwd: root }).sort();

async function openApi(path: string): Promise<unknown> {
  return JSON.parse(await kubectl.run(['get', '--raw', path])) as unknown;
}

const readCrd = (file: string): Crd => parse(readFileSync(file, 'utf8')) as Crd;

/** The API server's kinds, and those of CRDs that need not be installed. */
async function allSchemas(): Promise<Schemas> {
  const { paths } = (await openApi('/openapi/v3')) as { paths: Readonly<Record<string, unknown>> };
  const core = (await openApi('/openapi/v3/api/v1')) as OpenApi;
  const found = new Map(schemasOfApi(core));
  // What somebody installed as a CRD is not ours to judge by: our own is read from its file.
  const groups = Object.keys(paths).filter((path) => /^apis\/[^/]+\/v\d\w*$/.test(path));
  for (const path of groups.filter((path) => !/^apis\/(barista\.dev|monitoring\.coreos\.com)\//.test(path)))
    for (const [file, schema] of schemasOfApi((await openApi(`/openapi/v3/${path}`)) as OpenApi))
      found.set(file, schema);
  for (const file of [join(root, 'crds/baristapipelines.yaml'), ...(await prometheusOperatorCrds())])
    for (const [path, schema] of schemasOfCrd(readCrd(file), core)) found.set(path, schema);
  return found;
}

describe('the manifests', () => {
  let folder: string;
  let helm: Helm;
  let isConformant: Judge;
  let isGood: Judge;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'barista-schemas-'));
    for (const [file, schema] of await allSchemas()) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), JSON.stringify(schema));
    }
    helm = await Helm.get();
    isConformant = await conformance(folder);
    isGood = await score();
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const template = (of: unknown) =>
    helm.run(
      ['template', 'barista-operator', chart, '--namespace', 'barista-system', '--values', '-'],
      JSON.stringify(of),
    );

  async function isFlawless(manifests: string): Promise<void> {
    assert.deepEqual(await isConformant(manifests), []);
    assert.deepEqual(await isGood(manifests), []);
  }

  for (const overlay of overlays) {
    test(`have nothing wrong in ${overlay}`, async () => {
      await isFlawless(await kubectl.run(['kustomize', join(root, overlay)]));
    });
  }

  for (const [name, set] of Object.entries(values)) {
    test(`have nothing wrong in the chart with the values "${name}"`, async () => {
      await isFlawless(await template(set));
    });
  }

  for (const sample of samples) {
    test(`have nothing wrong in ${sample}`, async () => {
      await isFlawless(readFileSync(join(root, sample), 'utf8'));
    });
  }

  test('have no exception that is not needed', async () => {
    const found = await score('--disable-ignore-checks-annotations');
    const [one, two] = await Promise.all(
      ['base', 'replicated'].map((name) => kubectl.run(['kustomize', join(root, 'manifests', name)])),
    );
    const needed = [...(await found(one ?? '')), ...(await found(two ?? ''))].map(
      (line) => line.split(': ')[1],
    );
    const [, ignored = ''] = /kube-score\/ignore: (.+)/.exec(one ?? '') ?? [];
    assert.deepEqual([...new Set(needed)].sort(), ignored.split(',').sort());
  });

  describe('are found out', () => {
    const operator = () => kubectl.run(['kustomize', join(root, 'manifests/base')]);

    for (const [what, from, to, says] of [
      [
        'an unknown field',
        /^( +)readOnlyRootFilesystem:/m,
        '$1readOnlyFilesystem: true\n$&',
        /readOnlyFilesystem/,
      ],
      ['an unknown kind', /^kind: Service$/m, 'kind: Servant', /Servant/],
      ['a number where a text belongs', /value: docker\.io\/barista\/worker:dev/, 'value: 7', /want string/],
      ['a field that is given twice', /^( +)replicas: 1$/m, '$&\n$1replicas: 1', /replicas/],
    ] as const) {
      test(`with ${what}`, async () => {
        const manifests = await operator();
        const broken = manifests.replace(from, to);
        assert.notEqual(broken, manifests);
        assert.match((await isConformant(broken)).join('\n'), says);
      });
    }

    test('with an unknown field of a pipeline', async () => {
      const sample = readFileSync(join(root, 'manifests/samples/minimal.yaml'), 'utf8');
      const broken = sample.replace('  topics:', '  roast: dark\n  topics:');
      assert.match((await isConformant(broken)).join('\n'), /roast/);
    });

    test('with an unknown field of a PodMonitor', async () => {
      const broken = (await template(values.monitored)).replace('honorLabels', 'honourLabels');
      assert.match((await isConformant(broken)).join('\n'), /honourLabels/);
    });

    for (const [what, from, to, says] of [
      ['a root that can be written', /readOnlyRootFilesystem: true/, '', /readonlyrootfilesystem/],
      ['a user whom a node may have', /runAsUser: 65532/, 'runAsUser: 1000', /user-group-id/],
      ['no limit of memory', /^ +limits:\n +memory: .*\n/m, '', /container-resources/],
      ['nobody who says who may talk to it', /^kind: NetworkPolicy$/m, 'kind: Nothing', /pod-networkpolicy/],
      [
        'a Service that finds no pod',
        /(kind: Service\n[^]*?selector:\n +app.kubernetes.io\/name: ).*/,
        '$1tea',
        /service-targets-pod/,
      ],
    ] as const) {
      test(`with ${what}`, async () => {
        const manifests = await operator();
        const broken = manifests.replace(from, to);
        assert.notEqual(broken, manifests);
        assert.match((await isGood(broken)).join('\n'), says);
      });
    }
  });
});
